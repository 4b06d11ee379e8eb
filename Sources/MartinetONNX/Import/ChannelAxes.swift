// What a graph says about its inputs by what it does with them.
extension ImportedGraph {
    /// Operators that leave an image's axes where they are.
    private static let keepingAxes: Set = [
        "Abs", "Add", "Cast", "Ceil", "Celu", "Clip", "Concat", "Cos", "Div", "Dropout", "Elu", "Erf", "Exp", "Floor",
        "Gelu",
        "HardSigmoid", "HardSwish", "Identity", "LeakyRelu", "Log", "Max", "Mean", "Min", "Mish", "Mul", "Neg", "PRelu",
        "Pad",
        "Pow", "Reciprocal", "Relu", "Resize", "Round", "Selu", "Sigmoid", "Sign", "Sin", "Slice", "Softplus",
        "Softsign",
        "Split", "Sqrt", "Sub", "Sum", "Tanh", "ThresholdedRelu", "Upsample",
    ]

    /// How a value's axes are meant, as far as its readers tell.
    private enum Reading {
        case channelsLast, otherwise
    }

    /// The inputs that lie channels-last, as in files from TensorFlow and Keras: all that reads them, or what becomes of them
    /// element by element, first puts their channels in front.
    var channelsLastInputs: Set<String> {
        var readings: [String: Reading] = [:]
        // Readers come after what they read, so from the back each value's readers are known.
        for node in nodes.reversed() {
            let reading: Reading?
            switch node.operation {
            case "Transpose": reading = node.attributes["perm"]?.ints == [0, 3, 1, 2] ? .channelsLast : .otherwise
            case "Shape", "Size": reading = nil
            case let operation where Self.keepingAxes.contains(operation):
                let known = node.outputs.compactMap { readings[$0] }
                reading = known.contains(.otherwise) ? .otherwise : known.first
            default: reading = .otherwise
            }
            guard let reading else { continue }
            for input in node.inputs {
                readings[input] = readings[input].map { $0 == reading ? reading : .otherwise } ?? reading
            }
        }
        return Set(inputs.map(\.name).filter { readings[$0] == .channelsLast })
    }

    /// Sizes of a batch that the file may have been made for, the likeliest first: one, and those that it reshapes to.
    var likelyBatches: [Int] {
        var result = [1]
        for node in nodes where node.operation == "Reshape" && node.inputs.count == 2 {
            guard case .integers(let shape, _)? = constants[node.inputs[1]], let batch = shape.first, batch > 1,
                batch <= 1024, !result.contains(batch), result.count < 8
            else { continue }
            result.append(batch)
        }
        return result
    }
}
