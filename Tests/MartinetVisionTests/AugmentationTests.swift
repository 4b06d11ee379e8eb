import Foundation
import Martinet
import Testing

@testable import MartinetVision

@Suite struct AugmentationTests {
    /// `[height, width, channels]`, element (row, column, channel) being 100 row + 10 column + channel.
    private func numbered(_ height: Int, _ width: Int, _ channels: Int = 2) -> Tensor {
        let elements = (0..<height * width * channels).map { place -> Float in
            let (pixel, channel) = place.quotientAndRemainder(dividingBy: channels)
            return Float(100 * (pixel / width) + 10 * (pixel % width) + channel)
        }
        return Tensor(elements, shape: [height, width, channels])
    }

    private func applied(_ transform: some Transform, to image: Tensor, seed: UInt64) -> Tensor {
        var image = image
        transform.apply(to: &image, using: RandomGenerator(seed: seed))
        return image
    }

    /// Each piece must be the image, continued by the padding's rule, seen from some offset, and all offsets must come.
    @Test(arguments: [RandomCrop.PaddingMode.zero, .reflect]) func cropsEverywhereWithPadding(
        mode: RandomCrop.PaddingMode
    ) {
        let image = numbered(4, 5)
        let crop = RandomCrop(height: 3, width: 4, padding: 2, mode: mode)
        func padded(_ row: Int, _ column: Int, _ channel: Int) -> Float {
            func reflected(_ place: Int, _ size: Int) -> Int { place < 0 ? -place : min(place, 2 * (size - 1) - place) }
            let isInside = (0..<4).contains(row) && (0..<5).contains(column)
            if mode == .zero && !isInside { return 0 }
            return Float(100 * reflected(row, 4) + 10 * reflected(column, 5) + channel)
        }
        func piece(_ top: Int, _ left: Int) -> [Float] {
            (0..<24).map { padded(top + $0 / 8, left + $0 / 2 % 4, $0 % 2) }
        }
        var expected: [[Float]: Int] = [:]
        for top in -2...3 { for left in -2...3 { expected[piece(top, left)] = 0 } }
        for seed in 0..<500 {
            let result = applied(crop, to: image, seed: UInt64(seed))
            #expect(result.shape == [3, 4, 2])
            expected[result.elements]? += 1
        }
        #expect(expected.values.reduce(0, +) == 500 && expected.values.allSatisfy { $0 > 0 })
        // Small pieces may lie wholly in the padding.
        let far = RandomCrop(1, padding: 3)
        let found = Set((0..<1500).map { applied(far, to: numbered(4, 4, 1), seed: $0).elements[0] })
        #expect(found.count == 16)
    }

    @Test func mirrorsHalfOfTheImages() {
        let image = numbered(2, 3)
        let mirrored: [Float] = [20, 21, 10, 11, 0, 1, 120, 121, 110, 111, 100, 101]
        #expect(applied(RandomHorizontalFlip(probability: 1), to: image, seed: 1).elements == mirrored)
        #expect(applied(RandomHorizontalFlip(probability: 0), to: image, seed: 1).elements == image.elements)
        let count = (0..<1000).count { applied(RandomHorizontalFlip(), to: image, seed: $0).elements == mirrored }
        // Four standard deviations of a binomial distribution are 63.
        #expect(abs(count - 500) < 64)
    }

    @Test func coversASquareAroundAnyPixel() {
        let image = Tensor.ones([8, 6, 2])
        var sizes: Set<Int> = []
        var covered = [Bool](repeating: false, count: 48)
        for seed in 0..<400 {
            let result = applied(Cutout(4), to: image, seed: UInt64(seed)).elements
            let zeros = (0..<48).filter { result[2 * $0] == 0 }
            #expect(zeros.allSatisfy { result[2 * $0 + 1] == 0 } && result.count { $0 == 1 } == 96 - 2 * zeros.count)
            let (rows, columns) = (Set(zeros.map { $0 / 6 }), Set(zeros.map { $0 % 6 }))
            #expect(zeros.count == rows.count * columns.count)
            sizes.insert(zeros.count)
            for place in zeros { covered[place] = true }
        }
        #expect(sizes.max() == 16 && sizes.min() == 4 && covered.allSatisfy { $0 })
        let filled = applied(Cutout(20, fill: 0.5), to: image, seed: 1)
        #expect(filled.elements.count { $0 == 0.5 } >= 48)
    }

    private static let pixels: [Float] = [
        0.9, 0.2, 0.1, 0.8, 0.7, 0.1, 0.1, 0.6, 0.2, 0.2, 0.9, 0.8, 0.1, 0.3, 0.7, 0.6, 0.1, 0.9, 0.5, 0.5, 0.5, 0, 1,
        1,
    ]

    private func changed(_ change: (Colors) -> Void) -> [Float] {
        var pixels = Self.pixels
        pixels.withUnsafeMutableBufferPointer { change(Colors(pixels: $0.baseAddress!, count: 8, channels: 3)) }
        return pixels
    }

    /// What torchvision gives; Tests/References/printed/color_jitter.py prints it.
    @Test func changesColoursAsTorchvision() {
        func expectEqual(_ found: [Float], _ expected: [Float]) {
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 2e-5 }, "\(found) instead of \(expected)")
        }
        expectEqual(
            changed { $0.adjustBrightness(1.3) },
            [
                1, 0.26, 0.13, 1, 0.91, 0.13, 0.13, 0.78, 0.26, 0.26, 1, 1, 0.13, 0.39, 0.91, 0.78, 0.13, 1, 0.65,
                0.65, 0.65, 0, 1, 1,
            ])
        expectEqual(
            changed { $0.adjustContrast(0.6) },
            [
                0.73854, 0.31854, 0.25854, 0.67854, 0.61854, 0.25854, 0.25854, 0.55854, 0.31854, 0.31854, 0.73854,
                0.67854, 0.25854, 0.37854, 0.61854, 0.55854, 0.25854, 0.73854, 0.49854, 0.49854, 0.49854, 0.19854,
                0.79854, 0.79854,
            ])
        expectEqual(
            changed { $0.adjustContrast(1.5) },
            [
                1, 0.05183, 0, 0.95183, 0.80183, 0, 0, 0.65183, 0.05183, 0.05183, 1, 0.95183, 0, 0.20183, 0.80183,
                0.65183, 0, 1, 0.50183, 0.50183, 0.50183, 0, 1, 1,
            ])
        expectEqual(
            changed { $0.adjustSaturation(0.4) },
            [
                0.59869, 0.31869, 0.27869, 0.71685, 0.67685, 0.43685, 0.28293, 0.48293, 0.32293, 0.48757, 0.76757,
                0.72757, 0.21147, 0.29147, 0.45147, 0.44438, 0.24438, 0.56438, 0.49997, 0.49997, 0.49997, 0.4206,
                0.8206, 0.8206,
            ])
        expectEqual(
            changed { $0.adjustSaturation(1.7) },
            [
                1, 0.06153, 0, 0.89701, 0.72701, 0, 0, 0.73658, 0.05658, 0, 1, 0.8845, 0, 0.30995, 0.98995, 0.78155, 0,
                1, 0.50004, 0.50004, 0.50004, 0, 1, 1,
            ])
        expectEqual(
            changed { $0.adjustHue(0.2) },
            [
                0.64, 0.9, 0.1, 0.1, 0.8, 0.14, 0.1, 0.4, 0.6, 0.24, 0.2, 0.9, 0.62, 0.1, 0.7, 0.9, 0.1, 0.24, 0.5,
                0.5, 0.5, 0.2, 0, 1,
            ])
        expectEqual(
            changed { $0.adjustHue(-0.45) },
            [
                0.1, 0.56, 0.9, 0.21, 0.1, 0.8, 0.6, 0.1, 0.35, 0.9, 0.31, 0.2, 0.7, 0.68, 0.1, 0.16, 0.9, 0.1, 0.5,
                0.5, 0.5, 1, 0.3, 0,
            ])
    }

    @Test func jittersWithinItsRanges() {
        let image = Tensor.full([2, 2, 3], 0.4)
        let brightness = (0..<300).map {
            applied(ColorJitter(brightness: 0.5), to: image, seed: $0).elements[0] / 0.4
        }
        #expect(brightness.min()! >= 0.5 && brightness.min()! < 0.52)
        #expect(brightness.max()! <= 1.5 && brightness.max()! > 1.48)
        // A grey image has neither contrast nor saturation nor hue; the weights of grey add up to 0.9999.
        let rest = applied(ColorJitter(contrast: 1, saturation: 1, hue: 0.5), to: image, seed: 3).elements
        #expect(rest.allSatisfy { abs($0 - 0.4) < 1e-4 })
        let all = ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1)
        let colours = Tensor(Self.pixels, shape: [2, 4, 3])
        let results = (0..<50).map { applied(all, to: colours, seed: $0).elements }
        #expect(Set(results).count == 50 && results.allSatisfy { $0.allSatisfy { (0...1).contains($0) } })
        #expect(applied(all, to: colours, seed: 7).elements == results[7])
        #expect(applied(ColorJitter(), to: colours, seed: 1).elements == Self.pixels)
        #expect(applied(all, to: Tensor.full([2, 2, 1], 0.4), seed: 1).shape == [2, 2, 1])
    }

    /// The whole chain gives the same batches whatever the number of threads, and others in another epoch.
    @Test func dependsOnSeedEpochAndIndexAlone() {
        let pixels = (0..<20 * 192).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        let data = ImageDataset(pixels: pixels, height: 8, width: 8, channels: 3, labels: Array(0..<20))
        let chain = Compose([
            RandomCrop(8, padding: 2, mode: .reflect), RandomHorizontalFlip(), ColorJitter(brightness: 0.2, hue: 0.1),
            Standardization(mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25]), Cutout(4),
        ])
        func epoch(_ number: Int, size: Int = 6, prefetch: Int = 0, workers: Int = 1, seed: UInt64 = 0) -> [Float] {
            data.transformed(by: chain).batches(
                of: size, shuffle: .seeded(number, seed: seed), prefetch: prefetch, workers: workers
            ).flatMap(\.images.elements)
        }
        let first = epoch(1)
        #expect(epoch(1, prefetch: 2) == first && epoch(1, prefetch: 4, workers: 3) == first)
        #expect(epoch(1, size: 20) == first)
        #expect(epoch(2) != first && epoch(1, seed: 9) != first)
    }

    @Test func stopsAtWhatCannotBeDone() async {
        await #expect(processExitsWith: .failure) {
            var image = Tensor.zeros([4, 4, 1])
            RandomCrop(5).apply(to: &image, using: .default)
        }
        await #expect(processExitsWith: .failure) {
            var image = Tensor.zeros([4, 4, 1])
            RandomCrop(4, padding: 4, mode: .reflect).apply(to: &image, using: .default)
        }
        await #expect(processExitsWith: .failure) {
            var image = Tensor.zeros([1, 4, 4, 1])
            RandomHorizontalFlip().apply(to: &image, using: .default)
        }
        await #expect(processExitsWith: .failure) { _ = ColorJitter(hue: 0.6) }
    }

    /// Whatever a transform cannot take is an error of `fit`, which names both sizes, and not the program's end.
    @Test func shapesThatDoNotFitAreErrorsOfFit() throws {
        let noise = Tensor.uniform([4, 8, 8, 2], generator: RandomGenerator(seed: 1))
        let data = ArrayDataset(images: noise, labels: [0, 1, 0, 1])
        let flat = ArrayDataset(images: noise.reshaped([4, 128]), labels: [0, 1, 0, 1])
        func message(_ data: ArrayDataset<Int>, _ transforms: any Transform...) -> String {
            let model = Sequential([Flatten(), Dense(2)])
            let error = #expect(throws: TrainingError.self) {
                try model.fit(data.transformed(by: transforms), batchSize: 2, options: FitOptions(progress: .silent))
            }
            let place = "fit: step 1 of 2 in epoch 1, 2 samples: "
            #expect(error?.description.hasPrefix(place) == true)
            return String((error?.description ?? "").dropFirst(place.count))
        }
        #expect(
            message(data, RandomCrop(16))
                == "RandomCrop: an image of shape [8, 8, 2] padded by 0 has no piece of [16, 16]")
        #expect(
            message(data, RandomCrop(8, padding: 9, mode: .reflect))
                == "RandomCrop: an image of shape [8, 8, 2] cannot be reflected over 9 pixels")
        #expect(
            message(data, RandomHorizontalFlip(), ColorJitter(hue: 0.1))
                == "ColorJitter: expected images of 1 or 3 channels, found the shape [8, 8, 2]")
        #expect(
            message(data, Standardization(mean: [0, 0, 0], standardDeviation: [1, 1, 1]))
                == "Standardization: images of shape [8, 8, 2] do not end in the axes of [3]")
        #expect(
            message(data, CaffeNormalization())
                == "CaffeNormalization: expected images of 3 channels, found an array of shape [8, 8, 2]")
        let images: [any Transform] = [
            Cutout(4), RandomHorizontalFlip(), RandomResizedCrop(4), Resize(4), RandomCrop(4),
        ]
        for (transform, name) in zip(
            images, ["Cutout", "RandomHorizontalFlip", "RandomResizedCrop", "Resize", "RandomCrop"])
        {
            #expect(
                message(flat, transform)
                    == "\(name): expected an image [height, width, channels], found an array of shape [128]")
        }
        let whitening = try Whitening(fitting: noise[0..<4, 0..<2])
        #expect(
            message(data, whitening)
                == "Whitening: an image of shape [8, 8, 2] does not fit images of shape [2, 8, 2] fitted on")
    }

    @Test func shapesThatDoNotFitStopOtherPrograms() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var image = Tensor.zeros([8, 8, 3])
            RandomCrop(16).apply(to: &image, using: RandomGenerator(seed: 1))
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("RandomCrop: an image of shape [8, 8, 3] padded by 0 has no piece of [16, 16]"))
    }
}
