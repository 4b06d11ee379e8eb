import MartinetBase

/// Which of Winograd's algorithms convolutions of 3x3 may be computed with: they save multiplications, and their rounding
/// errors are larger than those of the others.
public enum WinogradLimit: String, Sendable, CaseIterable {
    /// F(4x4, 3x3) and F(2x2, 3x3). Errors of 1e-6 to 3e-6 of the result, in norm.
    case large = "4x4"
    /// F(2x2, 3x3) alone. Errors of 2e-7 to 8e-7.
    case small = "2x2"
    /// None. Errors of 1e-7 to 3e-7.
    case none = "off"

    /// The limit of this process: `large`, unless the environment variable `MARTINET_WINOGRAD` says `2x2` or `off`, or a
    /// program sets it. A change concerns models that are prepared and convolutions that are computed from then on.
    public static var current: WinogradLimit {
        get { setting.withLock { $0 } }
        set {
            setting.withLock { $0 = newValue }
            ConvolutionPlan.discardPlans()
        }
    }

    private static let setting = Locked(
        Setting.choice("MARTINET_WINOGRAD", "using 4x4") ?? WinogradLimit.large)
}
