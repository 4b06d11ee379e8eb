import Martinet
import Testing

/// Convolutions, pools and normalisations of many geometries against finite differences, by input and by parameters.
@Suite struct LayerGradientCheckTests {
    /// Of no two geometries are all sizes alike: not square, odd and even, with strides that leave a rest.
    struct Geometry: Sendable, CustomTestStringConvertible {
        var kernel: Size2D = 3
        var stride: Size2D = 1
        var padding: Padding = 0
        var dilation: Size2D = 1
        var groups = 1

        var testDescription: String {
            "kernel \(kernel), stride \(stride), padding \(padding), dilation \(dilation), groups \(groups)"
        }
    }

    static let geometries: [Geometry] = {
        let sizes: [(kernel: Size2D, stride: Size2D, dilation: Size2D)] = [
            (1, 1, 1), (3, 1, 1), (3, 2, 1), (2, 2, 1), (2, 3, 1), (3, 1, 2), (3, 2, 2),
            (Size2D(3, 2), Size2D(1, 2), 1),
            (Size2D(1, 3), 1, Size2D(1, 2)), (Size2D(2, 1), Size2D(3, 1), 1),
        ]
        let paddings: [Padding] = [.valid, .same, .explicit(top: 0, bottom: 1, left: 2, right: 1)]
        return sizes.enumerated().flatMap { index, size in
            paddings.enumerated().map { number, padding in
                Geometry(
                    kernel: size.kernel, stride: size.stride, padding: padding, dilation: size.dilation,
                    groups: [1, 2, 4][(index + number) % 3])
            }
        }
    }()

    @Test(arguments: geometries)
    func convolution(_ geometry: Geometry) {
        let kernel = geometry.kernel
        let inputs: [Tensor] = [
            .smooth([2, 7, 6, 4]), .smooth([kernel.height, kernel.width, 4 / geometry.groups, 8], seed: 2) * 0.5,
            .smooth([8], seed: 3),
        ]
        expectGradients("conv2D", at: inputs, check: GradientCheck(samples: 24)) {
            conv2D(
                $0[0], $0[1], bias: $0[2], stride: geometry.stride, padding: geometry.padding,
                dilation: geometry.dilation, groups: geometry.groups)
        }
    }

    static let pools: [Differentiable] = {
        let image: [Tensor] = [.spread([2, 7, 6, 3])]
        return [
            Differentiable("maxPool2D", image) { maxPool2D($0[0], kernelSize: 2) },
            Differentiable("maxPool2D, stride, padding, ceil mode", image) {
                maxPool2D($0[0], kernelSize: Size2D(3, 2), stride: Size2D(2, 3), padding: 1, ceilMode: true)
            },
            Differentiable("maxPool2D, dilation", image) { maxPool2D($0[0], kernelSize: 3, stride: 1, dilation: 2) },
            Differentiable("averagePool2D", image) { averagePool2D($0[0], kernelSize: 2) },
            Differentiable("averagePool2D, stride, padding, ceil mode", image) {
                averagePool2D($0[0], kernelSize: Size2D(3, 2), stride: Size2D(2, 3), padding: 1, ceilMode: true)
            },
            Differentiable("averagePool2D, same, without padding", image) {
                averagePool2D($0[0], kernelSize: 3, stride: 2, padding: .same, countIncludePadding: false)
            },
            Differentiable("adaptiveAveragePool2D", image) { adaptiveAveragePool2D($0[0], outputSize: Size2D(3, 4)) },
            Differentiable("adaptiveMaxPool2D", image) { adaptiveMaxPool2D($0[0], outputSize: Size2D(3, 4)) },
            Differentiable("GlobalAveragePool2D", image) { GlobalAveragePool2D()($0[0]) },
            Differentiable("GlobalMaxPool2D", image) { GlobalMaxPool2D()($0[0]) },
        ]
    }()

    @Test(arguments: pools)
    func pool(_ operation: Differentiable) {
        expectGradients(operation.name, at: operation.inputs, operation.function)
    }

    @Test(arguments: [true, false])
    func batchNorm(isTraining: Bool) {
        let layer = BatchNorm(5)
        for _ in 0..<3 { _ = layer(.smooth([4, 3, 2, 5], seed: 8) * 2 + 1) }
        layer.train(isTraining)
        // The running statistics that each call moves do not enter the output in training.
        expectGradients("batchNorm", of: layer, at: .smooth([4, 3, 2, 5]))
    }

    @Test func layerNorm() { expectGradients("layerNorm", of: LayerNorm([3, 4]), at: .smooth([5, 3, 4])) }

    @Test func groupNorm() {
        expectGradients("groupNorm", of: GroupNorm(groups: 2, channels: 6), at: .smooth([2, 3, 2, 6]))
    }

    @Test func dense() {
        expectGradients("dense", of: Dense(5, 3, generator: RandomGenerator(seed: 1)), at: .smooth([4, 5]))
    }

    @Test func convolutionLayer() {
        let layer = Conv2D(
            4, 6, kernelSize: Size2D(3, 2), stride: Size2D(2, 1), padding: .same, groups: 2,
            generator: RandomGenerator(seed: 2))
        expectGradients("Conv2D", of: layer, at: .smooth([2, 5, 4, 4]))
    }

    @Test func sequential() {
        let generator = RandomGenerator(seed: 3)
        let model = Sequential {
            Conv2D(2, 4, kernelSize: 3, padding: 1, activation: .silu, generator: generator)
            AveragePool2D(2)
            Flatten()
            Dense(16, 3, activation: .logSoftmax, generator: generator)
        }
        // The gradients are small beside the output, so that the differences have fewer digits.
        expectGradients("Sequential", of: model, at: .smooth([3, 4, 4, 2]), check: GradientCheck(tolerance: 5e-3))
    }
}
