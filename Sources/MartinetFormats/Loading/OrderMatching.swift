import Martinet

/// Finds which layer is which where a file's names say no more than a layer's class and number, as "conv2d_5".
enum OrderMatching {
    /// A layer of a file or of a model, by what can be compared.
    private struct Layer<Tensor> {
        let kind: String
        /// By the names of their variables.
        let tensors: [String: Tensor]
    }

    /// The tensors of a model with the entries that belong to them; nil unless all names are automatic, there are as many layers of
    /// each kind, and all shapes agree.
    static func pairs(
        of entries: [WeightEntry], _ convention: WeightConvention, with targets: [WeightTarget]
    ) -> [(WeightTarget, WeightEntry)]? {
        guard !entries.isEmpty, let theirs = layers(of: entries, convention) else { return nil }
        let ours = layers(of: targets)
        let (theirKinds, ourKinds) = (
            Dictionary(grouping: theirs, by: \.kind), Dictionary(grouping: ours, by: \.kind)
        )
        guard theirKinds.mapValues(\.count) == ourKinds.mapValues(\.count) else { return nil }
        var pairs: [String: (WeightTarget, WeightEntry)] = [:]
        for (kind, layers) in ourKinds {
            for (our, their) in zip(layers, theirKinds[kind] ?? []) {
                guard their.tensors.allSatisfy({ $1.isImplied || our.tensors[$0] != nil }) else { return nil }
                for (variable, target) in our.tensors {
                    guard let entry = their.tensors[variable],
                        convention.fits(entry.shape, target.shape, target.role)
                    else { return nil }
                    pairs[target.name] = (target, entry)
                }
            }
        }
        return targets.compactMap { pairs[$0.name] }
    }

    private static func layers(of targets: [WeightTarget]) -> [Layer<WeightTarget>] {
        var (order, grouped) = ([String](), [String: [String: WeightTarget]]())
        for target in targets {
            let (module, variable) = (target.module, String(target.name.split(separator: ".").last ?? ""))
            if grouped[module] == nil { order.append(module) }
            grouped[module, default: [:]][variable] = target
        }
        return order.map { module in
            let tensors = grouped[module] ?? [:]
            let weight = tensors["weight"]
            var isDepthwise = false
            if case .convolution(let groups)? = weight?.role {
                isDepthwise = groups > 1 && weight?.shape.dropLast().last == 1
            }
            return Layer(
                kind: kind(rank: weight?.shape.count, isDepthwise: isDepthwise, Set(tensors.keys)), tensors: tensors)
        }
    }

    /// A file's layers by their numbers; nil where a name is not automatic.
    private static func layers(of entries: [WeightEntry], _ convention: WeightConvention) -> [Layer<WeightEntry>]? {
        var grouped: [String: [String: WeightEntry]] = [:]
        for (entry, name) in zip(entries, convention.rename(entries.map(\.name))) {
            guard let dot = name.lastIndex(of: ".") else { return nil }
            grouped[String(name[..<dot]), default: [:]][String(name[name.index(after: dot)...])] = entry
        }
        var numbered: [(number: Int, prefix: String, name: String)] = []
        for name in grouped.keys {
            guard let (prefix, number) = KerasNames.automatic(name) else { return nil }
            numbered.append((number, prefix, name))
        }
        return numbered.sorted { ($0.prefix, $0.number) < ($1.prefix, $1.number) }.map { _, prefix, name in
            let tensors = grouped[name] ?? [:]
            return Layer(
                kind: kind(
                    rank: tensors["weight"]?.shape.count, isDepthwise: prefix.hasPrefix("depthwise"), Set(tensors.keys)),
                tensors: tensors)
        }
    }

    private static func kind(rank: Int?, isDepthwise: Bool, _ variables: Set<String>) -> String {
        if variables.contains("running_mean") { return "normalization by batches" }
        let rank = rank.map(String.init) ?? "none"
        return isDepthwise ? "depthwise \(rank)" : rank
    }
}
