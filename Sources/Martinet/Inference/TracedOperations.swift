import MartinetCore

/// A convolution with its weight.
package struct TracedConvolution: Sendable {
    package var weight: NDArray
    package var bias: NDArray?
    package private(set) var geometry: ConvolutionGeometry
    /// The weight that this one was made from, by its storage: the one that the model holds.
    package let origin: ObjectIdentifier

    init(weight: NDArray, bias: NDArray? = nil, geometry: ConvolutionGeometry, origin: NDArray? = nil) {
        self.weight = weight
        self.bias = bias
        self.geometry = geometry
        self.origin = ObjectIdentifier((origin ?? weight).storage)
    }

    /// The product of rows with a matrix `[inputs, outputs]`: a 1x1 convolution with a row for an image.
    init(product matrix: NDArray, origin: NDArray) {
        let weight = matrix.reshaped([1, 1] + matrix.shape)
        self.init(
            weight: weight, geometry: Self.pointwise([1, 1, 1, matrix.shape[0]], weight.shape), origin: origin)
    }

    /// A product with a matrix, of the channels of images `[N, H, W, C]`.
    package func ofImages(_ shape: [Int]) -> TracedConvolution {
        var convolution = self
        convolution.geometry = Self.pointwise(shape, weight.shape)
        return convolution
    }

    private static func pointwise(_ input: [Int], _ weight: [Int]) -> ConvolutionGeometry {
        requireShapes(of: "matmul") { () throws(ShapeError) in
            try ConvolutionGeometry(inputShape: input, weightShape: weight)
        }
    }
}

/// A normalisation with fixed statistics: `(x - mean) * scale + shift`, each `[channels]`.
package struct TracedNormalization: Sendable {
    package let mean, scale, shift: NDArray
    /// The parameters that `scale` and `shift` were made from; nil for 1 and 0.
    package let weight, bias: NDArray?
    package let variance: NDArray
    package let epsilon: Float
}

/// An operation without a case of its own, for those who write it down in another language.
package enum TracedFunction: Sendable {
    /// Which whole number.
    package enum Rounding: Sendable { case floor, ceil, round }

    case exp, log, sqrt, abs, erf, expm1, log1p, sin, cos
    case rounding(Rounding)
    case sigmoid, tanh, gelu, silu, softplus, mish, hardswish, hardsigmoid
    /// scale x where positive, else scale alpha (exp(x / width) - 1).
    case exponentialUnit(alpha: Float, scale: Float, width: Float)
    /// The first operand where positive, else its product with the second.
    case prelu
    case leakyReLU(slope: Float)
    case power(Float)
    case clamp(low: Float, high: Float)
    case affine(scale: Float, offset: Float)
    case softmax(axis: Int)
    case logSoftmax(axis: Int)
    case add, subtract, multiply, divide, maximum, minimum
    case matmul(transposeA: Bool, transposeB: Bool)
    case sum(axes: [Int], keepingAxes: Bool)
    case mean(axes: [Int], keepingAxes: Bool)
    /// Minus the mean over `axes`, over the root of their variance and `epsilon`.
    case normalize(axes: [Int], epsilon: Float)
    /// The largest or smallest element over axes, which stay with size 1.
    case extreme(isLargest: Bool, axes: [Int])
    /// The ranges of all axes; the first is the whole batch.
    case slice([Range<Int>])
    case select([Int], axis: Int)
    /// To a shape whose first axis is the batch.
    case broadcast([Int])
    case concatenate(axis: Int)
    case pad([(before: Int, after: Int)], value: Float)
    case permute([Int])
}

/// The result of `body`, which a trace is told of.
func traced(
    _ name: String, _ function: TracedFunction, _ x: NDArray, _ body: @escaping @Sendable (NDArray) -> NDArray
) -> NDArray {
    let output = body(x)
    Trace.report(name, .other(function) { body($0[0]) }, [x], output)
    return output
}

/// The result of `body`, which a trace is told of.
func traced(
    _ name: String, _ function: TracedFunction, _ x: NDArray, _ y: NDArray,
    _ body: @escaping @Sendable (NDArray, NDArray) -> NDArray
) -> NDArray {
    let output = body(x, y)
    Trace.report(name, .other(function) { body($0[0], $0[1]) }, [x, y], output)
    return output
}
