import Foundation
import Martinet
import Testing

@testable import MartinetVision

@Suite struct PreprocessingTests {
    private let references = ImageReferences.recorded
    private var source: Image { references.source.image }

    private func expectEqual(_ found: [Float], _ expected: [Float], within tolerance: Float, _ name: String) {
        #expect(found.count == expected.count, "\(name)")
        let distance = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
        #expect(distance <= tolerance, "\(name): \(distance)")
    }

    /// Bit for bit.
    @Test func resizesAsPIL() throws {
        #expect(references.resizing.count == 18)
        for reference in references.resizing {
            let interpolation = try #require(Interpolation(rawValue: reference.interpolation))
            let image = source.resized(
                height: reference.height, width: reference.width, interpolation: interpolation)
            #expect(
                image.pixels == reference.pixels.bytes,
                "\(interpolation), \(reference.height) x \(reference.width)")
        }
        #expect(source.resized(height: 33, width: 41, interpolation: .bicubic) == source)
        let gray = source.gray.resized(height: 20, width: 17)
        #expect(gray.channels == 1 && gray.rgb == source.gray.rgb.resized(height: 20, width: 17))
    }

    @Test func resizesArraysAsTorchvisionResizesTensors() throws {
        for reference in references.resizedTensors {
            let interpolation = try #require(Interpolation(rawValue: reference.interpolation))
            let array = resized(
                source.array, height: reference.height, width: reference.width, interpolation: interpolation)
            #expect(array.shape == [reference.height, reference.width, 3])
            expectEqual(array.elements, reference.values.floats, within: 1e-5, "\(interpolation)")
        }
    }

    /// A data set's images of one channel are brought to a size as torchvision does it, in proportion or not.
    @Test func resizesSamplesOfADataSet() throws {
        let image = Tensor([0, 1, 2, 3, 4, 5], shape: [2, 3, 1])
        func resized(_ resize: Resize) -> Tensor {
            var array = image
            resize.apply(to: &array, using: .default)
            return array
        }
        let wide = resized(Resize(height: 2, width: 6))
        #expect(wide.shape == [2, 6, 1])
        // Computed by torchvision.transforms.functional.resize of a tensor [1, 2, 3].
        expectEqual(wide.elements, [0, 0.25, 0.75, 1.25, 1.75, 2, 3, 3.25, 3.75, 4.25, 4.75, 5], within: 1e-6, "wide")
        let tall = resized(Resize(4))
        #expect(tall.shape == [4, 6, 1])
        #expect(tall.elements[..<6].elementsEqual(wide.elements[..<6]))
        expectEqual(
            Array(tall.elements[6..<12]), [0.75, 1, 1.5, 2, 2.5, 2.75], within: 1e-6, "the second row of four")
    }

    @Test func preprocessesAsTorchvisionAndKeras() throws {
        #expect(references.preprocessing.count == 6)
        for reference in references.preprocessing {
            let interpolation = try #require(Interpolation(rawValue: reference.interpolation))
            let isKeras = reference.kind == "keras"
            let preprocess =
                isKeras
                ? ImagePreprocessing.keras(size: reference.resize, interpolation: interpolation)
                : .torchvision(resize: reference.resize, crop: reference.crop, interpolation: interpolation)
            let input = preprocess(source)
            #expect(input.shape == [1, reference.crop, reference.crop, 3])
            expectEqual(
                input.elements, reference.values.floats, within: isKeras ? 1e-4 : 1e-5,
                "\(reference.kind) \(reference.resize) \(reference.crop)")
        }
    }

    /// A resize before a crop computes what is kept alone, with the same bits, also where the whole would fill no memory.
    @Test(arguments: Interpolation.allCases)
    func resizesOnlyWhatACropKeeps(_ interpolation: Interpolation) {
        for (side, crop) in [(24, 20), (60, 7), (20, 33), (41, 41), (33, 30)] {
            let transforms: [any ImageTransform] = [Resize(side, interpolation: interpolation), CenterCrop(crop)]
            #expect(transforms(source) == transforms[1](transforms[0](source)), "\(side), \(crop)")
        }
        let line = Image(
            pixels: (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 100) }, height: 100_000, width: 1, channels: 1)
        let long: [any ImageTransform] = [Resize(256, interpolation: interpolation), CenterCrop(224)]
        let middle = long(line)
        #expect(middle.height == 224 && middle.pixels.allSatisfy { $0 == 243 || $0 == 244 })
    }

    @Test func cropsInsideAndOutside() {
        let image = Image(pixels: Array(1...12), height: 3, width: 4, channels: 1)
        #expect(image.cropped(top: 1, left: 2, height: 2, width: 2).pixels == [7, 8, 11, 12])
        #expect(image.cropped(top: -1, left: 3, height: 3, width: 2).pixels == [0, 0, 4, 0, 8, 0])
        #expect(image.cropped(top: 0, left: -9, height: 1, width: 3).pixels == [0, 0, 0])
        #expect(image.cropped(top: 5, left: 9, height: 1, width: 1).pixels == [0])
        #expect(CenterCrop(height: 1, width: 2)(image).pixels == [6, 7])
        #expect(CenterCrop(height: 5, width: 2)(image).pixels == [0, 0, 2, 3, 6, 7, 10, 11, 0, 0])
    }

    @Test func cropsPiecesOfTheAreasAndProportionsAsked() {
        let crop = RandomResizedCrop(10, scale: 0.25...0.5, ratio: 0.5...2)
        let generator = RandomGenerator(seed: 1)
        var areas: [Double] = []
        for _ in 0..<300 {
            let piece = crop.piece(height: 100, width: 120, using: generator)
            #expect(piece.top >= 0 && piece.left >= 0 && piece.top + piece.height <= 100)
            #expect(piece.left + piece.width <= 120)
            areas.append(Double(piece.height * piece.width) / 12_000)
            let ratio = Double(piece.width) / Double(piece.height)
            #expect(ratio > 0.48 && ratio < 2.05)
        }
        #expect(areas.min()! > 0.24 && areas.min()! < 0.27 && areas.max()! < 0.51 && areas.max()! > 0.48)
        // Nothing of these proportions fits, so it is the middle.
        let narrow = RandomResizedCrop(10, scale: 1...1).piece(height: 10, width: 100, using: generator)
        #expect(narrow == .init(top: 0, left: 43, height: 10, width: 13))
        let tall = RandomResizedCrop(10, scale: 1...1).piece(height: 100, width: 9, using: generator)
        #expect(tall == .init(top: 44, left: 0, height: 12, width: 9))

        let whole = RandomResizedCrop(height: 12, width: 14, scale: 1...1, ratio: 41 / 33...41 / 33)
        #expect(whole.apply(to: source, using: generator) == source.resized(height: 12, width: 14))
        var array = source.tensor
        whole.apply(to: &array, using: generator)
        expectEqual(
            array.elements, source.resized(height: 12, width: 14).array.elements, within: 1.01 / 255, "floats")
        let once = RandomResizedCrop(8).apply(to: source, using: RandomGenerator(seed: 4))
        #expect(once == RandomResizedCrop(8).apply(to: source, using: RandomGenerator(seed: 4)))
        #expect(once != RandomResizedCrop(8).apply(to: source, using: RandomGenerator(seed: 5)))
    }

    /// Needs the photographs that were recorded: in `images` below `MARTINET_DATA`.
    @Test(.enabled(if: photographs != nil, "the photographs are not here; put them into images below MARTINET_DATA"))
    func preprocessesPhotographs() throws {
        let folder = try #require(Self.photographs)
        for reference in references.photographs {
            let image = try Image(path: "\(folder)/\(reference.name)")
            #expect(image.height == reference.height && image.width == reference.width)
            let torchvision = CenterCrop(224)(Resize(256)(image))
            #expect(largestDistance(grid(torchvision), reference.torchvision.bytes).map { $0 <= 1 } == true)
            let keras = image.resized(height: 224, width: 224, interpolation: .nearest)
            #expect(largestDistance(grid(keras), reference.keras.bytes).map { $0 <= 1 } == true)
            for channel in 0..<3 {
                let values = stride(from: channel, to: torchvision.pixels.count, by: 3).map {
                    Double(torchvision.pixels[$0])
                }
                let mean = values.reduce(0, +) / Double(values.count)
                #expect(abs(mean - reference.mean[channel]) < 0.002 * 255)
            }
        }
    }

    /// Each fourteenth pixel of a square image in each direction, from the seventh.
    private func grid(_ image: Image) -> [UInt8] {
        let places = stride(from: 7, to: image.height, by: 14)
        return places.flatMap { row in
            places.flatMap { column in (0..<3).map { image.pixels[(row * image.width + column) * 3 + $0] } }
        }
    }

    private static let photographs: String? = DatasetFolders().candidates(for: "images").first { folder in
        let names = ImageReferences.recorded.photographs.map(\.name)
        return !names.isEmpty && names.allSatisfy { FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
    }
}
