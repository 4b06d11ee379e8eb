import Foundation
import Martinet
import MartinetFormats
import MartinetVision
import MartinetZoo

/// Names the most probable classes of each image with an EfficientNet-Lite that others have trained.
///
/// - Parameters:
///   - variant: which of the five.
///   - weights: its file, of PyTorch's.
func classify(
    _ images: [Image], with variant: EfficientNetLite.Variant, weights: URL, top: Int
) throws -> [[ImageNet.Prediction]] {
    let model = EfficientNetLite(variant)
    try model.load(from: weights)
    model.eval()
    // Of an image's shorter side it sees 7 parts of 8.
    let size = variant.imageSize
    let preprocess = ImagePreprocessing.torchvision(resize: size * 8 / 7, crop: size)
    return images.map { image in
        ImageNet.decodePredictions(softmax(predict(model, on: preprocess(image))), top: top)[0]
    }
}
