import MartinetBase

/// A module that knows the shape of its output without computing it, and that can learn the shape of its parameters from
/// its input's.
///
/// Shapes here leave out the batch axis. Modules that are not layers can be used everywhere too; their output's shape is
/// found by computing it once.
public protocol Layer: Module where Input == Tensor, Output == Tensor {
    /// The shape of the output for an input of shape `input`.
    ///
    /// - Throws: `ShapeError` if the layer cannot take such an input.
    func outputShape(for input: [Int]) throws(ShapeError) -> [Int]

    /// Gives the parameters their shapes and first values, where the layer was made without the number of its inputs.
    func build(for input: [Int])
}

extension Layer {
    public func build(for input: [Int]) {}
}

extension Layer {
    /// Stops, naming the layer, unless it can take `x`; then builds it if need be.
    func prepare(for x: Tensor) {
        require(x.rank >= 1, "\(self): expected a batch, found a scalar")
        let input = Array(x.shape.dropFirst())
        _ = requireShapes(of: "\(self), batch of \(x.shape[0])") { () throws(ShapeError) in
            try outputShape(for: input)
        }
        build(for: input)
    }
}

/// The shape of one image in a batch of one, `[1, height, width, channels]`.
///
/// - Parameter input: `[height, width, channels]`.
func batchOfOne(_ input: [Int]) throws(ShapeError) -> [Int] {
    guard input.count == 3 else { throw ShapeError("expected [height, width, channels], found \(input)") }
    return [1] + input
}

/// A layer whose output has the shape of its input.
public protocol ElementwiseLayer: Layer {}

extension ElementwiseLayer {
    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] { input }
}

extension Parameter {
    /// Gives the parameter its first value, unless it has one.
    func initialize(shape: [Int], _ initializer: Initializer, generator: RandomGenerator) {
        if !isInitialized { value = initializer(shape: shape, generator: generator) }
    }
}
