import Martinet
import MartinetBase

/// Mirrors an image, left for right, with a given probability; as torchvision's.
public struct RandomHorizontalFlip: Transform {
    public let probability: Float

    /// - Parameter probability: of an image's being mirrored, 0 ... 1.
    public init(probability: Float = 0.5) {
        require(
            probability >= 0 && probability <= 1,
            "RandomHorizontalFlip: the probability must be in 0 ... 1, found \(probability)")
        self.probability = probability
    }

    public func apply(to sample: inout Tensor, using generator: RandomGenerator) {
        sample.mutateArray { change(&$0, using: generator) }
    }

    private func change(_ image: inout NDArray, using generator: RandomGenerator) {
        guard let shape = ImageShape(image, of: "RandomHorizontalFlip") else { return }
        guard generator.uniform(in: 0...1) < probability else { return }
        let channels = shape.channels
        image.withUnsafeMutablePointer { pixels in
            for row in 0..<shape.height {
                var left = pixels + row * shape.width * channels
                var right = left + (shape.width - 1) * channels
                while left < right {
                    for channel in 0..<channels { swap(&left[channel], &right[channel]) }
                    left += channels
                    right -= channels
                }
            }
        }
    }
}
