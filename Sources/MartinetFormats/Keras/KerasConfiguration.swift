import Foundation

/// The layers of a model as a `.keras` file's `config.json` describes them: their names and classes, in order.
struct KerasConfiguration {
    struct Layer {
        let name: String
        /// Its place among its model's layers.
        let place: Int
        /// In snake case.
        let type: String
        /// Whether a normalization has a gamma and a beta; nil where it is not said.
        let hasScale, hasCenter: Bool?
        /// Those of a model that is a layer of this one.
        let inner: KerasConfiguration?
    }

    let layers: [Layer]

    /// Models are not nested deeper.
    private static let deepest = 16

    /// nil where it is not JSON that describes a model with layers.
    init?(_ json: [UInt8]) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(json)) as? [String: Any] else { return nil }
        self.init(object, depth: 0)
    }

    private init?(_ object: [String: Any], depth: Int) {
        guard depth < Self.deepest, let config = object["config"] as? [String: Any],
            let list = config["layers"] as? [[String: Any]]
        else { return nil }
        layers = list.enumerated().map { place, layer in
            let config = layer["config"] as? [String: Any] ?? [:]
            return Layer(
                name: config["name"] as? String ?? layer["name"] as? String ?? "", place: place,
                type: KerasNames.snakeCase(layer["class_name"] as? String ?? ""),
                hasScale: config["scale"] as? Bool, hasCenter: config["center"] as? Bool,
                inner: KerasConfiguration(layer, depth: depth + 1))
        }
    }

    /// The layers by the names of the groups that their weights are in.
    ///
    /// Keras numbers the layers of each class, "conv2d", "conv2d_1"; some versions count each layer twice, so that the order
    /// of the numbers counts and not they themselves.
    ///
    /// - Parameter groups: the names of the groups that there are.
    func layers(of groups: [String]) -> [String: Layer] {
        var found: [String: Layer] = [:]
        let numbered = groups.map { group -> (type: String, number: Int, group: String) in
            guard !layers.contains(where: { $0.type == group }), let bar = group.lastIndex(of: "_"),
                let number = Int(group[group.index(after: bar)...])
            else { return (group, 0, group) }
            return (String(group[..<bar]), number, group)
        }
        for (type, groups) in Dictionary(grouping: numbered, by: \.type) {
            let own = layers.filter { $0.type == type }
            let sorted = groups.sorted { $0.number < $1.number }
            if own.count == sorted.count {
                for (group, layer) in zip(sorted, own) { found[group.group] = layer }
            } else {
                // Some of them have no weights: the numbers have to do.
                for group in sorted where own.indices.contains(group.number) { found[group.group] = own[group.number] }
            }
        }
        return found
    }
}
