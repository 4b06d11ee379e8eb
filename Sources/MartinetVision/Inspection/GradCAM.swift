import Martinet
import MartinetBase

/// Where in an image a network saw what it names: Grad-CAM (Selvaraju et al., "Grad-CAM: Visual explanations from deep networks
/// via gradient-based localization", arXiv 1610.02391).
///
/// The channels of a late convolutional layer's output, each weighted by how much the class's score grows with it:
/// `relu(Σ_k α_k A_k)`, where `α_k` is the mean of the score's gradient over channel k (the paper's equations 1 and 2).
public struct GradCAM: Sendable {
    /// The class that is explained.
    public let explainedClass: Int

    /// The network's output, `[1, classes]`.
    public let output: Tensor

    /// The sum, `[height, width]` of the layer's output; nowhere negative.
    public let map: Tensor

    /// - Parameters:
    ///   - model: a network with scores `[1, classes]` for output. It is in evaluation mode meanwhile; nothing in it changes.
    ///   - x: one image as the network takes it, `[1, height, width, channels]`.
    ///   - layer: the name of a module within the model whose output is an image, such as "layer4".
    ///   - explainedClass: an index of the output; by default that of the highest score.
    /// - Returns: nil if there is no such module, or it did not run or gives no image.
    public init?(_ model: any Module<Tensor, Tensor>, _ x: Tensor, layer: String, explaining explainedClass: Int? = nil)
    {
        require(
            x.shape.count == 4 && x.shape[0] == 1, "GradCAM: expected [1, height, width, channels], found \(x.shape)")
        // A graph even through a model that is frozen.
        let (output, features) = evaluating(model) { model.features(of: x.requiringGradient(), at: [layer]) }
        guard let feature = features[layer], feature.shape.count == 4, output.shape.count == 2 else { return nil }
        let scores = output.elements
        let chosen = explainedClass ?? scores.indices.max { scores[$0] < scores[$1] } ?? 0
        require(
            scores.indices.contains(chosen), "GradCAM: class \(chosen) is none of the model's \(scores.count)")
        let gradient = gradients(of: output[0, chosen], at: [feature])[0]
        self.explainedClass = chosen
        self.output = output.detached
        map = withoutGradients {
            let weights = gradient.mean(axes: [1, 2], keepingAxes: true)
            return relu((feature.detached * weights).sum(axes: [3])).reshaped([feature.shape[1], feature.shape[2]])
        }
    }

    /// The map as warm colours over `image`, stretched to its size; where the map is highest they are white.
    ///
    /// - Parameter image: the image as the network saw it.
    public func overlaid(on image: Image) -> Image {
        let largest = map.elements.max() ?? 0
        let grey = Image((largest > 0 ? map / largest : map).reshaped(map.shape + [1]))
        let heat = grey.resized(height: image.height, width: image.width, interpolation: .bilinear)
        let pixels = zip(image.rgb.pixels, heat.rgb.pixels.indices).map { pixel, index -> UInt8 in
            let warm = warmth(Float(heat.pixels[index / 3]) / 255)[index % 3]
            return UInt8((0.5 * Float(pixel) + 127.5 * warm).rounded())
        }
        return Image(pixels: pixels, height: image.height, width: image.width, channels: 3)
    }
}

/// Red, green and blue (0 ... 1) of something the hotter, the closer `value` is to 1: black, red, yellow, white.
private func warmth(_ value: Float) -> [Float] { (0..<3).map { min(max(3 * value - Float($0), 0), 1) } }
