import Foundation

/// A tar archive (POSIX.1-1988 "ustar" and what GNU tar and pax add to it), gzipped or not, of which some files are wanted.
///
/// Nothing in the archive decides where anything is written: a wanted file is known by the last part of its name, and goes
/// into the folder that the caller names.
package struct TarArchive {
    /// A file that is wanted.
    package struct Member {
        package let name: String
        /// In bytes.
        package let size: ClosedRange<Int>

        package init(name: String, size: ClosedRange<Int>) {
            self.name = name
            self.size = size
        }
    }

    /// The headers, and the padding after a file's contents, come in blocks of this many bytes.
    private static let blockSize = 512

    package let path: String

    package init(path: String) { self.path = path }

    /// Unpacks the wanted files into `directory`, which must exist. They appear there together at the end, or not at all.
    package func unpack(_ members: [Member], into directory: String) throws(FileError) {
        let reader = try ByteReader(path: path)
        var unpacked: [String: NewFile] = [:]
        var position = 0
        while let header = try nextHeader(reader, &position) {
            let place = "at byte \(position) after decompression"
            let member = header.isFile ? members.first { $0.name == header.lastNamePart } : nil
            if let member {
                guard member.size.contains(header.size) else {
                    throw FileError(
                        .wrongShape, file: path, place: place,
                        expected: "\(member.name) to have \(Self.describe(member.size))", found: "\(header.size)")
                }
                guard unpacked[member.name] == nil else {
                    throw FileError(
                        .corrupt, file: path, place: place, expected: "\(member.name) once", found: "it twice")
                }
                let file = try NewFile(directory: directory, name: member.name)
                try copy(header.size, from: reader, to: file, &position)
                unpacked[member.name] = file
            } else {
                try copy(header.size, from: reader, to: nil, &position)
            }
            let padding = (Self.blockSize - header.size % Self.blockSize) % Self.blockSize
            try copy(padding, from: reader, to: nil, &position)
        }
        for member in members where unpacked[member.name] == nil {
            throw FileError(
                .corrupt, file: path, expected: "\(member.name) in the archive", found: "the archive without it")
        }
        for member in members { try unpacked[member.name]?.commit() }
    }

    /// The header of the next entry; nil at the end, which is a block of zeros or the end of the file.
    private func nextHeader(_ reader: ByteReader, _ position: inout Int) throws(FileError) -> Header? {
        let block = try reader.read(Self.blockSize)
        if block.isEmpty || block.allSatisfy({ $0 == 0 }) && block.count == Self.blockSize { return nil }
        guard block.count == Self.blockSize, let header = Header(block) else {
            throw FileError(
                block.count == Self.blockSize ? .corrupt : .truncated, file: path,
                place: "at byte \(position) after decompression", expected: "a tar header of \(Self.blockSize) bytes",
                found: block.count == Self.blockSize ? "bytes that are none" : "\(block.count) bytes")
        }
        position += block.count
        return header
    }

    /// Moves the next `count` bytes to `file`, or over them.
    private func copy(
        _ count: Int, from reader: ByteReader, to file: NewFile?, _ position: inout Int
    ) throws(FileError) {
        var rest = count
        while rest > 0 {
            let piece = try reader.read(min(rest, 1 << 20))
            guard !piece.isEmpty else {
                throw FileError(
                    .truncated, file: path, place: "at byte \(position) after decompression",
                    expected: "\(rest) more bytes", found: "the end of the file")
            }
            if let file { try file.write(piece) }
            rest -= piece.count
            position += piece.count
        }
    }

    private static func describe(_ size: ClosedRange<Int>) -> String {
        size.lowerBound == size.upperBound ? "\(size.lowerBound) bytes" : "at most \(size.upperBound) bytes"
    }
}

extension TarArchive {
    /// The fields of an entry's header that are read.
    private struct Header {
        let lastNamePart: String
        let size: Int
        let isFile: Bool

        /// nil if the block's checksum is wrong or its numbers are none.
        init?(_ block: [UInt8]) {
            guard let checksum = Self.octal(block[148..<156]), let size = Self.octal(block[124..<136]) else {
                return nil
            }
            // The checksum is that of the header with blanks in the checksum's place.
            let sum = block.enumerated().reduce(0) { $0 + Int((148..<156).contains($1.offset) ? 0x20 : $1.element) }
            guard sum == checksum else { return nil }
            let name = String(decoding: block[..<100].prefix { $0 != 0 }, as: UTF8.self)
            lastNamePart = name.split(separator: "/").last.map(String.init) ?? ""
            self.size = size
            isFile = block[156] == 0 || block[156] == UInt8(ascii: "0")
        }

        /// A number of octal digits, with blanks in front, and blanks or zeros behind.
        private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
            let text = field.drop { $0 == 0x20 }
            let digits = text.prefix { (0x30...0x37).contains($0) }
            guard !digits.isEmpty, text.dropFirst(digits.count).allSatisfy({ $0 == 0 || $0 == 0x20 }) else {
                return nil
            }
            // At most twelve digits of three bits.
            return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
        }
    }
}
