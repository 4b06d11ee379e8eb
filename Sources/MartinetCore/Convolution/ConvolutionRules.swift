/// Says where an algorithm is the best choice. Of the rules whose algorithm can compute a convolution, the first one that
/// applies decides.
struct ConvolutionRule: Sendable {
    let algorithm: ConvolutionAlgorithm
    let reason: String
    let applies: @Sendable (Case) -> Bool

    init(_ algorithm: ConvolutionAlgorithm, _ reason: String, _ applies: @escaping @Sendable (Case) -> Bool) {
        self.algorithm = algorithm
        self.reason = reason
        self.applies = applies
    }

    /// Everything that a rule may ask about.
    struct Case {
        let geometry: ConvolutionGeometry
        let direction: ConvolutionDirection
        /// Whether the weight is packed or transformed once for many calls, so that it costs nothing.
        let weightIsPrepared: Bool
        let winogradLimit: WinogradLimit
    }

    static let all: [ConvolutionRule] = [
        ConvolutionRule(.depthwise, "a product of matrices would have one row a group") { $0.geometry.groups > 1 },
        ConvolutionRule(.winogradSmall, "a few tiles: reading the larger tiles' weight would take longer") {
            $0.winogradLimit != .none && $0.weightIsPrepared && Winograd.isBoundByWeight($0.geometry)
                && Winograd.small.pays($0.geometry, weightIsPrepared: true)
        },
        ConvolutionRule(.winogradSmall, "four ninths of the multiplications; larger tiles are forbidden") {
            $0.winogradLimit == .small && Winograd.small.pays($0.geometry, weightIsPrepared: $0.weightIsPrepared)
        },
        ConvolutionRule(.winograd, "a quarter of the multiplications, less what the transforms cost") {
            $0.winogradLimit == .large && Winograd.large.pays($0.geometry, weightIsPrepared: $0.weightIsPrepared)
        },
        ConvolutionRule(.fewChannels, "few channels: a line of a window costs less to point at than its taps") {
            $0.geometry.groupInputChannels < 8
                && ($0.direction == .weightGradient
                    || $0.direction == .forward && $0.geometry.groupOutputChannels >= 16)
        },
        ConvolutionRule(.indirect, "reads windows in place and packs the weight once") {
            $0.geometry.groupInputChannels >= 8 && $0.geometry.groupOutputChannels >= 8
        },
        ConvolutionRule(.pointwise, "1x1 with stride 1 is a product of the image as it is") { _ in true },
        ConvolutionRule(.columns, "serves every geometry") { _ in true },
    ]

    /// The rule that decides `convolution`: the last one serves all.
    static func deciding(_ convolution: Case) -> ConvolutionRule {
        all.dropLast().first {
            $0.algorithm.canCompute(convolution.geometry, convolution.direction) && $0.applies(convolution)
        } ?? all[all.count - 1]
    }
}

extension ConvolutionAlgorithm: CaseIterable {
    /// The algorithms of the rules, once each.
    package static let allCases: [ConvolutionAlgorithm] = ConvolutionRule.all.map(\.algorithm).reduce(into: []) {
        if !$0.contains($1) { $0.append($1) }
    }
}
