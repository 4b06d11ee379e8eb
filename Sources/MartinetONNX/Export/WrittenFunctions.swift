import Martinet
import MartinetBase

// Everything else that a model may compute.
extension GraphWriter {
    mutating func applying(
        _ function: TracedFunction, _ step: InferenceGraph.Step
    ) throws(ONNXExportError) -> Value {
        let rank = step.shape.count
        switch function {
        case .add: return try broadcast("Add", step)
        case .subtract: return try broadcast("Sub", step)
        case .multiply: return try broadcast("Mul", step)
        case .divide: return try broadcast("Div", step)
        case .prelu: return try broadcast("PRelu", step)
        case .maximum: return try broadcast("Max", step)
        case .minimum: return try broadcast("Min", step)
        case .concatenate(let axis):
            let names = try names(of: step)
            let position = Self.position(of: axis, rank: rank)
            return Value(name: emit("Concat", names, attributes: [.int("axis", position)]), shape: step.shape)
        case .matmul(let transposeA, let transposeB):
            return try product(step, transposeA: transposeA, transposeB: transposeB)
        default:
            let x = try value(step.inputs[0], for: step.name)
            return unary(function, x, shape: step.shape)
        }
    }

    private mutating func unary(_ function: TracedFunction, _ x: Value, shape: [Int]) -> Value {
        func position(_ axis: Int) -> Int { Self.position(of: axis, rank: x.shape.count) }
        let name: String
        switch function {
        case .sigmoid: name = emit("Sigmoid", [x.name])
        case .tanh: name = emit("Tanh", [x.name])
        case .softplus: name = emit("Softplus", [x.name])
        case .silu: name = emit("Mul", [x.name, emit("Sigmoid", [x.name])])
        case .gelu:
            let scaled = emit("Mul", [x.name, scalar(Float(0.5).squareRoot())])
            let cumulative = emit("Add", [emit("Erf", [scaled]), scalar(1)])
            name = emit("Mul", [emit("Mul", [x.name, cumulative]), scalar(0.5)])
        case .exp: name = emit("Exp", [x.name])
        case .log: name = emit("Log", [x.name])
        case .sqrt: name = emit("Sqrt", [x.name])
        case .abs: name = emit("Abs", [x.name])
        case .erf: name = emit("Erf", [x.name])
        case .expm1: name = emit("Sub", [emit("Exp", [x.name]), scalar(1)])
        case .log1p: name = emit("Log", [emit("Add", [x.name, scalar(1)])])
        case .sin: name = emit("Sin", [x.name])
        case .cos: name = emit("Cos", [x.name])
        case .rounding(let kind):
            switch kind {
            case .floor: name = emit("Floor", [x.name])
            case .ceil: name = emit("Ceil", [x.name])
            case .round: name = emit("Round", [x.name])
            }
        case .mish: name = emit("Mul", [x.name, emit("Tanh", [emit("Softplus", [x.name])])])
        case .hardswish: name = emit("HardSwish", [x.name])
        case .hardsigmoid: name = emit("HardSigmoid", [x.name], attributes: [.float("alpha", Float(1) / 6)])
        case .exponentialUnit(let alpha, let scale, let width):
            // Celu's alpha is both; a Selu without a scale of its own is an Elu.
            let unit =
                width == 1
                ? emit("Elu", [x.name], attributes: [.float("alpha", alpha)])
                : emit("Celu", [x.name], attributes: [.float("alpha", width)])
            name = scale == 1 ? unit : emit("Mul", [unit, scalar(scale)])
        case .power(let exponent): name = emit("Pow", [x.name, scalar(exponent)])
        case .clamp(let low, let high):
            name = emit("Clip", [x.name, scalar(low), scalar(high)])
        case .leakyReLU(let slope): name = emit("LeakyRelu", [x.name], attributes: [.float("alpha", slope)])
        case .affine(let scale, let offset):
            let scaled = scale == 1 ? x.name : emit("Mul", [x.name, scalar(scale)])
            name = offset == 0 ? scaled : emit("Add", [scaled, scalar(offset)])
        case .softmax(let axis): name = emit("Softmax", [x.name], attributes: [.int("axis", position(axis))])
        case .logSoftmax(let axis): name = emit("LogSoftmax", [x.name], attributes: [.int("axis", position(axis))])
        case .sum(let axes, _):
            let places = integers(axes.map(position).sorted(), name: "axes")
            return reshaped(reduced(x, axes, emit("ReduceSum", [x.name, places])), to: shape)
        case .extreme(let isLargest, let axes):
            let places = axes.map(position).sorted()
            let operation = isLargest ? "ReduceMax" : "ReduceMin"
            return reshaped(
                reduced(x, axes, emit(operation, [x.name], attributes: [.ints("axes", places)])), to: shape)
        case .slice(let ranges):
            let cut = ranges.indices.filter { ranges[$0] != 0..<x.shape[$0] && $0 > 0 }
            guard !cut.isEmpty else { return Value(name: x.name, shape: shape) }
            name = emit(
                "Slice",
                [
                    x.name, integers(cut.map { ranges[$0].lowerBound }, name: "starts"),
                    integers(cut.map { ranges[$0].upperBound }, name: "ends"),
                    integers(cut.map(position), name: "axes"),
                ])
        case .select(let indices, let axis):
            name = emit(
                "Gather", [x.name, integers(indices, name: "indices")], attributes: [.int("axis", position(axis))])
        case .broadcast(let target):
            // 1 keeps the batch as it is.
            var sizes = [Int](repeating: 1, count: target.count)
            for (axis, size) in target.enumerated().dropFirst() { sizes[position(axis)] = size }
            name = emit("Expand", [x.name, integers(sizes, name: "shape")])
        case .mean(let axes, _): return reshaped(mean(x, axes), to: shape)
        case .normalize(let axes, let epsilon): name = normalized(x, axes, epsilon: epsilon)
        case .pad(let amounts, let value):
            var pads = [Int](repeating: 0, count: 2 * amounts.count)
            for (axis, amount) in amounts.enumerated() {
                pads[position(axis)] = amount.before
                pads[amounts.count + position(axis)] = amount.after
            }
            name = emit("Pad", [x.name, integers(pads, name: "pads"), scalar(value)])
        case .permute(let order):
            // From the file's order of the axes to the file's.
            var places = [Int](repeating: 0, count: order.count)
            for (axis, source) in order.enumerated() { places[position(axis)] = position(source) }
            name = emit("Transpose", [x.name], attributes: [.ints("perm", places)])
        case .add, .subtract, .multiply, .divide, .maximum, .minimum, .prelu, .concatenate, .matmul:
            fail("ONNX export: \(function) has two operands")
        }
        return Value(name: name, shape: shape)
    }

    /// Two operands, of which one may be repeated along axes that it lacks.
    private mutating func broadcast(_ operation: String, _ step: InferenceGraph.Step) throws(ONNXExportError) -> Value {
        var names: [String] = []
        for operand in step.inputs {
            let (shape, isConstant) =
                switch operand {
                case .value(_, let shape): (shape, false)
                case .constant(let array): (array.shape, true)
                }
            // Axes are matched from the last, which is not an image's last in the file.
            guard step.shape.count == 4, shape.count < 4, !shape.isEmpty else {
                names.append(try value(operand, for: step.name).name)
                continue
            }
            guard isConstant, case .constant(let array) = operand else {
                throw .unsupportedOperation(step.name, reason: "broadcasts a tensor of shape \(shape) to \(step.shape)")
            }
            names.append(constant(array.reshaped([Int](repeating: 1, count: 4 - shape.count) + shape)).name)
        }
        return Value(name: emit(operation, names), shape: step.shape)
    }

    /// A product of two computed matrices.
    private mutating func product(
        _ step: InferenceGraph.Step, transposeA: Bool, transposeB: Bool
    ) throws(ONNXExportError) -> Value {
        guard step.shape.count != 4 else {
            throw .unsupportedOperation(step.name, reason: "multiplies computed matrices in tensors of four axes")
        }
        var names: [String] = []
        for (operand, isTransposed) in zip(step.inputs, [transposeA, transposeB]) {
            let x = try value(operand, for: step.name)
            var order = Array(x.shape.indices)
            if isTransposed { order.swapAt(order.count - 1, order.count - 2) }
            names.append(
                isTransposed ? emit("Transpose", [x.name], attributes: [.ints("perm", order)]) : x.name)
        }
        return Value(name: emit("MatMul", names), shape: step.shape)
    }

    /// `x` minus its mean, over its standard deviation.
    private mutating func normalized(_ x: Value, _ axes: [Int], epsilon: Float) -> String {
        let deviation = Value(name: emit("Sub", [x.name, mean(x, axes).name]), shape: x.shape)
        let square = Value(name: emit("Mul", [deviation.name, deviation.name]), shape: x.shape)
        let variance = emit("Add", [mean(square, axes).name, scalar(epsilon)])
        return emit("Div", [deviation.name, emit("Sqrt", [variance])])
    }

    /// The mean over `axes`, which stay with size 1.
    private mutating func mean(_ x: Value, _ axes: [Int]) -> Value {
        let places = axes.map { Self.position(of: $0, rank: x.shape.count) }.sorted()
        return reduced(x, axes, emit("ReduceMean", [x.name], attributes: [.ints("axes", places)]))
    }

    private func reduced(_ x: Value, _ axes: [Int], _ name: String) -> Value {
        let reduced = Set(axes.map { $0 < 0 ? $0 + x.shape.count : $0 })
        return Value(name: name, shape: x.shape.indices.map { reduced.contains($0) ? 1 : x.shape[$0] })
    }

    private mutating func names(of step: InferenceGraph.Step) throws(ONNXExportError) -> [String] {
        var names: [String] = []
        for operand in step.inputs { names.append(try value(operand, for: step.name).name) }
        return names
    }

    private mutating func scalar(_ value: Float) -> String { initializer(NDArray(scalar: value), name: "constant") }
}
