import CKernels
import Testing

@testable import MartinetCore

/// A sliding pooling of the sweep.
struct PoolingCase: Sendable, CustomStringConvertible {
    var input: [Int]
    var kernel: Size2D = 2
    var stride: Size2D?
    var padding: Padding = .valid
    var dilation: Size2D = 1
    var ceilMode = false
    var countsPadding = true

    var geometry: PoolingGeometry {
        requireShapes(of: "a test's pooling") { () throws(ShapeError) in
            try PoolingGeometry(
                inputShape: input, kernel: kernel, stride: stride ?? kernel, padding: padding, dilation: dilation,
                ceilMode: ceilMode)
        }
    }

    var reference: ReferencePooling {
        let axes = geometry.slidingAxes!
        func windows(_ axis: WindowAxis) -> [ReferencePooling.Window] {
            ReferencePooling.sliding(
                input: axis.input, output: axis.output, kernel: axis.kernel, stride: axis.stride,
                before: axis.paddingBefore, after: axis.paddingAfter, dilation: axis.dilation,
                countsPadding: countsPadding)
        }
        return ReferencePooling(
            batch: input[0], channels: input[3], height: input[1], width: input[2],
            vertical: windows(axes.vertical), horizontal: windows(axes.horizontal))
    }

    var description: String { "\(geometry), padding \(countsPadding ? "counts" : "does not count")" }

    static let all: [PoolingCase] = [
        PoolingCase(input: [2, 6, 8, 16]),
        PoolingCase(input: [3, 7, 9, 5]),
        PoolingCase(input: [1, 7, 9, 35], ceilMode: true),
        PoolingCase(input: [2, 7, 9, 17], kernel: 3, stride: 2, padding: 1),
        PoolingCase(input: [2, 7, 8, 17], kernel: 3, stride: 2, padding: 1, countsPadding: false),
        PoolingCase(input: [2, 8, 7, 3], kernel: Size2D(3, 2), stride: Size2D(2, 3), padding: 1, ceilMode: true),
        PoolingCase(
            input: [1, 8, 7, 3], kernel: Size2D(3, 2), stride: Size2D(1, 3), padding: .same, countsPadding: false),
        PoolingCase(
            input: [2, 5, 6, 33], kernel: Size2D(2, 3), stride: 1,
            padding: .explicit(top: 1, bottom: 0, left: 2, right: 1)),
        PoolingCase(
            input: [1, 9, 10, 20], kernel: Size2D(3, 2), stride: Size2D(2, 1), padding: 1, dilation: Size2D(2, 3)),
        PoolingCase(
            input: [1, 9, 10, 4], kernel: Size2D(3, 2), stride: Size2D(4, 5), padding: 1, dilation: Size2D(2, 1),
            ceilMode: true),
        // More than 256 elements a window: wide indices.
        PoolingCase(input: [1, 19, 20, 18], kernel: Size2D(17, 18), stride: Size2D(1, 2)),
        // A dilated window with nothing but padding in it.
        PoolingCase(
            input: [1, 1, 4, 2], kernel: Size2D(2, 1), stride: 1, padding: .symmetric(vertical: 1, horizontal: 0),
            dilation: Size2D(2, 1)),
        PoolingCase(input: [0, 4, 4, 3]),
    ]

    func check(_ where: String = "") {
        let generator = RandomGenerator(seed: 17)
        let x = NDArray.normal(geometry.inputShape, generator: generator)
        let gradient = NDArray.normal(geometry.outputShape, generator: generator)
        let (output, indices) = x.maxPooled(geometry)
        let label = "\(`where`)\(self)"
        #expect(output.shape == geometry.outputShape, "\(label)")
        #expect(output.elements.map(Double.init) == reference.maximum(x.elements), "max, \(label)")
        #expect(x.maxPooledWithoutIndices(geometry).elements == output.elements, "max without indices, \(label)")
        let maxGradient = NDArray.maxPoolingGradient(gradient, indices: indices)
        #expect(
            relativeError(maxGradient.elements, reference.maximumGradient(x.elements, gradient.elements)) < 1e-6,
            "max's gradient, \(label)")
        let average = x.averagePooled(geometry, countIncludePadding: countsPadding)
        #expect(relativeError(average.elements, reference.average(x.elements)) < 1e-6, "average, \(label)")
        let averageGradient = NDArray.averagePoolingGradient(
            gradient, geometry: geometry, countIncludePadding: countsPadding)
        #expect(
            relativeError(
                averageGradient.elements, reference.averageGradient(inputs: x.count, gradient.elements)) < 1e-6,
            "average's gradient, \(label)")
    }
}

@Suite struct PoolingTests {
    @Test(arguments: PoolingCase.all)
    func matchesReference(pooling: PoolingCase) { pooling.check() }

    /// In a process of its own, since both settings are the process's.
    @Test func everyThreadCountAndInstructionSetMatchesReference() async {
        await #expect(processExitsWith: .success) {
            for level in [MK_SIMD_PLAIN, MK_SIMD_AVX2, MK_SIMD_AVX512] {
                mk_set_simd_level(Int32(level))
                for threads in [1, 2, 4] {
                    Threads.count = threads
                    for pooling in PoolingCase.all { pooling.check("\(threads) threads, SIMD level \(level): ") }
                }
            }
        }
    }

    @Test(arguments: [(6, 8, 3, 4), (7, 9, 3, 2), (5, 5, 1, 1), (3, 4, 5, 7), (224, 3, 1, 1)])
    func adaptiveMatchesReference(height: Int, width: Int, outputHeight: Int, outputWidth: Int) throws {
        let geometry = try PoolingGeometry(
            inputShape: [2, height, width, 18], adaptiveTo: Size2D(outputHeight, outputWidth))
        let reference = ReferencePooling(
            batch: 2, channels: 18, height: height, width: width,
            vertical: ReferencePooling.adaptive(input: height, output: outputHeight),
            horizontal: ReferencePooling.adaptive(input: width, output: outputWidth))
        let generator = RandomGenerator(seed: 23)
        let x = NDArray.normal(geometry.inputShape, generator: generator)
        let gradient = NDArray.normal(geometry.outputShape, generator: generator)
        let (output, indices) = x.maxPooled(geometry)
        #expect(output.elements.map(Double.init) == reference.maximum(x.elements))
        let maxGradient = NDArray.maxPoolingGradient(gradient, indices: indices)
        #expect(relativeError(maxGradient.elements, reference.maximumGradient(x.elements, gradient.elements)) < 1e-6)
        #expect(relativeError(x.averagePooled(geometry).elements, reference.average(x.elements)) < 1e-6)
        let averageGradient = NDArray.averagePoolingGradient(gradient, geometry: geometry)
        #expect(
            relativeError(
                averageGradient.elements, reference.averageGradient(inputs: x.count, gradient.elements)) < 1e-6)
    }

    @Test func globalAverageIsTheMean() throws {
        let x = NDArray.normal([2, 5, 7, 20], generator: RandomGenerator(seed: 2))
        let pooled = try x.averagePooled(PoolingGeometry(inputShape: x.shape, adaptiveTo: 1))
        #expect(pooled.shape == [2, 1, 1, 20])
        let mean = x.mean(axes: [1, 2]).elements.map(Double.init)
        #expect(relativeError(pooled.elements, mean) < 1e-6)
    }

    @Test(arguments: [1, 16, 18])
    func nanIsTheLargest(channels: Int) throws {
        var elements = [Float](repeating: 1, count: 4 * channels)
        for c in 0..<channels { elements[channels + c] = .nan }
        let geometry = try PoolingGeometry(inputShape: [1, 2, 2, channels], kernel: 2, stride: 2)
        let (output, indices) = NDArray(elements, shape: [1, 2, 2, channels]).maxPooled(geometry)
        #expect(output.elements.allSatisfy { $0.isNaN })
        let gradient = NDArray.maxPoolingGradient(.ones([1, 1, 1, channels]), indices: indices).elements
        #expect(gradient == elements.map { $0.isNaN ? 1 : 0 })
    }

    /// PyTorch's rule: a last window that would start in the padding after the image is dropped.
    @Test func ceilModeOutputSizes() throws {
        func size(_ input: Int, kernel: Int, stride: Int, padding: Int) throws -> Int {
            try WindowAxis(
                .height, input: input, kernel: kernel, stride: stride, padding: .symmetric(padding), ceilMode: true
            ).output
        }
        #expect(try size(5, kernel: 2, stride: 2, padding: 0) == 3)
        #expect(try size(6, kernel: 3, stride: 2, padding: 1) == 4)
        #expect(try size(2, kernel: 2, stride: 3, padding: 1) == 1)
        #expect(try size(7, kernel: 3, stride: 5, padding: 1) == 2)
    }

    @Test func mistakesAreNamed() {
        let error = #expect(throws: ShapeError.self) {
            try PoolingGeometry(inputShape: [1, 4, 4, 3], kernel: 2, stride: 2, padding: 2)
        }
        #expect(error?.description == "padding of 2 and 2 along the height leaves windows of 2 with nothing inside")
        #expect(throws: ShapeError.self) { try PoolingGeometry(inputShape: [1, 0, 4, 3], adaptiveTo: 1) }
    }

    @Test func mistakesStop() async {
        await #expect(processExitsWith: .failure) {
            let geometry = try PoolingGeometry(inputShape: [1, 4, 4, 3], kernel: 2, stride: 2)
            _ = NDArray.ones([1, 4, 4, 2]).maxPooled(geometry)
        }
    }
}
