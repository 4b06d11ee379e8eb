/// Modules one after the other.
///
/// ```swift
/// let model = Sequential {
///     Dense(2, 16, activation: .tanh)
///     for _ in 1..<depth { Dense(16, 16, activation: .tanh) }
///     if drops { Dropout(0.5) }
///     Dense(16, 2)
/// }
/// ```
///
/// The modules' names are their positions, as in PyTorch: `0.weight`, `2.bias`.
public final class Sequential: Layer, CustomReflectable {
    public let layers: [any Module<Tensor, Tensor>]

    public init(_ layers: [any Module<Tensor, Tensor>]) { self.layers = layers }

    public init(@SequentialBuilder _ layers: () -> [any Module<Tensor, Tensor>]) { self.layers = layers() }

    public func callAsFunction(_ x: consuming Tensor) -> Tensor {
        var x = x
        for layer in layers { x = ForwardObserver.observe(block: layer, layer(consume x)) }
        return ForwardObserver.observe(block: self, x)
    }

    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] {
        var shape = input
        for (position, layer) in layers.enumerated() {
            do {
                shape = try layer.inferredOutputShape(for: shape)
            } catch {
                throw ShapeError("layer \(position), \(layer): \(error.description)")
            }
        }
        return shape
    }

    public func build(for input: [Int]) {
        var shape = input
        for layer in layers {
            guard let output = try? layer.inferredOutputShape(for: shape) else { return }
            (layer as? any Layer)?.build(for: shape)
            shape = output
        }
    }

    /// The module at `position`.
    public subscript(_ position: Int) -> any Module<Tensor, Tensor> { layers[position] }

    public var customMirror: Mirror {
        Mirror(self, children: layers.enumerated().map { (label: "\($0)", value: $1) })
    }
}

/// Collects the modules of a `Sequential`; understands `if`, `else` and `for`.
@resultBuilder
public enum SequentialBuilder {
    public static func buildExpression(_ module: any Module<Tensor, Tensor>) -> [any Module<Tensor, Tensor>] {
        [module]
    }
    public static func buildBlock(_ parts: [any Module<Tensor, Tensor>]...) -> [any Module<Tensor, Tensor>] {
        parts.flatMap { $0 }
    }
    public static func buildOptional(_ part: [any Module<Tensor, Tensor>]?) -> [any Module<Tensor, Tensor>] {
        part ?? []
    }
    public static func buildEither(first: [any Module<Tensor, Tensor>]) -> [any Module<Tensor, Tensor>] { first }
    public static func buildEither(second: [any Module<Tensor, Tensor>]) -> [any Module<Tensor, Tensor>] { second }
    public static func buildArray(_ parts: [[any Module<Tensor, Tensor>]]) -> [any Module<Tensor, Tensor>] {
        parts.flatMap { $0 }
    }
}

extension Module where Input == Tensor, Output == Tensor {
    /// The shape of the output, without the batch axis, for an input of shape `input`: what a layer says, and for another
    /// module what comes out for one sample of zeros, in evaluation mode and without a graph.
    func inferredOutputShape(for input: [Int]) throws(ShapeError) -> [Int] {
        if let layer = self as? any Layer { return try layer.outputShape(for: input) }
        return withoutGradients {
            evaluating(self) { Array(self(Tensor.zeros([1] + input)).shape.dropFirst()) }
        }
    }
}
