/// Makes one axis of all but the batch: `[batch, height, width, channels]` becomes `[batch, height * width * channels]`.
public final class Flatten: Layer {
    public init() {}

    public func callAsFunction(_ x: Tensor) -> Tensor {
        prepare(for: x)
        return ForwardObserver.observe(self, x.reshaped([x.shape[0], elementCount(Array(x.shape.dropFirst()))]))
    }

    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] { [elementCount(input)] }
}
