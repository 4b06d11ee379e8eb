import Martinet
import MartinetBase

/// Changes brightness, contrast, saturation and hue of each image at random, in random order; as torchvision's.
///
/// A setting of 0.4 for one of the first three means a factor uniform in 0.6 ... 1.4 (never below 0), 1 leaving the image
/// as it is; a setting of 0.1 for the hue means a turn of the colour circle uniform in -0.1 ... 0.1.
///
/// For images with values 0 ... 1, before normalisation. Grey images have neither saturation nor hue and keep them.
public struct ColorJitter: Transform {
    private enum Step: CaseIterable { case brightness, contrast, saturation, hue }

    /// The factors and turns that are drawn from; nil leaves things as they are.
    public let brightness, contrast, saturation, hue: ClosedRange<Float>?

    /// - Parameters:
    ///   - brightness: at least 0; factors are in `1 - brightness ... 1 + brightness`.
    ///   - contrast: likewise.
    ///   - saturation: likewise.
    ///   - hue: 0 ... 0.5; turns are in `-hue ... hue`.
    public init(brightness: Float = 0, contrast: Float = 0, saturation: Float = 0, hue: Float = 0) {
        require(
            min(brightness, contrast, saturation, hue) >= 0 && hue <= 0.5,
            "ColorJitter: expected settings of at least 0, a hue of at most 0.5, "
                + "found \([brightness, contrast, saturation, hue])")
        func factors(_ setting: Float) -> ClosedRange<Float>? {
            setting == 0 ? nil : max(0, 1 - setting)...(1 + setting)
        }
        self.brightness = factors(brightness)
        self.contrast = factors(contrast)
        self.saturation = factors(saturation)
        self.hue = hue == 0 ? nil : -hue...hue
    }

    public func apply(to sample: inout Tensor, using generator: RandomGenerator) {
        sample.mutateArray { change(&$0, using: generator) }
    }

    private func change(_ image: inout NDArray, using generator: RandomGenerator) {
        guard let shape = ImageShape(image, of: "ColorJitter") else { return }
        guard shape.channels == 1 || shape.channels == 3 else {
            return BatchProblem.report(
                "ColorJitter: expected images of 1 or 3 channels, found the shape \(image.shape)")
        }
        var steps = Step.allCases
        for last in stride(from: steps.count - 1, to: 0, by: -1) {
            steps.swapAt(last, generator.integer(below: last + 1))
        }
        // Drawn whether or not they are used, so that one setting does not change what another draws.
        let factors = [brightness, contrast, saturation].map { generator.uniform(in: $0 ?? 1...1) }
        let turn = generator.uniform(in: hue ?? 0...0)
        image.withUnsafeMutablePointer { pixels in
            let colors = Colors(pixels: pixels, count: shape.height * shape.width, channels: shape.channels)
            for step in steps {
                switch step {
                case .brightness: if brightness != nil { colors.adjustBrightness(factors[0]) }
                case .contrast: if contrast != nil { colors.adjustContrast(factors[1]) }
                case .saturation: if saturation != nil { colors.adjustSaturation(factors[2]) }
                case .hue: if hue != nil { colors.adjustHue(turn) }
                }
            }
        }
    }
}
