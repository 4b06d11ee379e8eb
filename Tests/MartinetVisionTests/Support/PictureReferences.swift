import Foundation

@testable import MartinetVision

/// What PIL, torchvision and Keras make of small pictures; Tests/References/pictures.py records it.
struct PictureReferences: Decodable {
    struct Decoding: Decodable {
        let name: String
        let file: Data
        let height, width, tolerance: Int
        let pixels: Data
    }

    struct Source: Decodable {
        let height, width: Int
        let pixels: Data

        var image: Image { Image(pixels: Array(pixels), height: height, width: width, channels: 3) }
    }

    struct Resizing: Decodable {
        let interpolation: String
        let height, width: Int
        let pixels: Data
    }

    struct Preprocessing: Decodable {
        let kind: String
        let resize, crop: Int
        let interpolation: String
        let values: Data
    }

    struct ResizedTensor: Decodable {
        let interpolation: String
        let height, width: Int
        let values: Data
    }

    struct Photograph: Decodable {
        let name: String
        let height, width: Int
        /// Each fourteenth pixel of the preprocessed picture in each direction, from the seventh.
        let torchvision, keras: Data
        /// Of each channel of torchvision's picture.
        let mean: [Double]
    }

    let decoding: [Decoding]
    let source: Source
    let resizing: [Resizing]
    let preprocessing: [Preprocessing]
    let resizedTensors: [ResizedTensor]
    let photographs: [Photograph]

    static let recorded: PictureReferences = {
        let url = Bundle.module.url(forResource: "References/pictures", withExtension: "json")!
        return try! JSONDecoder().decode(PictureReferences.self, from: Data(contentsOf: url))
    }()
}

/// Little-endian floats.
func floats(_ data: Data) -> [Float] {
    stride(from: 0, to: data.count, by: 4).map { place in
        Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(data[place + $1]) << (8 * UInt32($1)) })
    }
}

/// The largest distance between two lists, which must be equally long.
func largestDistance(_ a: [UInt8], _ b: some Collection<UInt8>) -> Int? {
    a.count == b.count ? zip(a, b).map { abs(Int($0) - Int($1)) }.max() : nil
}
