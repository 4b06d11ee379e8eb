#if HDF5
import MartinetFiles

/// The arrays of layers in a file of Keras's, under their names.
struct KerasArrays {
    private(set) var entries: [WeightEntry] = []
    /// What was taken for granted.
    private(set) var notes: [String] = []

    /// An array's layer and variable.
    private struct Named {
        let dataset: HDF5File.Dataset
        let layer, variable: String
    }

    /// - Parameters:
    ///   - file: its datasets.
    ///   - configuration: the model's layers, where the file says them.
    init(_ file: HDF5File, _ configuration: KerasConfiguration?) {
        // What the optimizer has gathered is left out.
        let own = file.datasets.filter {
            $0.path.count >= 2 && !$0.path[0].hasPrefix("optimizer") && $0.path[0] != "_optimizer"
        }
        let isNumbered = own.contains { $0.path.count >= 3 && $0.path.dropLast().last == "vars" }
        let named = isNumbered ? numbered(own, configuration) : Self.called(own)
        var seen: Set<String> = []
        for array in named {
            let name = "\(array.layer)/\(array.variable)"
            // Layers in different parts of a model may have one name.
            let unique = seen.insert(name).inserted ? name : array.dataset.path.joined(separator: "/")
            entries.append(Self.entry(unique, array.dataset, file))
        }
        addImplied(named)
    }

    private static func entry(_ name: String, _ dataset: HDF5File.Dataset, _ file: HDF5File) -> WeightEntry {
        WeightEntry(
            name: name, shape: dataset.shape, type: dataset.type, byteRange: dataset.byteRange,
            source: dataset.byteRange.map { MappedElements(file: file.file, range: $0) }
                ?? HDF5Elements(file: file, dataset: dataset))
    }

    // MARK: Before Keras 3

    /// Variables are called "kernel:0", in a group of the layer's name, which is in another that has the name that the layer has
    /// now. Where a group has several, it is a model that is a layer.
    private static func called(_ datasets: [HDF5File.Dataset]) -> [Named] {
        func isFrame(_ group: String) -> Bool { ["model_weights", "top_level_model_weights"].contains(group) }
        func outer(_ dataset: HDF5File.Dataset) -> ArraySlice<String> { dataset.path.drop(while: isFrame).prefix(1) }
        let inner = Dictionary(grouping: datasets, by: outer).mapValues { Set($0.map { $0.path.dropLast() }).count }
        return datasets.map { dataset in
            let group = outer(dataset)
            let isOneLayer = inner[group] == 1 && group.count == 1 && dataset.path.count > 1
            let layer = isOneLayer && group.last != dataset.path.last ? group.last : dataset.path.dropLast().last
            return Named(
                dataset: dataset, layer: layer ?? "", variable: String((dataset.path.last ?? "").prefix { $0 != ":" }))
        }
    }

    // MARK: Keras 3

    /// What the configuration says of a layer, and its place in the whole model.
    private typealias Described = (layer: KerasConfiguration.Layer, order: [Int])

    /// In the configuration's order, and where it says nothing by the groups' classes and numbers.
    private static func precedes(
        _ one: ArraySlice<String>, _ other: ArraySlice<String>, _ described: [ArraySlice<String>: Described]
    ) -> Bool {
        switch (described[one]?.order, described[other]?.order) {
        case (let first?, let second?): return first.lexicographicallyPrecedes(second)
        case (_?, nil): return true
        case (nil, _?): return false
        case (nil, nil):
            func parts(_ path: ArraySlice<String>) -> [(String, Int)] {
                path.map { KerasNames.automatic($0) ?? ($0, 0) }
            }
            return parts(one).lexicographicallyPrecedes(parts(other)) { $0 < $1 }
        }
    }

    /// A layer's variables are numbered, in a group "vars", which has the layer's name as an attribute in most versions. The groups
    /// are called after the layers' classes.
    private mutating func numbered(
        _ datasets: [HDF5File.Dataset], _ configuration: KerasConfiguration?
    ) -> [Named] {
        let layers = Dictionary(grouping: datasets.filter { $0.path.dropLast().last == "vars" }) { $0.path.dropLast(2) }
        let described = Self.described(Array(layers.keys), configuration)
        var named: [Named] = []
        var assumed: [String: [String]] = [:]
        for (path, variables) in layers.sorted(by: { Self.precedes($0.key, $1.key, described) }) {
            guard let group = path.last, variables.first?.groupName != "seed_generator" else { continue }
            let known = described[path]?.layer
            let name = variables.first?.groupName ?? known?.name ?? group
            let sorted = variables.compactMap { variable in
                Int(variable.path.last ?? "").map { (number: $0, dataset: variable) }
            }.sorted { $0.number < $1.number }
            let type = known?.type ?? KerasNames.automatic(group)?.prefix ?? group
            let names = KerasNames.variables(
                of: type, ranks: sorted.map(\.dataset.shape.count), hasScale: known?.hasScale,
                hasCenter: known?.hasCenter)
            if let assumption = names?.assumption { assumed[assumption, default: []].append(name) }
            for (place, variable) in sorted.enumerated() {
                let own = names.flatMap { $0.names.indices.contains(place) ? $0.names[place] : nil }
                named.append(Named(dataset: variable.dataset, layer: name, variable: own ?? "\(variable.number)"))
            }
        }
        for (assumption, layers) in assumed.sorted(by: { $0.key < $1.key }) {
            notes.append("\(Self.list(layers)): \(assumption), which a .keras file would say")
        }
        return named
    }

    /// What the configuration says of the layers whose weights are in these groups.
    private static func described(
        _ paths: [ArraySlice<String>], _ configuration: KerasConfiguration?
    ) -> [ArraySlice<String>: Described] {
        guard let configuration else { return [:] }
        var found: [ArraySlice<String>: Described] = [:]
        var waiting: [(prefix: [String], order: [Int], model: KerasConfiguration)] = [([], [], configuration)]
        while let (prefix, order, model) = waiting.popLast() {
            // A model's layers are in a group of its own: "layers", or as earlier versions call it.
            let inside = paths.filter { $0.count >= prefix.count + 2 && $0.starts(with: prefix) }
            for (container, members) in Dictionary(grouping: inside, by: { $0[$0.startIndex + prefix.count] })
            where ["layers", "_layers", "_layer_checkpoint_dependencies"].contains(container) {
                let groups = Set(members.map { $0[$0.startIndex + prefix.count + 1] })
                for (group, layer) in model.layers(of: groups.sorted()) {
                    let path = prefix + [container, group]
                    found[path[...]] = (layer, order + [layer.place])
                    if let inner = layer.inner { waiting.append((path, order + [layer.place], inner)) }
                }
            }
        }
        return found
    }

    // MARK: What is not in the file

    /// Normalizations may do without a gamma or a beta: then these are ones or zeros.
    private mutating func addImplied(_ named: [Named]) {
        var (order, layers) = ([String](), [String: [String: [Int]]]())
        for array in named {
            if layers[array.layer] == nil { order.append(array.layer) }
            layers[array.layer, default: [:]][array.variable] = array.dataset.shape
        }
        for (variable, value, word) in [("gamma", Float(1), "ones"), ("beta", 0, "zeros")] {
            var without: [String] = []
            for layer in order {
                let variables = layers[layer] ?? [:]
                guard variables[variable] == nil,
                    let shape = variables["moving_mean"] ?? variables["gamma"] ?? variables["beta"], shape.count == 1
                else { continue }
                without.append(layer)
                entries.append(WeightEntry(name: "\(layer)/\(variable)", implied: value, shape: shape))
            }
            if !without.isEmpty { notes.append("\(Self.list(without)): no \(variable) in the file; \(word) are taken") }
        }
    }

    private static func list(_ layers: [String]) -> String {
        layers.prefix(4).joined(separator: ", ") + (layers.count > 4 ? " and \(layers.count - 4) more" : "")
    }
}

/// The elements of a dataset, read when they are asked for.
private struct HDF5Elements: ElementSource {
    let file: HDF5File
    let dataset: HDF5File.Dataset

    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) throws(FileError) {
        let bytes = try file.read(dataset)
        bytes.withUnsafeBytes { body($0) }
    }
}
#endif
