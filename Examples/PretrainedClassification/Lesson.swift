import Foundation
import Martinet
import MartinetFormats
import MartinetVision
import MartinetZoo

/// Names the most probable classes of each image as one does it with PyTorch: `model.eval()`, `with torch.no_grad():`, softmax.
///
/// - Parameter weights: torchvision's file.
func classifyAsPyTorch(_ images: [Image], weights: URL, top: Int) throws -> [[ImageNet.Prediction]] {
    let model = ResNet(.resNet50)
    try model.load(from: weights)
    model.eval()
    let preprocess = ImagePreprocessing.torchvision()
    return images.map { image in
        let probabilities = withoutGradients { softmax(model(preprocess(image))) }
        return ImageNet.decodePredictions(probabilities, top: top)[0]
    }
}

/// As with Keras: `load_img(target_size=(224, 224))`, `preprocess_input`, `predict`, `decode_predictions`.
///
/// - Parameter weights: Keras's file.
func classifyAsKeras(_ images: [Image], weights: URL, top: Int) throws -> [[ImageNet.Prediction]] {
    let model = ResNet.keras(.resNet50)
    try model.load(from: weights)
    model.eval()
    let preprocess = ImagePreprocessing.keras()
    return images.map { image in
        // Keras's network ends in the softmax, the zoo's in what goes into it.
        let probabilities = softmax(predict(model, on: preprocess(image)))
        return ImageNet.decodePredictions(probabilities, top: top)[0]
    }
}
