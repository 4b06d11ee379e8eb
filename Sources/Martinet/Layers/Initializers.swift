import Foundation
import MartinetBase

/// How a parameter starts: a recipe that makes a tensor of the shape that it is asked for.
///
/// ```swift
/// let weight = Initializer.heNormal(shape: [3, 3, 64, 128])
/// let start = Initializer.kaimingNormal(mode: .fanOut, nonlinearity: .relu)
/// ```
///
/// Weights have Martinet's layouts: `[inputs, outputs]` for dense layers,
/// `[kernelHeight, kernelWidth, inputChannels / groups, outputChannels]` for convolutions. PyTorch's names mean what they
/// mean in `torch.nn.init`, Keras's (`heNormal`, `glorotUniform` …) what they mean in `keras.initializers`: the two differ
/// in that Keras's normal ones are truncated at two standard deviations.
public struct Initializer: Sendable {
    private let make: @Sendable (_ shape: [Int], _ generator: RandomGenerator) -> Tensor

    /// An initializer of one's own: `make` gets the shape and the generator to draw from.
    public init(_ make: @escaping @Sendable (_ shape: [Int], _ generator: RandomGenerator) -> Tensor) {
        self.make = make
    }

    /// A new tensor of `shape`.
    public func callAsFunction(shape: [Int], generator: RandomGenerator = .default) -> Tensor {
        let tensor = make(shape, generator)
        require(
            tensor.shape == shape, "Initializer: it made a tensor of shape \(tensor.shape), expected \(shape)")
        return tensor
    }
}

// MARK: Constants and plain distributions

extension Initializer {
    public static let zeros = constant(0)

    public static let ones = constant(1)

    /// Every element `value`.
    public static func constant(_ value: Float) -> Initializer {
        Initializer { shape, _ in .full(shape, value) }
    }

    /// Uniform in the half-open interval from `low` to `high`.
    public static func uniform(_ low: Float = 0, _ high: Float = 1) -> Initializer {
        require(low <= high, "Initializer.uniform: low \(low) is above high \(high)")
        return Initializer { shape, generator in .uniform(shape, in: low..<high, generator: generator) }
    }

    /// Normal.
    public static func normal(mean: Float = 0, standardDeviation: Float = 1) -> Initializer {
        require(
            standardDeviation >= 0, "Initializer.normal: the standard deviation \(standardDeviation) is negative")
        return Initializer { shape, generator in
            .normal(shape, mean: mean, standardDeviation: standardDeviation, generator: generator)
        }
    }

    /// Normal, but never outside `low ... high`. As `trunc_normal_`: the limits are values, not multiples of the standard
    /// deviation, and `standardDeviation` is that of the normal distribution before it is cut.
    public static func truncatedNormal(
        mean: Float = 0, standardDeviation: Float = 1, low: Float = -2, high: Float = 2
    ) -> Initializer {
        require(
            standardDeviation > 0 && low < high,
            "Initializer.truncatedNormal: no values with standard deviation \(standardDeviation) in \(low) ... \(high)")
        return Initializer { shape, generator in
            Tensor(
                array: .truncatedNormal(
                    shape, mean: mean, standardDeviation: standardDeviation, low: low, high: high, generator: generator)
            )
        }
    }
}

// MARK: Variance by the number of connections

extension Initializer {
    /// How many connections of a weight the variance is divided by.
    public enum FanMode: Sendable {
        /// Those that enter a unit: the forward pass keeps its variance.
        case fanIn
        /// Those that leave a unit: the backward pass keeps its variance.
        case fanOut
        /// The mean of both.
        case fanAverage
    }

    /// The function behind the layer; `gain` says how much of the variance it takes away.
    public enum Nonlinearity: Sendable {
        case linear, sigmoid, tanh, relu, leakyReLU, selu

        /// The factor on the standard deviation, as `torch.nn.init.calculate_gain`.
        ///
        /// - Parameter negativeSlope: that of `leakyReLU`; ignored by the others.
        public func gain(negativeSlope: Float = 0.01) -> Float {
            switch self {
            case .linear, .sigmoid: 1
            case .tanh: 5 / 3
            case .relu: Float(2).squareRoot()
            case .leakyReLU: (2 / (1 + negativeSlope * negativeSlope)).squareRoot()
            case .selu: 3 / 4
            }
        }
    }

    /// The shape of the distribution that `varianceScaling` draws from.
    public enum Distribution: Sendable {
        case uniform, normal
        /// Cut at two standard deviations of the normal distribution, which is widened so that the variance is as asked.
        case truncatedNormal
    }

    /// The number of connections that enter and that leave a unit of a layer with a weight of `shape`.
    ///
    /// `[inputs, outputs]`, or with the kernel's sizes in front, whose product then multiplies both. A tensor of one axis
    /// counts as a square matrix's diagonal, as in Keras.
    public static func fans(of shape: [Int]) -> (input: Int, output: Int) {
        guard let outputs = shape.last else { return (1, 1) }
        guard shape.count > 1 else { return (outputs, outputs) }
        let receptiveField = shape.dropLast(2).reduce(1, *)
        return (receptiveField * shape[shape.count - 2], receptiveField * outputs)
    }

    /// Mean 0 and variance `scale` over the fan, as `keras.initializers.VarianceScaling`: what all the named ones below
    /// are made of.
    public static func varianceScaling(
        scale: Float = 1, mode: FanMode = .fanIn, distribution: Distribution = .truncatedNormal
    ) -> Initializer {
        require(scale >= 0, "Initializer.varianceScaling: the scale \(scale) is negative")
        return Initializer { shape, generator in
            let fans = fans(of: shape)
            let fan =
                switch mode {
                case .fanIn: Float(fans.input)
                case .fanOut: Float(fans.output)
                case .fanAverage: Float(fans.input + fans.output) / 2
                }
            let deviation = (scale / max(1, fan)).squareRoot()
            switch distribution {
            case .uniform:
                let bound = Float(3).squareRoot() * deviation
                return .uniform(shape, in: -bound..<bound, generator: generator)
            case .normal:
                return .normal(shape, standardDeviation: deviation, generator: generator)
            case .truncatedNormal:
                guard deviation > 0 else { return .zeros(shape) }
                let widened = deviation / truncatedDeviation
                return Tensor(
                    array: .truncatedNormal(
                        shape, mean: 0, standardDeviation: widened, low: -2 * widened, high: 2 * widened,
                        generator: generator))
            }
        }
    }

    /// The standard deviation of a standard normal distribution cut at -2 and 2.
    private static let truncatedDeviation: Float = 0.879_625_66

    /// Uniform, keeping the variance through rectifiers (He et al., arXiv 1502.01852, "Kaiming" or "He").
    ///
    /// - Parameters:
    ///   - a: the negative slope, where the nonlinearity is `leakyReLU`.
    ///   - mode: keep the variance of the forward (`fanIn`) or of the backward pass (`fanOut`).
    ///   - nonlinearity: what follows the layer.
    public static func kaimingUniform(
        a: Float = 0, mode: FanMode = .fanIn, nonlinearity: Nonlinearity = .leakyReLU
    ) -> Initializer {
        kaiming(a, mode, nonlinearity, .uniform)
    }

    /// Normal, keeping the variance through rectifiers; arguments as of `kaimingUniform`.
    public static func kaimingNormal(
        a: Float = 0, mode: FanMode = .fanIn, nonlinearity: Nonlinearity = .leakyReLU
    ) -> Initializer {
        kaiming(a, mode, nonlinearity, .normal)
    }

    private static func kaiming(
        _ a: Float, _ mode: FanMode, _ nonlinearity: Nonlinearity, _ distribution: Distribution
    ) -> Initializer {
        let gain = nonlinearity.gain(negativeSlope: a)
        return varianceScaling(scale: gain * gain, mode: mode, distribution: distribution)
    }

    /// Uniform, with the variance 2 gain² / (fan-in + fan-out) (Glorot and Bengio 2010, "Xavier" or "Glorot").
    public static func xavierUniform(gain: Float = 1) -> Initializer {
        varianceScaling(scale: gain * gain, mode: .fanAverage, distribution: .uniform)
    }

    /// Normal, with the variance 2 gain² / (fan-in + fan-out).
    public static func xavierNormal(gain: Float = 1) -> Initializer {
        varianceScaling(scale: gain * gain, mode: .fanAverage, distribution: .normal)
    }

    /// Keras's `HeNormal`: truncated normal, variance 2 / fan-in.
    public static let heNormal = varianceScaling(scale: 2)

    /// Keras's `HeUniform`: variance 2 / fan-in.
    public static let heUniform = varianceScaling(scale: 2, distribution: .uniform)

    /// Keras's `GlorotNormal`: truncated normal, variance 2 / (fan-in + fan-out).
    public static let glorotNormal = varianceScaling(mode: .fanAverage)

    /// Keras's `GlorotUniform`, the default of its layers: variance 2 / (fan-in + fan-out).
    public static let glorotUniform = varianceScaling(mode: .fanAverage, distribution: .uniform)

    /// Keras's `LecunNormal`: truncated normal, variance 1 / fan-in.
    public static let lecunNormal = varianceScaling()

    /// Keras's `LecunUniform`: variance 1 / fan-in.
    public static let lecunUniform = varianceScaling(distribution: .uniform)

    /// The weights' default in PyTorch's `Linear` and `Conv2d`: `kaimingUniform(a: sqrt(5))`, which is uniform
    /// within 1 / sqrt(fan-in).
    public static let pytorchDefault = kaimingUniform(a: Float(5).squareRoot())

    /// The biases' default in PyTorch's `Linear` and `Conv2d`: uniform within 1 / sqrt(fan-in) of the weight.
    public static func pytorchDefaultBias(fanIn: Int) -> Initializer {
        let bound = 1 / Float(max(1, fanIn)).squareRoot()
        return uniform(-bound, bound)
    }
}

// MARK: Orthogonal

extension Initializer {
    /// Orthonormal columns, or rows where there are fewer rows than columns, times `gain` (Saxe et al., arXiv 1312.6120).
    /// A weight of more than two axes counts as the matrix `[all the others, outputs]`.
    public static func orthogonal(gain: Float = 1) -> Initializer {
        Initializer { shape, generator in
            require(
                shape.count >= 2, "Initializer.orthogonal: a shape of at least two axes is expected, found \(shape)")
            let columns = shape[shape.count - 1]
            let rows = shape.dropLast().reduce(1, *)
            guard rows > 0, columns > 0 else { return .zeros(shape) }
            let isWide = rows < columns
            let tall = NDArray.normal([max(rows, columns), min(rows, columns)], generator: generator)
            guard let (q, r) = try? LinearAlgebra.qr(tall) else {
                fail("Initializer.orthogonal: the decomposition of a matrix of \(tall.shape) failed")
            }
            // With the signs of R's diagonal the result is uniform over the orthogonal matrices (Mezzadri 2007).
            let size = min(rows, columns)
            let diagonal = r.elements.enumerated().filter { $0.offset % (size + 1) == 0 }.map(\.element)
            let signs = NDArray(diagonal.map { $0 < 0 ? -gain : gain }, shape: [size])
            let signed = q * signs
            return Tensor(array: (isWide ? signed.permuted([1, 0]) : signed).reshaped(shape))
        }
    }
}

extension NDArray {
    /// Normal numbers that lie within `low ... high`, by the inverse of the distribution function, so that the n-th depends
    /// on the n-th random number alone.
    fileprivate static func truncatedNormal(
        _ shape: [Int], mean: Float, standardDeviation: Float, low: Float, high: Float, generator: RandomGenerator
    ) -> NDArray {
        let (center, deviation) = (Double(mean), Double(standardDeviation))
        // erf at the limits; the uniform numbers lie between.
        let lower = erf((Double(low) - center) / deviation * 0.5.squareRoot())
        let upper = erf((Double(high) - center) / deviation * 0.5.squareRoot())
        var result = uniform(shape, generator: generator)
        let count = result.count
        result.withUnsafeMutablePointer { out in
            parallelFill(out, count: count, grain: 1 << 12) { part, items in
                for i in 0..<items.count {
                    let fraction = Double(part[i]) + 0x1p-25
                    let value = center + deviation * 2.squareRoot() * inverseErf(lower + (upper - lower) * fraction)
                    part[i] = min(max(Float(value), low), high)
                }
            }
        }
        return result
    }
}

/// The inverse of the error function on (-1, 1), to about seven digits: the polynomials of M. Giles, "Approximating the
/// erfinv function", GPU Computing Gems 2, 2011.
private func inverseErf(_ x: Double) -> Double {
    let w = -log((1 - x) * (1 + x))
    let t = w < 5 ? w - 2.5 : w.squareRoot() - 3
    let polynomial = (w < 5 ? inverseErfCentral : inverseErfTail).reduce(0) { $0 * t + $1 }
    return polynomial * x
}

/// Highest power first.
private let inverseErfCentral = [
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164,
    0.246640727, 1.50140941,
]

private let inverseErfTail = [
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
    1.00167406, 2.83297682,
]
