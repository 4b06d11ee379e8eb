/// The parts of a PNG file (ISO/IEC 15948) that say what its pixels are.
///
/// The others, which say how they should be displayed or hold text, are left out: nobody wants a network's input to depend
/// on them, and a decoder that does not see them cannot stumble over them.
struct PNGChunks {
    static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    private static let needed: Set = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]

    /// The file, with what is needed of it only.
    private(set) var file = PNGChunks.signature

    let height, width: Int

    /// The bits of a pixel.
    let depth: Int

    /// The bytes of compressed pixels.
    private(set) var compressedSize = 0

    /// The EXIF data, if there are any.
    private(set) var exif: ArraySlice<UInt8>?

    init(_ bytes: [UInt8], name: String) throws(FileError) {
        func number(at place: Int) -> Int { bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
        guard bytes.count >= 33, bytes[12..<16].elementsEqual("IHDR".utf8), number(at: 8) == 13 else {
            throw FileError(
                bytes.count < 33 ? .truncated : .corrupt, file: name, place: "at byte 8", expected: "PNG's header",
                found: bytes.count < 33 ? "\(bytes.count) bytes" : "something else")
        }
        width = number(at: 16)
        height = number(at: 20)
        // Grey, RGB, palette, grey and alpha, RGB and alpha, by the colour type.
        let channels = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][bytes[25]]
        guard let channels else {
            throw FileError(
                .corrupt, file: name, place: "at byte 25", expected: "a colour type of 0, 2, 3, 4 or 6",
                found: "\(bytes[25])")
        }
        depth = Int(bytes[24]) * channels
        var place = 8
        var type = ""
        repeat {
            guard place + 12 <= bytes.count, number(at: place) <= bytes.count - place - 12 else {
                throw FileError(
                    .truncated, file: name, place: "at byte \(place)", expected: "another chunk, and IEND at the end",
                    found: "\(bytes.count - place) bytes")
            }
            let end = place + 12 + number(at: place)
            type = String(decoding: bytes[place + 4..<place + 8], as: UTF8.self)
            if Self.needed.contains(type) { file += bytes[place..<end] }
            if type == "IDAT" { compressedSize += number(at: place) }
            if type == "eXIf" { exif = bytes[place + 8..<end - 4] }
            place = end
        } while type != "IEND"
    }
}
