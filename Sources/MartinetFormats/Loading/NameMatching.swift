import Martinet

/// Which entry of a file belongs to which tensor of a model.
struct NameMatching {
    /// The entries by the names of the model's tensors.
    private(set) var matches: [String: WeightEntry] = [:]
    /// Entries among the weights that the model has no place for.
    private(set) var unexpected: [String] = []
    /// Entries beside the weights, such as an optimizer's.
    private(set) var ignored: [String] = []
    /// What was taken for granted.
    private(set) var notes: [String] = []

    /// Under what training scripts put the weights of a model.
    private static let dictionaries: Set = [
        "state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params",
    ]
    /// Prefixes that wrappers of modules give to all names.
    private static let wrappers: Set = ["module", "_orig_mod"]

    /// What wrappers keep beside the module: the number of models that PyTorch's `AveragedModel` has averaged.
    private static let wrappersOwn: Set = ["n_averaged"]

    /// The prefix of the weights' names: keys of dictionaries, then names of wrappers.
    private struct Prefix: Hashable {
        var dictionaries = ""
        var wrappers = ""

        var whole: String { dictionaries + wrappers }
    }

    init(_ file: WeightFile, targets: [WeightTarget], aliases: [String: String], convention: WeightConvention) {
        let names = Names(targets, aliases)
        let renamed = convention.rename(file.entries.map(\.name))
        let prefix = Self.bestPrefix(renamed, names)
        // The name by which a tensor was found, of those that it has.
        var found: [String: String] = [:]
        var unmatched: [WeightEntry] = []
        for (name, entry) in zip(renamed, file.entries) {
            guard name.hasPrefix(prefix.dictionaries) else {
                ignored.append(entry.name)
                continue
            }
            let bare = name.hasPrefix(prefix.whole) ? String(name.dropFirst(prefix.whole.count)) : nil
            if let bare, let (target, known) = names.target(bare), found[target] != known {
                // Of a layer that is used under several names the last one counts, as for PyTorch.
                found[target] = known
                matches[target] = entry
            } else if Self.wrappersOwn.contains(String(name.dropFirst(prefix.dictionaries.count))) {
                ignored.append(entry.name)
            } else {
                unmatched.append(entry)
            }
        }
        unexpected = unmatched.filter { !$0.isImplied }.map(\.name)
        guard convention.hasAutomaticNames,
            let pairs = OrderMatching.pairs(
                of: unmatched, convention, with: targets.filter { matches[$0.name] == nil && !$0.isBatchCount })
        else { return }
        for (target, entry) in pairs { matches[target.name] = entry }
        unexpected = []
        notes.append(
            "names that Keras gave by itself were matched by order: "
                + pairs.prefix(4).map { "\($1.name) for \($0.name)" }.joined(separator: ", ")
                + (pairs.count > 4 ? " and \(pairs.count - 4) more" : ""))
    }

    /// The names that a model's tensors go by.
    private struct Names {
        let targets: [WeightTarget]
        let aliases: [String: String]
        /// The first name of the tensor that has a name.
        let first: [String: String]

        init(_ targets: [WeightTarget], _ aliases: [String: String]) {
            self.targets = targets
            self.aliases = aliases
            first = Dictionary(
                targets.flatMap { target in target.tensor.names.map { ($0, target.name) } },
                uniquingKeysWith: { first, _ in first })
        }

        /// The tensor that `name` stands for, by itself or by way of the aliases, and its name by which it was found.
        func target(_ name: String) -> (target: String, known: String)? {
            if let target = first[name] { return (target, name) }
            guard !aliases.isEmpty else { return nil }
            // The innermost module that has another name for a part of it decides, then those around it.
            var end = name.endIndex
            while let dot = name[..<end].lastIndex(of: ".") {
                end = dot
                if let ours = aliases[String(name[..<end])] {
                    let candidate = ours + name[end...]
                    if let target = first[candidate] { return (target, candidate) }
                }
            }
            return nil
        }

        /// Which tensors are among `names` when `prefix` is taken away.
        func found(in names: [String], after prefix: String) -> Set<String> {
            Set(names.compactMap { $0.hasPrefix(prefix) ? target(String($0.dropFirst(prefix.count)))?.target : nil })
        }
    }

    /// The prefix with which most names are the model's.
    private static func bestPrefix(_ names: [String], _ model: Names) -> Prefix {
        var candidates: Set<Prefix> = [Prefix()]
        // A file has one or two of them; one that has many more is not to take minutes.
        for name in names where candidates.count < 32 { candidates.formUnion(prefixes(of: name)) }
        func rank(_ prefix: Prefix) -> (Int, Int, Int) {
            let inside = names.count { $0.hasPrefix(prefix.whole) }
            return (model.found(in: names, after: prefix.whole).count, inside, prefix.whole.count)
        }
        let ranked = candidates.sorted { $0.whole < $1.whole }.map { (prefix: $0, rank: rank($0)) }
        guard let best = ranked.max(by: { $0.rank < $1.rank }) else { return Prefix() }
        let wanted = Set(model.targets.filter { !$0.isBatchCount }.map(\.name))
        if best.rank.0 >= wanted.count { return best.prefix }
        return attributePrefix(names, model, wanted) ?? best.prefix
    }

    /// The prefix of a model that is an attribute of a larger one, as in Lightning's checkpoints: any name, if just one has
    /// all that the model wants behind it.
    private static func attributePrefix(_ names: [String], _ model: Names, _ wanted: Set<String>) -> Prefix? {
        guard let first = model.targets.first(where: { !$0.isBatchCount })?.name else { return nil }
        var candidates: Set<String> = []
        for name in names where candidates.count < 32 && name.hasSuffix("." + first) {
            candidates.insert(String(name.dropLast(first.count)))
        }
        let complete = candidates.filter { wanted.isSubset(of: model.found(in: names, after: $0)) }
        guard complete.count == 1, let whole = complete.first else { return nil }
        let dictionaries = whole.split(separator: ".").prefix { Self.dictionaries.contains(String($0)) }
            .map { $0 + "." }.joined()
        return Prefix(dictionaries: dictionaries, wrappers: String(whole.dropFirst(dictionaries.count)))
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
}
