import MartinetBase

/// In training mode replaces each sample by zeros with probability `rate` and scales the others by 1 / (1 − rate); in
/// evaluation mode does nothing (Huang et al., "Deep networks with stochastic depth", arXiv 1603.09382). At the end of a
/// residual branch it leaves a sample nothing but the shortcut. As torchvision's `StochasticDepth` in the mode "row".
///
/// The branch is computed for every sample all the same: this makes a network generalise better, not train faster.
public final class StochasticDepth: ElementwiseLayer {
    public let rate: Float
    private let generator: RandomGenerator
    private let mode = TrainingMode()

    /// - Parameters:
    ///   - rate: the probability, from 0 to below 1.
    ///   - generator: where the choices come from.
    public init(_ rate: Float, generator: RandomGenerator = .default) {
        require(rate >= 0 && rate < 1, "StochasticDepth: the rate must be from 0 to below 1, found \(rate)")
        self.rate = rate
        self.generator = generator
    }

    /// - Parameter x: `[batch, ...]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        ForwardObserver.observe(self, mode.isOn && rate > 0 ? dropped(x) : x)
    }

    private func dropped(_ x: Tensor) -> Tensor {
        let ones = [Int](repeating: 1, count: x.rank - 1)
        let kept = NDArray.combine(
            .uniform([x.shape[0]] + ones, generator: generator), .greaterOrEqual, NDArray(scalar: rate))
        return x * Tensor(array: kept * (1 / (1 - rate)))
    }

    public var details: String { "\(rate)" }
}
