import Martinet

/// Images of one size and a label each, as read from a pair of IDX files, before they are turned into floats.
struct LabelledImages {
    /// `[count, height, width]`, in bytes.
    let pixels: IDX
    let labels: [Int]

    /// - Parameters:
    ///   - count, height, width, classes: what the files must agree with; labels lie below `classes`.
    init(
        imageFile: String, labelFile: String, count: Int, height: Int, width: Int, classes: Int
    ) throws(FileError) {
        pixels = try Self.read(imageFile, shape: [count, height, width])
        let labels = try Self.read(labelFile, shape: [count])
        if let index = labels.bytes.firstIndex(where: { $0 >= classes }) {
            throw FileError(
                .labelOutOfRange, file: labelFile, place: "label \(index)", expected: "0 to \(classes - 1)",
                found: "\(labels.bytes[index])")
        }
        self.labels = labels.bytes.map(Int.init)
    }

    private static func read(_ file: String, shape: [Int]) throws(FileError) -> IDX {
        let size = shape.reduce(1, *)
        let array = try IDX(path: file, limit: max(size, IDX.defaultLimit))
        guard array.type == .uint8 else {
            throw FileError(
                .wrongMagic, file: file, place: "at byte 2", expected: "the element type 0x08",
                found: hexadecimal(array.type.rawValue))
        }
        guard array.shape == shape else {
            throw FileError(
                .wrongShape, file: file, place: "in the header", expected: "\(shape)", found: "\(array.shape)")
        }
        return array
    }

    /// The images at `indices` with values 0 ... 1, `[n, height, width, 1]`, and their labels.
    func dataset(_ indices: [Int]) -> ArrayDataset<Int> {
        let size = pixels.shape[1] * pixels.shape[2]
        let scaled = (0...255).map { Float($0) / 255 }
        let images = NDArray(shape: [indices.count, pixels.shape[1], pixels.shape[2], 1]) { out in
            parallelFill(out, count: indices.count, width: size, grain: 64) { part, rows in
                pixels.bytes.withUnsafeBufferPointer { bytes in
                    scaled.withUnsafeBufferPointer { scaled in
                        for row in rows {
                            let source = indices[row] * size
                            let target = part + (row - rows.lowerBound) * size
                            for pixel in 0..<size { target[pixel] = scaled[Int(bytes[source + pixel])] }
                        }
                    }
                }
            }
        }
        return ArrayDataset(images: Tensor(array: images), labels: indices.map { labels[$0] })
    }
}
