import MartinetBase

/// Sets each element to 0 with probability `rate` and divides the others by `1 - rate`, so that the expected value stays
/// (Srivastava et al., JMLR 15, 2014).
public func dropout(_ x: Tensor, rate: Float, generator: RandomGenerator = .default) -> Tensor {
    require(rate >= 0 && rate <= 1, "dropout: the rate must be from 0 to 1, found \(rate)")
    if rate == 0 { return x }
    let kept = NDArray.combine(.uniform(x.shape, generator: generator), .greaterOrEqual, NDArray(scalar: rate))
    let mask = rate == 1 ? kept : kept * (1 / (1 - rate))
    return record("dropout", x.array * mask, from: x) { $0 * mask }
}
