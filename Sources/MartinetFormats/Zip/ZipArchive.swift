import Foundation
import Martinet
import MartinetBase
import MartinetFiles

/// A zip archive (PKWARE's APPNOTE, with its 64-bit extension) that is mapped into memory, of which stored and deflated members
/// can be read.
///
/// The central directory is believed only as far as the file bears it out: members lie within the file, do not overlap, have
/// their names in front of them, and the right checksum when they are read, unless the archive has none.
final class ZipArchive: Sendable {
    struct Member: Sendable {
        let name: String
        /// Where its data is in the file, as stored.
        let range: Range<Int>
        /// In bytes, uncompressed.
        let size: Int
        let isDeflated: Bool
        fileprivate let checksum: UInt32
        fileprivate let headerOffset: Int
    }

    /// Members that decompress to more bytes than this are refused: 2 GiB.
    static let decompressionLimit = 1 << 31

    let file: MappedFile
    let members: [Member]
    let comment: String

    /// Whether members have checksums: writers that are told not to compute them leave them all 0.
    private let hasChecksums: Bool

    /// Members that have been checked or decompressed; the latter for the last member only.
    private let state = Locked((verified: Set<Int>(), inflated: (start: Int, bytes: [UInt8])?.none))

    static func recognises(_ file: MappedFile) -> Bool {
        [[0x50, 0x4b, 3, 4], [0x50, 0x4b, 5, 6]].contains(file.bytes(0..<4))
    }

    init(_ file: MappedFile) throws(FileError) {
        self.file = file
        let reader = ZipDirectoryReader(file: file)
        let end = try reader.findEnd()
        comment = end.comment
        var members: [Member] = []
        var names: Set<String> = []
        var position = end.directory.lowerBound
        for _ in 0..<end.count {
            let entry = try reader.entry(at: &position, before: end.directory.upperBound)
            let member = try reader.locate(entry, before: end.directory.lowerBound)
            guard names.insert(member.name).inserted else {
                throw reader.error(position, expected: "\(member.name) once", found: "it twice")
            }
            members.append(member)
        }
        self.members = members
        hasChecksums = members.contains { $0.checksum != 0 }
        var reached = 0
        for member in members.sorted(by: { $0.headerOffset < $1.headerOffset }) {
            guard member.headerOffset >= reached else {
                throw reader.error(
                    member.headerOffset, expected: "\(member.name) behind byte \(reached)",
                    found: "members that overlap")
            }
            reached = member.range.upperBound
        }
    }

    subscript(name: String) -> Member? { members.first { $0.name == name } }

    /// Hands a member's data, decompressed and checked, to `body`, which must not keep the pointer.
    func withBytes(of member: Member, _ body: (UnsafeRawBufferPointer) -> Void) throws(FileError) {
        guard member.isDeflated else {
            if !state.withLock({ $0.verified.contains(member.headerOffset) }) {
                let checksum = file.withBytes { zipChecksum(UnsafeRawBufferPointer(rebasing: $0[member.range])) }
                try check(checksum, of: member)
                state.withLock { _ = $0.verified.insert(member.headerOffset) }
            }
            return file.withBytes { body(UnsafeRawBufferPointer(rebasing: $0[member.range])) }
        }
        var bytes = state.withLock { $0.inflated.flatMap { $0.start == member.headerOffset ? $0.bytes : nil } }
        if bytes == nil {
            let inflated = try file.withBytes { bytes in
                Result { () throws(FileError) in
                    try inflateRaw(
                        UnsafeRawBufferPointer(rebasing: bytes[member.range]), size: member.size, path: file.path,
                        name: member.name)
                }
            }.get()
            try check(inflated.withUnsafeBytes { zipChecksum($0) }, of: member)
            state.withLock { $0.inflated = (member.headerOffset, inflated) }
            bytes = inflated
        }
        bytes?.withUnsafeBytes(body)
    }

    /// A copy of a member's data, which may have at most `limit` bytes.
    func bytes(of member: Member, limit: Int) throws(FileError) -> [UInt8] {
        guard member.size <= limit else {
            throw FileError(
                .tooLarge, file: file.path, place: member.name, expected: "at most \(limit) bytes",
                found: "\(member.size)")
        }
        var result: [UInt8] = []
        try withBytes(of: member) { result = Array($0) }
        return result
    }

    /// The first bytes of a member, at most `count` and unchecked.
    func prefix(of member: Member, _ count: Int) throws(FileError) -> [UInt8] {
        let wanted = min(count, member.size)
        guard member.isDeflated else {
            return file.bytes(member.range.lowerBound..<member.range.lowerBound + wanted)
        }
        return try file.withBytes { bytes in
            Result { () throws(FileError) in
                try inflateRaw(
                    UnsafeRawBufferPointer(rebasing: bytes[member.range]), size: member.size, atMost: wanted,
                    path: file.path, name: member.name)
            }
        }.get()
    }

    private func check(_ checksum: UInt32, of member: Member) throws(FileError) {
        guard hasChecksums else { return }
        guard checksum == member.checksum else {
            throw FileError(
                .wrongChecksum, file: file.path, place: member.name, expected: "CRC-32 \(hexadecimal(member.checksum))",
                found: hexadecimal(checksum))
        }
    }
}

/// A member's data as the elements of arrays.
struct ZipElements: ElementSource {
    let archive: ZipArchive
    let member: ZipArchive.Member

    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) throws(FileError) {
        try archive.withBytes(of: member, body)
    }
}

/// Understands the structures that describe an archive.
private struct ZipDirectoryReader {
    let file: MappedFile

    struct End {
        let directory: Range<Int>
        let count: Int
        let comment: String
    }

    struct Entry {
        let name: [UInt8]
        let isDeflated: Bool
        let checksum: UInt32
        let compressedSize, size, headerOffset: Int
    }

    func error(
        _ position: Int, _ kind: FileError.Kind = .corrupt, expected: String, found: String
    ) -> FileError {
        FileError(kind, file: file.path, place: "at byte \(position)", expected: expected, found: found)
    }

    /// A little-endian number; 0 where the file ends before, which no caller lets happen.
    private func number<Number: FixedWidthInteger & UnsignedInteger>(_ position: Int, _ type: Number.Type) -> Number {
        file.bytes(position..<position + MemoryLayout<Number>.size).reversed().reduce(0) { $0 << 8 | Number($1) }
    }

    /// Finds the record that ends an archive, of 22 bytes and a comment of up to 65,535.
    func findEnd() throws(FileError) -> End {
        let tailStart = max(0, file.count - 22 - 65_535)
        let tail = file.bytes(tailStart..<file.count)
        guard
            let start = stride(from: tail.count - 22, through: 0, by: -1).first(where: {
                tail[$0] == 0x50 && Self.isEnd(tail[$0...])
            })
        else {
            throw FileError(
                .truncated, file: file.path, place: "at byte \(file.count)", expected: "the end of a zip archive",
                found: "something else")
        }
        let position = tailStart + start
        let comment = String(decoding: tail[(start + 22)...], as: UTF8.self)
        let disks = (number(position + 4, UInt16.self), number(position + 6, UInt16.self))
        guard (disks.0 == 0 || disks.0 == 0xffff) && (disks.1 == 0 || disks.1 == 0xffff) else {
            throw error(position, .unsupported, expected: "an archive in one part", found: "parts \(disks)")
        }
        var count = UInt64(number(position + 10, UInt16.self))
        var size = UInt64(number(position + 12, UInt32.self))
        var offset = UInt64(number(position + 16, UInt32.self))
        var limit = position
        if position >= 20, number(position - 20, UInt32.self) == 0x0706_4b50 {
            let record = number(position - 12, UInt64.self)
            guard record <= UInt64(position - 20), position - 20 - Int(record) >= 56,
                number(Int(record), UInt32.self) == 0x0606_4b50
            else {
                throw error(position - 20, expected: "where the 64-bit end record is", found: "byte \(record)")
            }
            limit = Int(record)
            count = number(limit + 32, UInt64.self)
            size = number(limit + 40, UInt64.self)
            offset = number(limit + 48, UInt64.self)
        }
        let (end, overflow) = offset.addingReportingOverflow(size)
        guard !overflow, end <= UInt64(limit), count <= size / 46 else {
            throw error(
                position, expected: "a directory of members before byte \(limit)",
                found: "\(count) members in \(size) bytes at byte \(offset)")
        }
        return End(directory: Int(offset)..<Int(end), count: Int(count), comment: comment)
    }

    /// Whether these are an end record and its comment, and nothing else.
    private static func isEnd(_ tail: ArraySlice<UInt8>) -> Bool {
        guard tail.starts(with: [0x50, 0x4b, 5, 6]) else { return false }
        let start = tail.startIndex
        let commentLength = Int(tail[start + 20]) | Int(tail[start + 21]) << 8
        return tail.count == 22 + commentLength
    }

    /// The directory's entry at `position`, which moves on to the next.
    func entry(at position: inout Int, before end: Int) throws(FileError) -> Entry {
        let start = position
        guard start + 46 <= end, number(start, UInt32.self) == 0x0201_4b50 else {
            throw error(start, expected: "an entry of the archive's directory", found: "something else")
        }
        let flags = number(start + 8, UInt16.self)
        let method = number(start + 10, UInt16.self)
        let lengths = (0..<3).map { Int(number(start + 28 + 2 * $0, UInt16.self)) }
        let fieldsStart = start + 46 + lengths[0]
        position = fieldsStart + lengths[1] + lengths[2]
        guard position <= end else {
            throw error(start, expected: "an entry that ends before byte \(end)", found: "one that ends at \(position)")
        }
        let name = file.bytes(start + 46..<fieldsStart)
        guard flags & 1 == 0, method == 0 || method == 8 else {
            throw error(
                start, .unsupported, expected: "a member that is stored or deflated",
                found: flags & 1 == 1 ? "an encrypted one" : "method \(method)")
        }
        // Where one of these has all bits set, the 64-bit extension has the number, in this order.
        var numbers = [24, 20, 42].map { UInt64(number(start + $0, UInt32.self)) }
        var field = fieldsStart
        while numbers.contains(0xffff_ffff), field + 4 <= fieldsStart + lengths[1] {
            let size = Int(number(field + 2, UInt16.self))
            let fieldEnd = field + 4 + size
            guard fieldEnd <= fieldsStart + lengths[1] else { break }
            if number(field, UInt16.self) == 1 {
                var place = field + 4
                for index in numbers.indices where numbers[index] == 0xffff_ffff && place + 8 <= fieldEnd {
                    numbers[index] = number(place, UInt64.self)
                    place += 8
                }
                break
            }
            field = fieldEnd
        }
        guard numbers.allSatisfy({ $0 <= UInt64(Int.max) }) else {
            throw error(start, expected: "sizes that a file can have", found: "\(numbers)")
        }
        return Entry(
            name: name, isDeflated: method == 8, checksum: number(start + 16, UInt32.self),
            compressedSize: Int(numbers[1]), size: Int(numbers[0]), headerOffset: Int(numbers[2]))
    }

    /// Finds a member's data, which must lie before byte `limit`.
    func locate(_ entry: Entry, before limit: Int) throws(FileError) -> ZipArchive.Member {
        let start = entry.headerOffset
        guard limit >= 30, start <= limit - 30, number(start, UInt32.self) == 0x0403_4b50 else {
            throw error(start, expected: "a member's header", found: "something else")
        }
        let nameEnd = start + 30 + Int(number(start + 26, UInt16.self))
        let dataStart = nameEnd + Int(number(start + 28, UInt16.self))
        guard dataStart <= limit, entry.compressedSize <= limit - dataStart else {
            throw error(
                start, .truncated, expected: "\(entry.compressedSize) bytes of a member before byte \(limit)",
                found: "\(max(0, limit - dataStart))")
        }
        guard file.bytes(start + 30..<nameEnd) == entry.name else {
            throw error(start, expected: "the name in the archive's directory", found: "another one")
        }
        let name = String(decoding: entry.name, as: UTF8.self)
        if entry.isDeflated {
            // A match of 258 bytes takes 2 bits at best, so no more than 1032 bytes come from one.
            guard entry.size <= ZipArchive.decompressionLimit, entry.size / 1032 <= entry.compressedSize else {
                throw error(
                    start, .tooLarge,
                    expected: "\(name) to have at most \(ZipArchive.decompressionLimit) bytes and 1032 for each of "
                        + "its \(entry.compressedSize) compressed ones", found: "\(entry.size)")
            }
        } else {
            guard entry.size == entry.compressedSize else {
                throw error(
                    start, expected: "a stored member of \(entry.compressedSize) bytes", found: "\(entry.size) bytes")
            }
        }
        return ZipArchive.Member(
            name: name, range: dataStart..<dataStart + entry.compressedSize, size: entry.size,
            isDeflated: entry.isDeflated, checksum: entry.checksum, headerOffset: start)
    }
}
