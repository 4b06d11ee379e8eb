import Martinet

/// The measurements of one network.
struct Measurement: Encodable {
    let configuration: Configuration

    /// ‖∂loss/∂W‖ of each layer, in the order of the forward pass: of the first batch, and of the last.
    let gradientsBefore: [Double]
    var gradientsAfter: [Double] = []

    /// The same for the first and the last layer during the training, at these steps.
    var steps: [Int] = []
    var firstGradients: [Double] = []
    var lastGradients: [Double] = []

    /// The singular values of ∂logits/∂image before the training, descending: medians over some images.
    let singularValues: [Double]

    var lossBefore = Double.nan
    var lossAfter = Double.nan
    var accuracy = Double.nan

    /// The step at which the loss was no number any more; nil if it always was.
    var divergedAt: Int?

    /// The first layer's gradient over the last one's: 1 where it passes unchanged.
    var ratioBefore: Double { gradientsBefore[0] / gradientsBefore[gradientsBefore.count - 1] }
    var ratioAfter: Double { (gradientsAfter.first ?? .nan) / (gradientsAfter.last ?? .nan) }
}

/// ‖∂loss/∂W‖ of each layer, after a backward pass.
func gradientNorms(of network: DeepNetwork) -> [Double] {
    network.layers.map { layer in
        // In double precision: the squares of the smallest gradients are beyond 32 bits.
        let gradient = layer.dense.weight.gradient?.elements.map(Double.init) ?? []
        return gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
}

/// How a small change of an image changes the logits: the singular values of the Jacobian [10, 784], a row of which is
/// the gradient of one logit.
///
/// A BatchNorm sees the whole batch, as it does in the training; each of the images is changed alone.
func singularValues(of network: DeepNetwork, at images: Tensor, samples: Int = 5) throws -> [Double] {
    network.freeze()
    defer { network.unfreeze() }
    let input = images.requiringGradient()
    let logits = network(input)
    let classes = logits.shape[1]
    var spectra: [[Double]] = []
    for sample in 0..<samples {
        let rows = (0..<classes).map { logit in
            let seed = Tensor.oneHot([sample * classes + logit], classes: logits.count).reshaped(logits.shape)
            let gradient = gradients(of: logits, at: [input], gradient: seed, retainGraph: true)[0]
            return gradient[sample].flattened()
        }
        let jacobian = Tensor.stack(rows).array
        // LAPACK refuses what is not finite; a Jacobian that is beyond Float's range is one of infinities.
        guard jacobian.elements.allSatisfy(\.isFinite) else {
            return [Double](repeating: .infinity, count: classes)
        }
        spectra.append(try LinearAlgebra.svd(jacobian, fullMatrices: false).s.elements.map(Double.init))
    }
    return (0..<classes).map { place in spectra.map { $0[place] }.sorted()[samples / 2] }
}
