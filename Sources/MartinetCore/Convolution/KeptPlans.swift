import MartinetBase

extension ConvolutionPlan {
    /// The plan for `geometry` and `direction`, which is made once and kept.
    package static func plan(for geometry: ConvolutionGeometry, _ direction: ConvolutionDirection) -> ConvolutionPlan {
        kept.withLock { kept in
            let key = Key(geometry: geometry, direction: direction)
            if let plan = kept.plans[key] { return plan }
            // Programs whose image sizes keep changing do not fill the memory with plans.
            if kept.plans.count >= 4096 { kept.plans = [:] }
            let plan = ConvolutionPlan(geometry, direction, algorithm: kept.forced)
            kept.plans[key] = plan
            return plan
        }
    }

    /// The algorithm that is used wherever it can be, whatever the rules say, for tests and measurements. The environment
    /// variable `MARTINET_CONVOLUTION` (`im2col` for one) sets it too.
    package static var forcedAlgorithm: ConvolutionAlgorithm? {
        get { kept.withLock { $0.forced } }
        set {
            kept.withLock {
                $0.forced = newValue
                $0.plans = [:]
            }
        }
    }

    /// Makes plans anew, after a change of something that the rules go by.
    static func discardPlans() { kept.withLock { $0.plans = [:] } }

    private struct Key: Hashable {
        let geometry: ConvolutionGeometry
        let direction: ConvolutionDirection
    }

    private struct Kept {
        var plans: [Key: ConvolutionPlan] = [:]
        var forced: ConvolutionAlgorithm? = Setting.choice("MARTINET_CONVOLUTION", "choosing by geometry")
    }

    private static let kept = Locked(Kept())
}
