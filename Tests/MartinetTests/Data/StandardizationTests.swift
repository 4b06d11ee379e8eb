import Martinet
import Testing

/// Against NumPy's values, which `Tests/References/printed/standardization.py` prints.
@Suite struct StandardizationTests {
    private let images = Tensor([1, 5, 2, 0, 3, 5, -4, 8, 8, 5, 0.5, 1], shape: [3, 2, 1, 2])

    @Test func fitsEachPixel() {
        let fitted = Standardization(fitting: images)
        #expect(fitted.mean.shape == [2, 1, 2])
        expectClose(fitted.mean, [4, 5, -0.5, 3])
        expectClose(fitted.standardDeviation, [2.943920288775949, 1, 2.5495097567963922, 3.559026084010437])
        expectClose(
            fitted(images),
            [
                -1.01904933, 0, 0.98058068, -0.84292723, -0.33968311, 0, -1.37281295, 1.40487872, 1.35873244, 0,
                0.39223227, -0.56195149,
            ])
    }

    @Test func fitsEachChannel() {
        let fitted = Standardization(fitting: images, per: .channel)
        #expect(fitted.mean.shape == [2])
        expectClose(fitted.mean, [1.75, 4])
        expectClose(fitted.standardDeviation, [3.556098048891978, 2.70801280154532])
        expectClose(
            fitted(images),
            [
                -0.21090532, 0.36927447, 0.07030177, -1.47709789, 0.35150887, 0.36927447, -1.61694079, 1.47709789,
                1.75754434, 0.36927447, -0.35150887, -1.10782342,
            ])
    }

    @Test func leavesTheImagesAsTheyWere() {
        let before = images.elements
        _ = Standardization(fitting: images)(images)
        #expect(images.elements == before)
    }

    @Test func isTheSameForADataSetAndAsATransform() {
        let dataset = ArrayDataset(images: images, labels: [0, 1, 2])
        let fitted = Standardization(fitting: dataset)
        #expect(fitted == Standardization(fitting: images))
        let batches = dataset.transformed(by: fitted).batches(of: 2, prefetch: 1)
        #expect(batches.flatMap(\.images.elements) == fitted(images).elements)
        let subset = Standardization(fitting: dataset.subset([0, 2]))
        expectClose(subset.mean, [4.5, 5, 1.25, 0.5])
    }

    /// A mean far from 0 must not cost the variance its digits, and a constant must come out as one.
    @Test func isPreciseFarFromZero() {
        let values = Tensor((0..<10_000).flatMap { [1000 + Float($0 % 2) / 1024, 0.1] }, shape: [10_000, 2])
        let fitted = Standardization(fitting: values)
        expectClose(fitted.standardDeviation, [Float(1) / 2048, 1])
        #expect(fitted(values).elements.chunkedMaximum(every: 2, at: 1) < 1e-6)
    }

    @Test func normalizesWithKnownValues() {
        let normalize = Standardization(mean: [0.5, 1], standardDeviation: [0.5, 2])
        expectClose(normalize(Tensor([1, 3, 0, 1], shape: [2, 2])), [1, 1, -1, 0])
        expectClose(normalize(Tensor([1, 3], shape: [1, 1, 2])), [1, 1])
    }

    @Test func stopsAtShapesThatDoNotFit() async {
        await #expect(processExitsWith: .failure) {
            _ = Standardization(mean: [0, 0], standardDeviation: [1, 1])(Tensor.zeros([4, 3]))
        }
        await #expect(processExitsWith: .failure) { _ = Standardization(mean: [0], standardDeviation: [0]) }
        await #expect(processExitsWith: .failure) { _ = Standardization(fitting: Tensor.zeros([0, 2])) }
    }
}

private func expectClose(_ found: Tensor, _ expected: [Float], sourceLocation: SourceLocation = #_sourceLocation) {
    let close = zip(found.elements, expected).allSatisfy { abs($0 - $1) <= 2e-6 * max(1, abs($1)) }
    #expect(
        found.count == expected.count && close, "found \(found.elements), expected \(expected)",
        sourceLocation: sourceLocation)
}

extension [Float] {
    /// The largest magnitude among the elements `offset`, `offset + step`, …
    fileprivate func chunkedMaximum(every step: Int, at offset: Int) -> Float {
        stride(from: offset, to: count, by: step).map { abs(self[$0]) }.max() ?? 0
    }
}
