import Martinet

/// Which entry of a file belongs to which tensor of a model.
struct NameMatching {
    /// The entries by the names of the model's tensors.
    private(set) var matches: [String: WeightEntry] = [:]
    /// Entries among the weights that the model has no place for.
    private(set) var unexpected: [String] = []
    /// Entries beside the weights, such as an optimizer's.
    private(set) var ignored: [String] = []

    /// Under what training scripts put the weights of a model.
    private static let dictionaries: Set = [
        "state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params",
    ]
    /// Prefixes that wrappers of modules give to all names.
    private static let wrappers: Set = ["module", "_orig_mod"]

    /// The prefix of the weights' names: keys of dictionaries, then names of wrappers.
    private struct Prefix: Hashable {
        var dictionaries = ""
        var wrappers = ""

        var whole: String { dictionaries + wrappers }
    }

    init(_ file: WeightFile, targets: Set<String>, aliases: [String: String], rename: (String) -> String) {
        let renamed = file.entries.map { (name: rename($0.name), entry: $0) }
        let prefix = Self.bestPrefix(renamed.map(\.name), targets, aliases)
        for (name, entry) in renamed {
            guard name.hasPrefix(prefix.dictionaries) else {
                ignored.append(entry.name)
                continue
            }
            let bare = name.hasPrefix(prefix.whole) ? String(name.dropFirst(prefix.whole.count)) : nil
            if let bare, let target = Self.target(bare, targets, aliases), matches[target] == nil {
                matches[target] = entry
            } else {
                unexpected.append(entry.name)
            }
        }
    }

    /// The prefix with which most names are the model's.
    private static func bestPrefix(_ names: [String], _ targets: Set<String>, _ aliases: [String: String]) -> Prefix {
        var candidates: Set<Prefix> = [Prefix()]
        // A file has one or two of them; one that has many more is not to take minutes.
        for name in names where candidates.count < 32 { candidates.formUnion(prefixes(of: name)) }
        func rank(_ prefix: Prefix) -> (Int, Int, Int) {
            let inside = names.filter { $0.hasPrefix(prefix.whole) }
            let known = inside.count { target(String($0.dropFirst(prefix.whole.count)), targets, aliases) != nil }
            return (known, inside.count, prefix.whole.count)
        }
        let ranked = candidates.sorted { $0.whole < $1.whole }.map { (prefix: $0, rank: rank($0)) }
        return ranked.max { $0.rank < $1.rank }?.prefix ?? Prefix()
    }

    private static func prefixes(of name: String) -> [Prefix] {
        var result: [Prefix] = []
        var prefix = Prefix()
        // No script nests deeper.
        for part in name.split(separator: ".", omittingEmptySubsequences: false).dropLast().prefix(4) {
            if prefix.wrappers.isEmpty, dictionaries.contains(String(part)) {
                prefix.dictionaries += part + "."
            } else if wrappers.contains(String(part)) {
                prefix.wrappers += part + "."
            } else {
                break
            }
            result.append(prefix)
        }
        return result
    }

    /// The model's name for `name`, by itself or by way of its aliases.
    private static func target(_ name: String, _ targets: Set<String>, _ aliases: [String: String]) -> String? {
        if targets.contains(name) { return name }
        guard !aliases.isEmpty else { return nil }
        // The innermost module that has another name for a part of it decides, then those around it.
        var end = name.endIndex
        while let dot = name[..<end].lastIndex(of: ".") {
            end = dot
            if let ours = aliases[String(name[..<end])] {
                let candidate = ours + name[end...]
                if targets.contains(candidate) { return candidate }
            }
        }
        return nil
    }
}
