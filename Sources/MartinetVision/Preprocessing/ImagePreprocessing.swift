import Martinet
import MartinetBase

/// Everything that happens to an image on its way into a network.
///
/// ```swift
/// let preprocess = ImagePreprocessing.torchvision()
/// let logits = model(preprocess(try Image(path: "cat.jpeg")))
/// ```
public struct ImagePreprocessing: Sendable {
    /// The changes of the image, in this order.
    public var imageTransforms: [any ImageTransform]

    /// The change of its values, which are 0 ... 1 before; nil leaves them so.
    public var transform: (any Transform)?

    public init(imageTransforms: [any ImageTransform], transform: (any Transform)? = nil) {
        self.imageTransforms = imageTransforms
        self.transform = transform
    }

    /// The image as a batch of one, `[1, height, width, channels]`.
    public func callAsFunction(_ image: Image) -> Tensor {
        var input = imageTransforms(image).tensor
        transform?.apply(to: &input, using: .default)
        return input.reshaped([1] + input.shape)
    }

    /// As torchvision's weights for ImageNet want it: `Resize`, `CenterCrop`, `ToTensor` and `Normalize` with ImageNet's
    /// mean and deviation.
    ///
    /// - Parameters:
    ///   - resize: the shorter side before the crop.
    ///   - crop: height and width of what the network sees.
    ///   - interpolation: how it is resized.
    public static func torchvision(
        resize: Int = 256, crop: Int = 224, interpolation: Interpolation = .bilinear
    ) -> ImagePreprocessing {
        ImageModelDescription.torchvision("", resize: resize, crop: crop, interpolation: interpolation).preprocessing
    }

    /// As Keras's ResNet50, 101 and 152 want it: `load_img(target_size:)`, which squeezes the whole image into a square,
    /// and `preprocess_input` in the manner of Caffe.
    ///
    /// - Parameters:
    ///   - size: height and width of what the network sees.
    ///   - interpolation: how it is resized; Keras's default is the nearest pixel.
    public static func keras(size: Int = 224, interpolation: Interpolation = .nearest) -> ImagePreprocessing {
        ImageModelDescription.keras("", size: size, interpolation: interpolation).preprocessing
    }
}

/// Normalisation as networks from Caffe want it, and Keras's ResNets: values 0 ... 255, channels in the order blue, green,
/// red, minus ImageNet's mean of each; `preprocess_input(mode: "caffe")`.
///
/// For images with values 0 ... 1 of three channels, red, green, blue.
public struct CaffeNormalization: Transform {
    /// Of blue, green and red.
    private static let mean: [Float] = [103.939, 116.779, 123.68]

    public init() {}

    public func apply(to sample: inout Tensor, using generator: RandomGenerator) {
        sample.mutateArray { change(&$0, using: generator) }
    }

    private func change(_ image: inout NDArray, using generator: RandomGenerator) {
        guard image.shape.last == 3 else {
            return BatchProblem.report(
                "CaffeNormalization: expected images of 3 channels, found an array of shape \(image.shape)")
        }
        let count = image.count / 3
        image.withUnsafeMutablePointer { pixels in
            for pixel in 0..<count {
                let rgb = pixels + 3 * pixel
                (rgb[0], rgb[1], rgb[2]) = (
                    255 * rgb[2] - Self.mean[0], 255 * rgb[1] - Self.mean[1], 255 * rgb[0] - Self.mean[2]
                )
            }
        }
    }
}
