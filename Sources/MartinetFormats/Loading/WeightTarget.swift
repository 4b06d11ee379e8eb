import Martinet

/// A parameter or buffer of a model as a file's weights have to fit it.
struct WeightTarget {
    let tensor: ModuleTensor
    let role: WeightRole
    /// nil for an axis whose size its layer learns from its first input.
    let shape: [Int?]

    var name: String { tensor.name }

    /// The name of the module that has it.
    var module: String { name.lastIndex(of: ".").map { String(name[..<$0]) } ?? "" }

    /// Whether it counts training batches, which changes nothing but an average without momentum, and which old files lack.
    var isBatchCount: Bool { name == "num_batches_tracked" || name.hasSuffix(".num_batches_tracked") }
}

extension Module {
    /// Parameters and buffers alike, each once.
    var weightTargets: [WeightTarget] {
        var known: [ObjectIdentifier: (role: WeightRole, shape: [Int?])] = [:]
        for (_, module) in namedModules {
            switch module {
            case let layer as Conv2D:
                let shape = [layer.kernelSize.height, layer.kernelSize.width, nil, layer.filters]
                known[ObjectIdentifier(layer.weight)] = (.convolution(groups: layer.groups), shape)
                layer.bias.map { known[ObjectIdentifier($0)] = (.other, [layer.filters]) }
            case let layer as Dense:
                known[ObjectIdentifier(layer.weight)] = (.dense, [nil, layer.outputs])
                layer.bias.map { known[ObjectIdentifier($0)] = (.other, [layer.outputs]) }
            default: continue
            }
        }
        return namedTensors.map { tensor in
            // Other layers learn vectors from their first input, with an element for each channel.
            let (role, shape) = tensor.parameter.flatMap { known[ObjectIdentifier($0)] } ?? (.other, [nil])
            return WeightTarget(tensor: tensor, role: role, shape: tensor.array?.shape ?? shape)
        }
    }

    /// For dotted names that other people's files use, the names here.
    var weightAliases: [String: String] {
        namedModules.reduce(into: [:]) { aliases, entry in
            let prefix = entry.name.isEmpty ? "" : entry.name + "."
            for (theirs, ours) in entry.module.alternativeNames { aliases[prefix + theirs] = prefix + ours }
        }
    }
}
