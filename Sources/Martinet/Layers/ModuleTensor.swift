/// A parameter or buffer of a module with its dotted name, for all that moves values in or out: copying, checkpoints, files.
package struct ModuleTensor: Sendable {
    private enum Holder {
        case parameter(Parameter)
        case buffer(Buffer)
    }

    /// The dotted name, PyTorch's.
    package let name: String
    private let holder: Holder

    fileprivate init(_ name: String, _ parameter: Parameter) { (self.name, holder) = (name, .parameter(parameter)) }

    fileprivate init(_ name: String, _ buffer: Buffer) { (self.name, holder) = (name, .buffer(buffer)) }

    /// The parameter, if it is one.
    package var parameter: Parameter? { if case .parameter(let parameter) = holder { parameter } else { nil } }

    /// The elements; nil while its layer does not know the shape.
    package var array: NDArray? {
        switch holder {
        case .parameter(let parameter): parameter.isInitialized ? parameter.array : nil
        case .buffer(let buffer): buffer.isInitialized ? buffer.value.array : nil
        }
    }

    /// Replaces the elements by those of an array of the same shape; of any shape while there are none.
    package func set(_ array: NDArray) {
        switch holder {
        case .parameter(let parameter): parameter.value = Tensor(array: array)
        case .buffer(let buffer): buffer.value = Tensor(array: array)
        }
    }
}

extension Module {
    /// Parameters and buffers alike, each once.
    package var namedTensors: [ModuleTensor] {
        namedParameters.map { ModuleTensor($0.name, $0.parameter) }
            + namedBuffers.map { ModuleTensor($0.name, $0.buffer) }
    }
}
