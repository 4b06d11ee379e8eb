/// A parameter or buffer of a module with its dotted name, for all that moves values in or out: copying, checkpoints, files.
package struct ModuleTensor: Sendable {
    private enum Holder {
        case parameter(Parameter)
        case buffer(Buffer)
    }

    /// The dotted name, PyTorch's.
    package let name: String

    /// Its further names, where a layer is used under several.
    package fileprivate(set) var otherNames: [String] = []

    private let holder: Holder

    fileprivate init(_ name: String, _ parameter: Parameter) { (self.name, holder) = (name, .parameter(parameter)) }

    fileprivate init(_ name: String, _ buffer: Buffer) { (self.name, holder) = (name, .buffer(buffer)) }

    /// All names, the first one first.
    package var names: [String] { [name] + otherNames }

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
    /// Parameters, then buffers, each once with all its names.
    package var namedTensors: [ModuleTensor] {
        var (parameters, buffers) = ([ModuleTensor](), [ModuleTensor]())
        var places: [ObjectIdentifier: Int] = [:]
        func add(_ tensor: ModuleTensor, _ object: AnyObject, to list: inout [ModuleTensor]) {
            if let place = places[ObjectIdentifier(object)] {
                list[place].otherNames.append(tensor.name)
            } else {
                places[ObjectIdentifier(object)] = list.count
                list.append(tensor)
            }
        }
        for member in members {
            switch member.value {
            case .parameter(let parameter): add(ModuleTensor(member.name, parameter), parameter, to: &parameters)
            case .buffer(let buffer): add(ModuleTensor(member.name, buffer), buffer, to: &buffers)
            case .module, .mode: continue
            }
        }
        return parameters + buffers
    }
}
