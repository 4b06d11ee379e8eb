import MartinetBase

/// What is computed: the convolution itself, or one of its gradients.
package enum ConvolutionDirection: String, Sendable, CaseIterable {
    case forward
    case inputGradient = "input gradient"
    case weightGradient = "weight gradient"
}

/// The ways to compute a convolution.
package enum ConvolutionAlgorithm: String, Sendable, CaseIterable {
    /// A 1x1 convolution with stride 1 and without padding: the image is the left matrix of a plain product.
    case pointwise

    /// Blocks of the column matrix are gathered into a worker's cache, each followed by its product. Any geometry.
    case columns = "im2col"

    /// Windows are read where they are, through pointers to their taps, by a kernel that packs the weight once. Any
    /// geometry; the gradient by the weight if the output channels of a group are a multiple of 16.
    case indirect

    /// As `indirect`, with a line of a window as one tap, since a tap of few channels is shorter than a pointer's cost: the
    /// images' lines are copied with their padding, or, with dilation or groups, each window.
    case fewChannels = "few-channels"

    /// One input channel a group: straight loops along the channels.
    case depthwise

    /// Winograd's minimal filtering F(4x4, 3x3): a quarter of the multiplications. 3x3 kernels without stride, dilation and
    /// groups, channels in multiples of 16. Its rounding errors are about ten times those of the others.
    case winograd

    /// F(2x2, 3x3): four ninths of the multiplications, and less than half of the memory that `winograd` transforms the weight
    /// to. Its rounding errors are about twice those of the others. Not for the gradient by the weight.
    case winogradSmall = "winograd-2x2"
}

/// How one direction of one geometry is computed: the algorithm and its block sizes.
///
/// A plan is made once per geometry and direction and kept. The environment variable `MARTINET_CONVOLUTION` (the raw value
/// of an algorithm, `im2col` for one) or `forcedAlgorithm` overrides the rules wherever that algorithm can do the geometry.
package struct ConvolutionPlan: Sendable, Hashable {
    package let geometry: ConvolutionGeometry
    package let direction: ConvolutionDirection
    package let algorithm: ConvolutionAlgorithm

    /// What a worker takes at a time: windows, or tiles of Winograd's, or rows of an image for `depthwise`.
    package internal(set) var blockRows: Int

    /// Whether all workers take the same block together, instead of one each.
    package internal(set) var sharesBlocks: Bool

    /// Why this algorithm.
    package let reason: String

    /// Floating-point operations of the algorithm's products; what Winograd's transforms do comes on top.
    package var productOperations: Double { algorithm.winograd?.productOperations(geometry) ?? geometry.operations }

    /// A rule: the first one that applies decides.
    private struct Rule: Sendable {
        let algorithm: ConvolutionAlgorithm
        let reason: String
        let applies: @Sendable (ConvolutionGeometry, Circumstances) -> Bool
    }

    /// What else a rule may ask about.
    private struct Circumstances {
        let direction: ConvolutionDirection
        let weightIsPrepared: Bool
        let winogradLimit: WinogradLimit
    }

    /// The rules, best first.
    private static let rules: [Rule] = [
        Rule(algorithm: .depthwise, reason: "a product of matrices would have one row a group") { geometry, _ in
            geometry.groups > 1
        },
        Rule(algorithm: .winogradSmall, reason: "a few tiles: reading the larger tiles' weight would take longer") {
            $1.weightIsPrepared && Winograd.isBoundByWeight($0) && Winograd.small.pays($0, weightIsPrepared: true)
        },
        Rule(algorithm: .winogradSmall, reason: "four ninths of the multiplications; larger tiles are forbidden") {
            $1.winogradLimit == .small && Winograd.small.pays($0, weightIsPrepared: $1.weightIsPrepared)
        },
        Rule(algorithm: .winograd, reason: "a quarter of the multiplications, less what the transforms cost") {
            Winograd.large.pays($0, weightIsPrepared: $1.weightIsPrepared)
        },
        Rule(algorithm: .fewChannels, reason: "few channels: a line of a window costs less to point at than its taps") {
            $0.groupInputChannels < 8
                && ($1.direction == .weightGradient || $1.direction == .forward && $0.groupOutputChannels >= 16)
        },
        Rule(algorithm: .indirect, reason: "reads windows in place and packs the weight once") { geometry, _ in
            geometry.groupInputChannels >= 8 && geometry.groupOutputChannels >= 8
        },
        Rule(algorithm: .pointwise, reason: "1x1 with stride 1 is a product of the image as it is") { _, _ in true },
        Rule(algorithm: .columns, reason: "serves every geometry") { _, _ in true },
    ]

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
            let circumstances = Circumstances(
                direction: direction, weightIsPrepared: weightIsPrepared, winogradLimit: winogradLimit)
            let rule = Self.rules.first {
                winogradLimit.allows($0.algorithm) && $0.algorithm.canCompute(geometry, direction)
                    && $0.applies(geometry, circumstances)
            }
            self.algorithm = rule?.algorithm ?? .columns
            reason = rule?.reason ?? ""
        }
        blockRows = Self.blockRows(of: self.algorithm, geometry, direction)
        sharesBlocks = self.algorithm.winograd?.sharesBlocks(geometry, direction) ?? false
    }

    /// The block size of `algorithm`.
    private static func blockRows(
        of algorithm: ConvolutionAlgorithm, _ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection
    ) -> Int {
        let (inputs, outputs) = (geometry.groupInputChannels, geometry.groupOutputChannels)
        let floatBytes = MemoryLayout<Float>.stride
        switch (algorithm, direction) {
        case (.depthwise, _):
            return 1
        case (.winograd, _), (.winogradSmall, _):
            // The planes of both matrices, 144 KB a tile at 512 channels, fit the third-level cache where workers share
            // blocks, else the second-level cache. The sums of the gradient by the weight pass through that once a block,
            // hence longer ones there.
            if algorithm.winograd?.sharesBlocks(geometry, direction) ?? false { return 96 }
            return direction == .weightGradient ? 32 : 24
        case (.pointwise, _), (.columns, _):
            // A block of columns of 768 KB was measured best on cores with 1 to 2 MB of second-level cache. With fewer rows
            // than 96 OpenBLAS spends its time packing the weight.
            let columns =
                algorithm == .pointwise
                ? inputs + outputs : geometry.taps * (direction == .inputGradient ? outputs : inputs)
            return min(max((3 << 18) / (columns * floatBytes) / 16 * 16, 96), 1 << 14)
        case (.indirect, .weightGradient), (.fewChannels, .weightGradient):
            // The rows of a tile's columns stay in the first-level cache; a large gradient, which leaves the caches
            // between blocks, is worth longer ones.
            return elementCount(geometry.weightShape) * floatBytes > 1 << 20 ? 512 : 128
        case (.indirect, _), (.fewChannels, _):
            // The result's block is written once and its windows overlap: both fit the second-level cache.
            let columns = direction == .forward ? geometry.outputChannels : geometry.inputChannels
            return min(max((1 << 17) / (columns * floatBytes) / 12 * 12, 48), 480)
        }
    }

    /// The kept plan for `geometry` and `direction`.
    package static func plan(for geometry: ConvolutionGeometry, _ direction: ConvolutionDirection) -> ConvolutionPlan {
        cache.withLock { cache in
            let key = Key(geometry: geometry, direction: direction)
            if let plan = cache.plans[key] { return plan }
            // Programs whose image sizes keep changing do not fill the memory with plans.
            if cache.plans.count >= 4096 { cache.plans = [:] }
            let plan = ConvolutionPlan(geometry, direction, algorithm: cache.forced)
            cache.plans[key] = plan
            return plan
        }
    }

    /// The algorithm that is used wherever it can be, whatever the rules say. For tests and measurements.
    package static var forcedAlgorithm: ConvolutionAlgorithm? {
        get { cache.withLock { $0.forced } }
        set {
            cache.withLock {
                $0.forced = newValue
                $0.plans = [:]
            }
        }
    }

    /// Makes plans anew, after a change of what the rules go by.
    static func discardPlans() { cache.withLock { $0.plans = [:] } }

    private struct Key: Hashable {
        let geometry: ConvolutionGeometry
        let direction: ConvolutionDirection
    }

    private struct Cache {
        var plans: [Key: ConvolutionPlan] = [:]
        var forced: ConvolutionAlgorithm? = Setting.choice("MARTINET_CONVOLUTION", "choosing by geometry")
    }

    private static let cache = Locked(Cache())
}

extension ConvolutionPlan: CustomStringConvertible {
    /// "forward of 256x14x14x64 -> …: im2col in blocks of 336 (serves every geometry)"
    package var description: String { "\(direction.rawValue) of \(geometry): \(summary)" }

    /// The choice without what it was made for: "im2col in blocks of 336 (serves every geometry)"
    package var summary: String {
        "\(algorithm.rawValue) in blocks of \(blockRows)\(sharesBlocks ? ", shared" : "") (\(reason))"
    }
}

extension ConvolutionAlgorithm {
    /// Whether this algorithm can compute `direction` of `geometry` at all.
    package func canCompute(_ geometry: ConvolutionGeometry, _ direction: ConvolutionDirection) -> Bool {
        switch self {
        case .pointwise: geometry.isPointwise
        case .columns: true
        case .indirect, .fewChannels: direction != .weightGradient || geometry.groupOutputChannels % 16 == 0
        case .depthwise: depthwiseCanCompute(geometry)
        case .winograd, .winogradSmall: winograd?.canCompute(geometry, direction) ?? false
        }
    }

    /// The tiles of the two that are Winograd's.
    var winograd: Winograd? {
        switch self {
        case .winograd: .large
        case .winogradSmall: .small
        default: nil
        }
    }
}
