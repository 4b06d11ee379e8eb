import Foundation

@testable import MartinetVision

/// What PIL, torchvision and Keras make of small images; Tests/References/images.py records it.
struct ImageReferences: Decodable {
    struct Decoding: Decodable {
        let name: String
        let file: Base64
        let height, width, tolerance: Int
        let pixels: Base64
    }

    struct Source: Decodable {
        let height, width: Int
        let pixels: Base64

        var image: Image { Image(pixels: pixels.bytes, height: height, width: width, channels: 3) }
    }

    struct Resizing: Decodable {
        let interpolation: String
        let height, width: Int
        let pixels: Base64
    }

    struct Preprocessing: Decodable {
        let kind: String
        let resize, crop: Int
        let interpolation: String
        let values: Base64
    }

    struct ResizedTensor: Decodable {
        let interpolation: String
        let height, width: Int
        let values: Base64
    }

    struct Photograph: Decodable {
        let name: String
        let height, width: Int
        /// Each fourteenth pixel of the preprocessed image in each direction, from the seventh.
        let torchvision, keras: Base64
        /// Of each channel of torchvision's image.
        let mean: [Double]
    }

    let decoding: [Decoding]
    let source: Source
    let resizing: [Resizing]
    let preprocessing: [Preprocessing]
    let resizedTensors: [ResizedTensor]
    let photographs: [Photograph]

    static let recorded: ImageReferences = {
        let url = Bundle.module.url(forResource: "References/images", withExtension: "json")!
        return try! JSONDecoder().decode(ImageReferences.self, from: Data(contentsOf: url))
    }()
}

/// Bytes that stand in JSON as text.
struct Base64: Decodable {
    // Not `Data`, whose address of its bytes holds flags: a leak sanitizer would not find what a constant holds.
    let bytes: [UInt8]

    init(from decoder: any Decoder) throws {
        bytes = Array(try decoder.singleValueContainer().decode(Data.self))
    }

    /// The bytes as little-endian floats.
    var floats: [Float] {
        stride(from: 0, to: bytes.count, by: 4).map { place in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) })
        }
    }
}

/// The largest distance between two lists, which must be equally long.
func largestDistance(_ a: [UInt8], _ b: some Collection<UInt8>) -> Int? {
    a.count == b.count ? zip(a, b).map { abs(Int($0) - Int($1)) }.max() : nil
}
