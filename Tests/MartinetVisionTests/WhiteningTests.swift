import Martinet
import MartinetVision
import Testing

/// Against NumPy's values, which `Tests/References/printed/whitening.py` prints, and against what whitening means.
@Suite struct WhiteningTests {
    private let small = NDArray(
        [1, 2, 0.5, 0, 1.5, 2, 3, -1, 1, 2, 0.25, -2, -1, 1, 0.75, 0.5, 3, 1.25], shape: [6, 3, 1, 1])

    /// Correlated images: mixtures of independent noise.
    private func mixed(_ count: Int) -> NDArray {
        let generator = RandomGenerator(seed: 3)
        let noise = NDArray.normal([count, 24], generator: generator)
        let mixing = NDArray.normal([24, 24], generator: generator)
        return (NDArray.matmul(noise, mixing) + 3).reshaped([count, 4, 3, 2])
    }

    private func covariance(_ rows: NDArray) -> NDArray {
        let centred = rows - rows.mean(axes: [0])
        return NDArray.matmul(centred, centred, transposeA: true) * (1 / Float(rows.shape[0] - 1))
    }

    private func distanceFromIdentity(_ matrix: NDArray) -> Float {
        let size = matrix.shape[0]
        return matrix.elements.enumerated().map { abs($1 - ($0 / size == $0 % size ? 1 : 0)) }.max() ?? 0
    }

    @Test func agreesWithNumPy() throws {
        let zca = try Whitening(fitting: small, epsilon: 0.1)
        #expect(zca.variances.array.isClose(to: [3.7412856, 1.3674409, 0.74335684], 2e-6))
        let whitened = zca(small)
        #expect(whitened.shape == small.shape)
        #expect(
            whitened.isClose(
                to: [
                    0.28089308, 0.75548888, -0.11191147, -0.49932893, -0.013971579, 0.94658845, 1.2398416, -1.2703301,
                    0.70357278, 0.37398387, -0.28269273, -1.7825221, -1.6026406, -0.60046235, -0.089898047, 0.20725101,
                    1.4119678, 0.33417044,
                ], 5e-6))
        let pca = try Whitening(fitting: small, method: .pca(), epsilon: 0.1)(small)
        #expect(pca.shape == [6, 3])
        #expect(
            pca.map(.abs).isClose(
                to: [
                    0.22250808, 0.3411328, 0.70449069, 0.75346343, 0.71583234, 0.25579519, 1.246291, 1.4422577,
                    0.11230247, 1.2382138, 1.3583347, 0.1375419, 0.63517161, 0.22107842, 1.5763169, 0.87336167,
                    0.23754414, 1.1528609,
                ], 5e-6))
    }

    @Test(arguments: [Whitening.Method.zca, .pca()]) func whitenedImagesHaveTheIdentityAsCovariance(
        method: Whitening.Method
    ) throws {
        // More images than a block of the covariance.
        let images = mixed(5000)
        let whitened = try Whitening(fitting: images, method: method, epsilon: 0)(images).reshaped([5000, 24])
        #expect(distanceFromIdentity(covariance(whitened)) < 2e-3)
        #expect((whitened.mean(axes: [0]).map(.abs).elements.max() ?? 1) < 1e-3)
    }

    @Test func keepsTheFirstComponents() throws {
        let images = mixed(200)
        let all = try Whitening(fitting: images, method: .pca())(images)
        let some = try Whitening(fitting: images, method: .pca(components: 5))(images)
        #expect(some.shape == [200, 5])
        #expect(some.isClose(to: all.sliced([0..<200, 0..<5]).elements, 1e-5))
    }

    /// Fewer images than pixels: most directions have no variance, and must come out as 0 instead of noise or infinity.
    @Test func directionsWithoutVarianceComeOutAsZero() throws {
        let images = mixed(10)
        let whitened = try Whitening(fitting: images, method: .pca(), epsilon: 0)(images)
        let values = whitened.elements
        #expect(values.allSatisfy { $0.isFinite })
        let empty = whitened.sliced([0..<10, 9..<24]).elements
        #expect(empty.allSatisfy { $0 == 0 })
        #expect(distanceFromIdentity(covariance(whitened.sliced([0..<10, 0..<9]))) < 1e-3)
        let constant = NDArray.ones([4, 2, 2, 1])
        let nothing = try Whitening(fitting: constant, epsilon: 0)(constant)
        #expect(nothing.elements.allSatisfy { $0 == 0 })
    }

    @Test func isATransform() throws {
        let images = mixed(50)
        let dataset = ArrayDataset(images: Tensor(array: images), labels: Array(0..<50))
        for method in [Whitening.Method.zca, .pca(components: 3)] {
            let whitening = try Whitening(fitting: images, method: method)
            let batches = dataset.transformed(by: whitening).batches(of: 20, prefetch: 2)
            #expect(
                NDArray.concatenated(batches.map(\.images.array), axis: 0).isClose(to: whitening(images).elements, 1e-5)
            )
        }
    }

    @Test func refusesWhatIsNotFinite() {
        var images = mixed(5)
        images.withUnsafeMutablePointer { $0[7] = .nan }
        let broken = images
        #expect(throws: LinearAlgebraError.self) { try Whitening(fitting: broken) }
    }

    @Test func stopsAtShapesThatDoNotFit() async {
        await #expect(processExitsWith: .failure) { _ = try Whitening(fitting: NDArray.ones([1, 4])) }
        await #expect(processExitsWith: .failure) {
            _ = try Whitening(fitting: NDArray.ones([3, 4]))(NDArray.ones([3, 5]))
        }
        await #expect(processExitsWith: .failure) {
            _ = try Whitening(fitting: NDArray.ones([3, 4]), method: .pca(components: 5))
        }
    }
}

extension Whitening {
    fileprivate init(
        fitting images: NDArray, method: Method = .zca, epsilon: Float = 1e-5
    ) throws(LinearAlgebraError) {
        try self.init(fitting: Tensor(array: images), method: method, epsilon: epsilon)
    }

    fileprivate func callAsFunction(_ images: NDArray) -> NDArray { self(Tensor(array: images)).array }
}

extension NDArray {
    /// Whether the norm of the difference is at most `tolerance` times the norm of what was expected.
    fileprivate func isClose(to expected: [Float], _ tolerance: Float) -> Bool {
        guard count == expected.count else { return false }
        let difference = zip(elements, expected).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
        return difference <= tolerance * expected.map { $0 * $0 }.reduce(0, +).squareRoot()
    }
}
