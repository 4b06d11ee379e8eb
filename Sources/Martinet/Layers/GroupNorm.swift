import MartinetBase

/// Group normalisation: each sample's channels in groups that share a mean and a variance (Wu and He, arXiv 1803.08494).
///
/// - `weight`, `bias`: scale and shift, `[channels]`.
public final class GroupNorm: ElementwiseLayer {
    public let weight, bias: Parameter?
    public let groups, channels: Int
    public let epsilon: Float

    /// - Parameters:
    ///   - groups: how many; 1 normalises all channels together, as many as channels each by itself.
    ///   - channels: the size of the last axis.
    ///   - epsilon: added to the variance.
    ///   - affine: whether to learn a scale and a shift.
    public init(groups: Int, channels: Int, epsilon: Float = 1e-5, affine: Bool = true) {
        require(
            groups > 0 && channels > 0 && channels % groups == 0,
            "GroupNorm: \(channels) channels cannot be split into \(groups) groups")
        self.groups = groups
        self.channels = channels
        self.epsilon = epsilon
        weight = affine ? Parameter(.ones([channels])) : nil
        bias = affine ? Parameter(.zeros([channels])) : nil
    }

    /// - Parameter x: `[batch, ..., channels]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        prepare(for: x)
        let grouped = x.reshaped([x.shape[0], -1, groups, channels / groups])
        var y = normalized(grouped, over: [1, 3], epsilon: epsilon).reshaped(x.shape)
        if let weight, let bias { y = y * weight.value + bias.value }
        return ForwardObserver.observe(self, y)
    }

    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] {
        guard input.last == channels else { throw ShapeError("expected \(channels) channels, found \(input)") }
        return input
    }

    public var details: String {
        "\(groups), \(channels), epsilon: \(epsilon)" + (weight == nil ? ", affine: false" : "")
    }
}
