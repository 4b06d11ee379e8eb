/// How the values between pixels are made when an image changes its size.
public enum Interpolation: String, Sendable, CaseIterable {
    /// The pixel that lies there; steps, and what lies between two of them is lost.
    case nearest

    /// Straight lines between neighbours.
    case bilinear

    /// Cubic curves through neighbours (Keys, "Cubic convolution interpolation for digital image processing", 1981, with
    /// a = -1/2).
    case bicubic

    /// How far the curve around a pixel reaches, in pixels.
    var support: Double { self == .bicubic ? 2 : 1 }

    /// The curve around a pixel, at a distance from it.
    func weight(_ distance: Double) -> Double {
        let x = abs(distance)
        switch self {
        case .nearest: return x <= 0.5 ? 1 : 0
        case .bilinear: return max(0, 1 - x)
        case .bicubic:
            let a = -0.5
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
        }
    }
}
