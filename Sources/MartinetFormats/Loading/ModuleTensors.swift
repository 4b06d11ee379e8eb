import Martinet

/// A parameter or buffer of a model, as loading and saving see it.
struct ModuleTensor {
    let name: String
    let role: WeightRole
    /// nil for an axis whose size its layer learns from its first input.
    let shape: [Int?]
    /// The elements; nil while there are none.
    let get: () -> NDArray?
    let set: (NDArray) -> Void

    /// The name of the module that has it.
    var module: String { name.lastIndex(of: ".").map { String(name[..<$0]) } ?? "" }

    /// Whether it counts training batches, which changes nothing but an average without momentum, and which old files lack.
    var isBatchCount: Bool { name == "num_batches_tracked" || name.hasSuffix(".num_batches_tracked") }
}

extension Module {
    /// Parameters and buffers alike, each once.
    var moduleTensors: [ModuleTensor] {
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
        // What other layers learn from their first input are vectors with an element for each channel.
        return namedParameters.map { name, parameter in
            let (role, shape) = known[ObjectIdentifier(parameter)] ?? (.other, [nil])
            return ModuleTensor(
                name: name, role: role, shape: parameter.isInitialized ? parameter.shape : shape,
                get: { parameter.isInitialized ? parameter.value.array : nil },
                set: { parameter.value = Tensor(array: $0) })
        }
            + namedBuffers.map { name, buffer in
                ModuleTensor(
                    name: name, role: .other, shape: buffer.isInitialized ? buffer.value.shape : [nil],
                    get: { buffer.isInitialized ? buffer.value.array : nil }, set: { buffer.value = Tensor(array: $0) })
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
