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
    public let layers: [any Module]

    public init(_ layers: [any Module]) { self.layers = layers }

    public init(@SequentialBuilder _ layers: () -> [any Module]) { self.layers = layers() }

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
    public subscript(_ position: Int) -> any Module { layers[position] }

    public var customMirror: Mirror {
        Mirror(self, children: layers.enumerated().map { (label: "\($0)", value: $1) })
    }
}

/// Collects the modules of a `Sequential`; understands `if`, `else` and `for`.
@resultBuilder
public enum SequentialBuilder {
    public static func buildExpression(_ module: any Module) -> [any Module] { [module] }
    public static func buildBlock(_ parts: [any Module]...) -> [any Module] { parts.flatMap { $0 } }
    public static func buildOptional(_ part: [any Module]?) -> [any Module] { part ?? [] }
    public static func buildEither(first: [any Module]) -> [any Module] { first }
    public static func buildEither(second: [any Module]) -> [any Module] { second }
    public static func buildArray(_ parts: [[any Module]]) -> [any Module] { parts.flatMap { $0 } }
}

extension Module {
    /// The shape of the output, without the batch axis, for an input of shape `input`: what a layer says, and for another
    /// module what comes out for one sample of zeros, in evaluation mode and without a graph.
    func inferredOutputShape(for input: [Int]) throws(ShapeError) -> [Int] {
        if let layer = self as? any Layer { return try layer.outputShape(for: input) }
        return withoutGradients {
            evaluating(self) { Array(self(Tensor.zeros([1] + input)).shape.dropFirst()) }
        }
    }
}

/// Runs `body` with `module` in evaluation mode, and puts each of its parts back into the mode that it was in.
func evaluating<Result>(_ module: any Module, _ body: () throws -> Result) rethrows -> Result {
    try keepingModes(of: module) {
        module.eval()
        return try body()
    }
}

/// Runs `body`, and puts each part of `module` back into the mode that it was in.
func keepingModes<Result>(of module: any Module, _ body: () throws -> Result) rethrows -> Result {
    let modes = module.members.compactMap { if case .mode(let mode) = $0.value { mode } else { nil } }
    let before = modes.map(\.state)
    defer { for (mode, state) in zip(modes, before) { mode.state = state } }
    return try body()
}
