import MartinetBase

/// Layer normalisation over the last axes of each sample (Ba, Kiros, Hinton, arXiv 1607.06450).
///
/// - `weight`, `bias`: scale and shift of the normalised axes' shape.
public final class LayerNorm: ElementwiseLayer {
    public let weight, bias: Parameter?
    public let shape: [Int]
    public let epsilon: Float

    /// - Parameters:
    ///   - shape: the sizes of the last axes, which are normalised together.
    ///   - epsilon: added to the variance.
    ///   - affine: whether to learn a scale and a shift.
    public init(_ shape: [Int], epsilon: Float = 1e-5, affine: Bool = true) {
        require(!shape.isEmpty, "LayerNorm: no axes to normalise")
        self.shape = shape
        self.epsilon = epsilon
        weight = affine ? Parameter(.ones(shape)) : nil
        bias = affine ? Parameter(.zeros(shape)) : nil
    }

    /// Normalises the last axis, of `features` elements.
    public convenience init(_ features: Int, epsilon: Float = 1e-5, affine: Bool = true) {
        self.init([features], epsilon: epsilon, affine: affine)
    }

    /// - Parameter x: `[batch, ...]`, whose last axes have the layer's shape.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        prepare(for: x)
        var y = normalized(x, over: Array(x.rank - shape.count..<x.rank), epsilon: epsilon)
        if let weight, let bias { y = y * weight.value + bias.value }
        return ForwardObserver.observe(self, y)
    }

    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] {
        guard input.suffix(shape.count) == shape[...] else {
            throw ShapeError("expected \(shape) as the last axes, found \(input)")
        }
        return input
    }

    public var details: String { "\(shape), epsilon: \(epsilon)" + (weight == nil ? ", affine: false" : "") }
}
