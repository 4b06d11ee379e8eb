/// How one direction of one geometry is computed: the algorithm and the blocks in which it does so.
package struct ConvolutionPlan: Sendable, Hashable {
    package let geometry: ConvolutionGeometry
    package let direction: ConvolutionDirection
    package let algorithm: ConvolutionAlgorithm

    /// The pieces that it is computed in.
    var blocks: ConvolutionBlocks

    /// The reason for this algorithm.
    package let reason: String

    /// Floating-point operations of the algorithm's products; the transforms around Winograd's come on top.
    package var productOperations: Double { algorithm.method.productOperations(geometry) }

    /// The plan by the rules, or with `algorithm` where that is given and can do it.
    ///
    /// - Parameters:
    ///   - geometry: the convolution's sizes.
    ///   - direction: the convolution itself, or one of its gradients.
    ///   - algorithm: the one to take if it can do it; nil leaves the choice to the rules.
    ///   - weightIsPrepared: whether the weight is packed or transformed once for many calls, so that it costs nothing.
    ///   - winogradLimit: which of Winograd's algorithms the rules may choose.
    package init(
        _ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection, algorithm: ConvolutionAlgorithm? = nil,
        weightIsPrepared: Bool = false, winogradLimit: WinogradLimit = .current
    ) {
        self.geometry = geometry
        self.direction = direction
        if let algorithm, algorithm.canCompute(geometry, direction) {
            self.algorithm = algorithm
            reason = "forced"
        } else {
            let rule = ConvolutionRule.deciding(
                ConvolutionRule.Case(
                    geometry: geometry, direction: direction, weightIsPrepared: weightIsPrepared,
                    winogradLimit: winogradLimit))
            self.algorithm = rule.algorithm
            reason = rule.reason
        }
        blocks = self.algorithm.method.blocks(geometry, direction)
    }
}

extension ConvolutionPlan: CustomStringConvertible {
    /// "forward of 256x14x14x64 -> …: im2col in blocks of 336 (serves every geometry)"
    package var description: String { "\(direction.rawValue) of \(geometry): \(summary)" }

    /// The choice alone: "im2col in blocks of 336 (serves every geometry)"
    package var summary: String {
        "\(algorithm.rawValue) in blocks of \(blocks.rows)\(blocks.areShared ? ", shared" : "") (\(reason))"
    }
}
