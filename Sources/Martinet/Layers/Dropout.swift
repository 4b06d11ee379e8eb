import MartinetBase

/// In training mode sets each element to 0 with probability `rate` and scales the others by 1 / (1 − rate); in evaluation
/// mode does nothing (Srivastava et al., JMLR 15, 2014).
public final class Dropout: ElementwiseLayer {
    public let rate: Float
    private let generator: RandomGenerator
    private let mode = TrainingMode()

    public init(_ rate: Float = 0.5, generator: RandomGenerator = .default) {
        require(rate >= 0 && rate <= 1, "Dropout: the rate must be from 0 to 1, found \(rate)")
        self.rate = rate
        self.generator = generator
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        ForwardObserver.observe(self, mode.isOn ? dropout(x, rate: rate, generator: generator) : x)
    }

    public var details: String { "\(rate)" }
}
