import Foundation
import Martinet
import Testing

@testable import MartinetVision

@Suite struct ImageModelDescriptionTests {
    private static let animals = ImageModelDescription(
        network: "cifar-resnet20", height: 32, width: 40, fitting: .crop(shorterSide: 36), interpolation: .bicubic,
        normalization: .standardization(mean: [0.1, 0.25, 0.3], standardDeviation: [0.5, 0.25, 1]),
        classNames: ["cat", "\"dog\"\n", "grenouille 🐸"])

    private static let grey = ImageModelDescription(
        network: "", height: 28, width: 28, channels: 1, fitting: .crop(shorterSide: 28),
        normalization: .standardization(mean: [0.2], standardDeviation: [0.3]))

    @Test(arguments: [animals, grey, .torchvision("resnet50", resize: 232), .keras("keras-resnet50")])
    func comesBackFromMetadata(facts: ImageModelDescription) throws {
        let read = try #require(try ImageModelDescription(metadata: facts.metadata, file: "a.safetensors"))
        #expect(read == facts)
        let image = Image(
            pixels: (0..<60 * 50 * 3).map { UInt8($0 * 7 % 256) }, height: 60, width: 50, channels: 3)
        let input = facts.preprocessing(image)
        #expect(input.shape == [1] + facts.shape)
        #expect(read.preprocessing(image).elements == input.elements)
    }

    @Test func preprocessingIsThatOfTheTransforms() {
        let image = Image(
            pixels: (0..<60 * 50 * 3).map { UInt8($0 * 7 % 256) }, height: 60, width: 50, channels: 3)
        let expected = ImagePreprocessing(
            imageTransforms: [Resize(36, interpolation: .bicubic), CenterCrop(height: 32, width: 40)],
            transform: Standardization(mean: [0.1, 0.25, 0.3], standardDeviation: [0.5, 0.25, 1]))
        #expect(Self.animals.preprocessing(image).elements == expected(image).elements)
        let squeezed = ImagePreprocessing(
            imageTransforms: [Resize(height: 64, width: 64, interpolation: .nearest)], transform: CaffeNormalization())
        #expect(ImagePreprocessing.keras(size: 64)(image).elements == squeezed(image).elements)
    }

    @Test func noMetadataIsNoDescription() throws {
        #expect(try ImageModelDescription(metadata: ["format": "pt"], file: "a") == nil)
    }

    @Test(arguments: [
        ("", "the JSON"), ("[]", "the JSON"), ("{\"version\": 1}", "the JSON"),
        ("version=2", "version 1"), ("height=0", "a height and a width"), ("width=99999999999", "a height and a width"),
        ("height=-3", "a height and a width"), ("height=4097", "1 to 4096"), ("height=1e400", "the JSON"),
        ("channels=4", "1 or 3 channels"),
        ("shorterSide=0", "a shorter side"), ("mean=[1, 2]", "3 channels"), ("mean=null", "3 channels"),
        ("standardDeviation=[1, 0, 1]", "positive deviations"), ("interpolation=\"lanczos\"", "nearest"),
        ("classNames=[1, 2]", "the JSON"), ("network=3", "the JSON"),
    ])
    func hostileDescriptionsAreRefused(change: String, words: String) throws {
        var json = try #require(Self.animals.metadata[ImageModelDescription.metadataKey])
        if let equals = change.firstIndex(of: "=") {
            var object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
            let (key, value) = (String(change[..<equals]), String(change[change.index(after: equals)...]))
            object[key] = nil
            let rest = String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
            json = "{\"\(key)\": \(value), " + rest.dropFirst()
        } else {
            json = change
        }
        let error = #expect(throws: FileError.self) {
            try ImageModelDescription(metadata: [ImageModelDescription.metadataKey: json], file: "a.safetensors")
        }
        #expect(error?.expected.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.contains("a.safetensors is corrupt (metadata martinet.image_model)") == true)
    }

    @Test func theDescriptionIsThreeLinesForPeople() {
        #expect(
            Self.grey.description == """
                network: \("")
                images: shorter side to 28 (bilinear), the middle of 28x28 pixels in grey; mean [0.2], standard deviation [0.3]
                classes: no names
                """)
        #expect("\(ImageModelDescription.keras("keras-resnet50"))".contains("classes: 1000: tench, goldfish, "))
    }
}
