import Martinet
import MartinetBase

/// Decorrelates the pixels of images and gives each direction variance 1.
///
/// With the covariance of the training images C = E diag(L) E^T, an image x, flattened, becomes
/// - PCA: diag(1 / sqrt(L + epsilon)) E^T (x - mean), the coordinates along the principal components;
/// - ZCA: E times that, the whitened image that is closest to the original (Bell and Sejnowski, "The 'independent
///   components' of natural scenes are edge filters", 1997).
///
/// Directions in which the training images do not vary at all come out as 0.
public struct Whitening: Transform {
    /// The kinds of whitening.
    public enum Method: Sendable, Equatable {
        /// Keeps the shape of the images.
        case zca
        /// The coordinates along the principal components, those of largest variance first; all, or only the first.
        case pca(components: Int? = nil)
    }

    public let method: Method

    /// The mean of the training images, in the shape of an image.
    public let mean: Tensor

    /// The variances along the principal components, descending, `[d]` for images of d elements.
    public let variances: Tensor

    /// The matrix that a flattened, centred image is multiplied with: `[d, d]`, or `[d, components]`.
    public let matrix: Tensor

    /// Fits the whitening on training images.
    ///
    /// - Parameters:
    ///   - images: `[n] + ` an image's shape, n at least 2.
    ///   - method: PCA or ZCA.
    ///   - epsilon: added to each variance, so that directions of little variance, which are mostly noise, are not blown
    ///     up. With images in 0 ... 1, 0.01 to 0.1 is usual.
    /// - Throws: `LinearAlgebraError`, if an element is NaN or infinite.
    public init(
        fitting images: Tensor, method: Method = .zca, epsilon: Float = 1e-5
    ) throws(LinearAlgebraError) {
        require(
            images.rank >= 2 && images.shape[0] >= 2,
            "Whitening: expected two images or more, found a tensor of shape \(images.shape)")
        require(epsilon >= 0, "Whitening: epsilon must not be negative, found \(epsilon)")
        let imageShape = Array(images.shape.dropFirst())
        let size = elementCount(imageShape)
        let flat = images.array.reshaped([images.shape[0], size])
        let mean = flat.mean(axes: [0])
        let (ascending, vectors) = try LinearAlgebra.eigh(Self.covariance(flat, mean: mean))
        let order = Array((0..<size).reversed())
        let variances = ascending.selecting(order, axis: 0).clamped(0, .greatestFiniteMagnitude)
        let components = vectors.selecting(order, axis: 1)
        let scaled = components * Self.scales(variances, epsilon: epsilon)

        self.method = method
        self.mean = Tensor(array: mean.reshaped(imageShape))
        self.variances = Tensor(array: variances)
        switch method {
        case .zca:
            matrix = Tensor(array: NDArray.matmul(scaled, components, transposeB: true))
        case .pca(let wanted):
            let count = wanted ?? size
            require(
                count >= 1 && count <= size, "Whitening: expected 1 to \(size) components, found \(count)")
            matrix = Tensor(array: scaled.sliced([0..<size, 0..<count]))
        }
    }

    /// Whitened images, `[n] + ` an image's shape for ZCA, `[n, components]` for PCA; `images` are `[n] + ` an image's
    /// shape.
    public func callAsFunction(_ images: Tensor) -> Tensor {
        require(
            images.rank == mean.rank + 1 && Array(images.shape.dropFirst()) == mean.shape,
            "Whitening: images of shape \(images.shape) do not fit images of shape \(mean.shape) fitted on")
        let flat = (images.array - mean.array).reshaped([images.shape[0], mean.count])
        let whitened = NDArray.matmul(flat, matrix.array)
        return Tensor(array: method == .zca ? whitened.reshaped(images.shape) : whitened)
    }

    public func apply(to sample: inout Tensor, using generator: RandomGenerator) {
        guard sample.shape == mean.shape else {
            return BatchProblem.report(
                "Whitening: an image of shape \(sample.shape) does not fit images of shape \(mean.shape) fitted on")
        }
        let whitened = self(sample.reshaped([1] + sample.shape))
        sample = whitened.reshaped(Array(whitened.shape.dropFirst()))
    }

    /// The covariance of the columns of `rows`, `[n, d]`, over n - 1; in blocks, so that no centred copy of all images is
    /// needed.
    private static func covariance(_ rows: NDArray, mean: NDArray) -> NDArray {
        let (count, size) = (rows.shape[0], rows.shape[1])
        let block = 4096
        var total = NDArray.zeros([size, size])
        for start in stride(from: 0, to: count, by: block) {
            let centred = rows.sliced([start..<min(start + block, count), 0..<size]) - mean
            total.add(NDArray.matmul(centred, centred, transposeA: true))
        }
        return total / NDArray(scalar: Float(count - 1))
    }

    /// 1 / sqrt(variance + epsilon); 0 where that is no more than rounding.
    private static func scales(_ variances: NDArray, epsilon: Float) -> NDArray {
        let values = variances.elements
        let smallest = (values.first ?? 0) * Float(values.count) * Float.ulpOfOne
        return NDArray(
            values.map { $0 + epsilon > smallest ? 1 / ($0 + epsilon).squareRoot() : 0 }, shape: variances.shape)
    }
}
