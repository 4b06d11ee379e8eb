import MartinetBase

/// A layer that makes one tensor of several.
public protocol MergeLayer: AnyObject, Sendable {
    /// The caller gives `inputs` up, so that a layer that is handed the last reference to an intermediate result may
    /// overwrite it. Layers may take them as a plain array all the same.
    func callAsFunction(_ inputs: consuming [Tensor]) -> Tensor

    /// The shape of the output, without the batch axis, for inputs of these shapes.
    ///
    /// - Throws: `ShapeError` if they do not go together.
    func outputShape(for inputs: [[Int]]) throws(ShapeError) -> [Int]
}

extension MergeLayer {
    /// Adds this layer to the model that `inputs` are part of.
    public func callAsFunction(_ inputs: [SymbolicTensor], name: String? = nil) -> SymbolicTensor {
        SymbolicNode.apply(.merge(self), to: inputs, name: name) { () throws(ShapeError) in
            guard !inputs.isEmpty else { throw ShapeError("expected at least one input") }
            return try outputShape(for: inputs.map(\.shape))
        }
    }
}

private func equalShape(_ inputs: [[Int]]) throws(ShapeError) -> [Int] {
    guard inputs.allSatisfy({ $0 == inputs[0] }) else {
        throw ShapeError("expected inputs of one shape, found \(inputs.map { "\($0)" }.joined(separator: " and "))")
    }
    return inputs[0]
}

/// Sums from the last to the first, each of which is given up in its turn.
private func sum(_ inputs: consuming [Tensor]) -> Tensor {
    var inputs = inputs
    var total = inputs.removeLast()
    while !inputs.isEmpty { total = inputs.removeLast() + (consume total) }
    return total
}

/// The sum of its inputs, which have one shape.
public final class Add: MergeLayer {
    public init() {}

    public func callAsFunction(_ inputs: consuming [Tensor]) -> Tensor { sum(inputs) }

    public func outputShape(for inputs: [[Int]]) throws(ShapeError) -> [Int] { try equalShape(inputs) }
}

/// The product of its inputs, which have one shape.
public final class Multiply: MergeLayer {
    public init() {}

    public func callAsFunction(_ inputs: [Tensor]) -> Tensor { inputs.dropFirst().reduce(inputs[0], *) }

    public func outputShape(for inputs: [[Int]]) throws(ShapeError) -> [Int] { try equalShape(inputs) }
}

/// The mean of its inputs, which have one shape.
public final class Average: MergeLayer {
    public init() {}

    public func callAsFunction(_ inputs: consuming [Tensor]) -> Tensor {
        let count = Float(inputs.count)
        return sum(inputs) / count
    }

    public func outputShape(for inputs: [[Int]]) throws(ShapeError) -> [Int] { try equalShape(inputs) }
}

/// The largest of its inputs, element by element; they have one shape.
public final class Maximum: MergeLayer {
    public init() {}

    public func callAsFunction(_ inputs: [Tensor]) -> Tensor { inputs.dropFirst().reduce(inputs[0], maximum) }

    public func outputShape(for inputs: [[Int]]) throws(ShapeError) -> [Int] { try equalShape(inputs) }
}

/// Its inputs one after the other along an axis, the last by default; they agree in every other axis.
public final class Concatenate: MergeLayer {
    /// The axis as a tensor with a batch axis counts it; negative ones count from the back.
    public let axis: Int

    public init(axis: Int = -1) {
        require(axis != 0, "Concatenate: axis 0 is the batch")
        self.axis = axis
    }

    public func callAsFunction(_ inputs: [Tensor]) -> Tensor { Tensor.concatenate(inputs, axis: axis) }

    public func outputShape(for inputs: [[Int]]) throws(ShapeError) -> [Int] {
        let rank = inputs[0].count
        let position = axis < 0 ? axis + rank : axis - 1
        guard position >= 0 && position < rank else {
            throw ShapeError("axis \(axis) is out of range for \(inputs[0])")
        }
        var result = inputs[0]
        for shape in inputs.dropFirst() {
            guard shape.count == rank, shape.indices.allSatisfy({ $0 == position || shape[$0] == result[$0] }) else {
                throw ShapeError("\(inputs[0]) and \(shape) differ in more than axis \(axis)")
            }
            result[position] += shape[position]
        }
        return result
    }
}

extension SymbolicTensor {
    /// Adds an `Add` layer to the model that both are part of.
    public static func + (a: SymbolicTensor, b: SymbolicTensor) -> SymbolicTensor { Add()([a, b]) }

    /// Adds a `Multiply` layer to the model that both are part of.
    public static func * (a: SymbolicTensor, b: SymbolicTensor) -> SymbolicTensor { Multiply()([a, b]) }
}

/// Adds a `ReLU` layer to the model that `x` is part of.
public func relu(_ x: SymbolicTensor) -> SymbolicTensor { ReLU()(x) }

/// Adds a `Sigmoid` layer to the model that `x` is part of.
public func sigmoid(_ x: SymbolicTensor) -> SymbolicTensor { Sigmoid()(x) }

/// Adds a `Tanh` layer to the model that `x` is part of.
public func tanh(_ x: SymbolicTensor) -> SymbolicTensor { Tanh()(x) }

/// Adds a `GELU` layer to the model that `x` is part of.
public func gelu(_ x: SymbolicTensor) -> SymbolicTensor { GELU()(x) }

/// Adds a `SiLU` layer to the model that `x` is part of.
public func silu(_ x: SymbolicTensor) -> SymbolicTensor { SiLU()(x) }

/// Adds a `Softmax` layer to the model that `x` is part of.
public func softmax(_ x: SymbolicTensor) -> SymbolicTensor { Softmax()(x) }
