#if HDF5
import CHDF5Reader
import Foundation
import Martinet
import MartinetFiles

/// A file of HDF5, read only: its datasets of numbers, whatever group they are in.
///
/// The library that knows the format runs in a process of its own, so that a file that lies can do no harm here. It says where
/// the elements are; those that lie in the file as they are, are taken from there, and it is asked for the others alone.
final class HDF5File: Sendable {
    /// A dataset's place and what it says of itself.
    struct Dataset: Sendable {
        /// The names of its groups and its own.
        let path: [String]
        let shape: [Int]
        let type: ElementType
        /// The attribute "name" of its group, in which Keras keeps a layer's name.
        let groupName: String?
        /// Where in the file the elements are, if they lie there one after the other, as they are.
        let byteRange: Range<Int>?

        var byteCount: Int { shape.reduce(type.size, *) }
    }

    /// All datasets of numbers, in the order of their names.
    let datasets: [Dataset]

    let file: MappedFile
    /// Where in `file` this one is, which may be an archive.
    private let range: Range<Int>

    /// The whole of `file`, or what is in `range` of it.
    init(_ file: MappedFile, range: Range<Int>? = nil) throws(FileError) {
        self.file = file
        self.range = range ?? 0..<file.count
        datasets = try Self.datasets(of: file, self.range)
    }

    private static func datasets(of file: MappedFile, _ range: Range<Int>) throws(FileError) -> [Dataset] {
        var datasets: [Dataset] = []
        try ask(file, range, dataset: nil) { (answer) throws(FileError) in
            while try answer.nextIsDataset() {
                datasets.append(try dataset(&answer, file, range))
            }
        }
        return datasets
    }

    /// The next dataset; what the other process says of it is not trusted.
    private static func dataset(
        _ answer: inout HDF5Answer, _ file: MappedFile, _ range: Range<Int>
    ) throws(FileError) -> Dataset {
        let (path, groupName, typeName) = (try answer.text(), try answer.text(), try answer.text())
        let rank = try answer.number(upTo: 16)
        var shape: [Int] = []
        for _ in 0..<rank { shape.append(try answer.number(upTo: .max)) }
        let place = try answer.place()
        guard let type = ElementType(rawValue: typeName), let bytes = byteCount(shape, type) else {
            throw answer.failure(path, "a shape and a type that can be")
        }
        var byteRange: Range<Int>?
        if let place, bytes > 0 {
            guard place <= range.count, bytes <= range.count - place else {
                throw answer.failure(path, "\(bytes) bytes of elements within the file")
            }
            byteRange = range.lowerBound + place..<range.lowerBound + place + bytes
        }
        return Dataset(
            path: path.split(separator: "/").map(String.init), shape: shape, type: type,
            groupName: groupName.isEmpty ? nil : groupName, byteRange: byteRange)
    }

    /// The elements of one of `datasets`, little-endian.
    func read(_ dataset: Dataset) throws(FileError) -> [UInt8] {
        if let range = dataset.byteRange { return file.bytes(range) }
        let path = dataset.path.joined(separator: "/")
        var elements: [UInt8] = []
        try Self.ask(file, range, dataset: path) { (answer) throws(FileError) in
            elements = try answer.elements(count: dataset.byteCount, path)
        }
        return elements
    }

    /// Has the other process read the file, and hands its answer to `body`.
    private static func ask(
        _ file: MappedFile, _ range: Range<Int>, dataset: String?,
        _ body: (inout HDF5Answer) throws(FileError) -> Void
    ) throws(FileError) {
        var pipe: Int32 = -1
        let child = file.withBytes { bytes in
            let part = bytes[range]
            return martinet_hdf5_start(
                range.count == file.count && !file.isCopy ? file.path : nil,
                part.base.baseAddress.map { $0 + range.lowerBound },
                range.count, dataset, &pipe)
        }
        guard child >= 0 else {
            throw FileError(
                .unreadable, file: file.path, expected: "another process to read it with", found: systemMessage(errno))
        }
        var answer = HDF5Answer(file: file.path, pipe: pipe)
        var failure: FileError?
        do throws(FileError) { try body(&answer) } catch { failure = error }
        close(pipe)
        let hasEnded = martinet_hdf5_finish(child) == 1
        if let failure {
            throw hasEnded
                ? failure
                : FileError(
                    .corrupt, file: file.path, expected: "a whole HDF5 file", found: "one at which the library fails")
        }
    }
}

/// The other process's answer; see `CHDF5Reader.h`.
private struct HDF5Answer {
    let file: String
    let pipe: Int32

    /// Whether a dataset follows, and not the end.
    mutating func nextIsDataset() throws(FileError) -> Bool { try kind() == 1 }

    /// The elements that were asked for.
    mutating func elements(count: Int, _ path: String) throws(FileError) -> [UInt8] {
        guard try kind() == 2, try number(upTo: .max) == count else {
            throw failure(path, "\(count) bytes of elements")
        }
        let elements = try bytes(count)
        guard try kind() == 0 else { throw failure(path, "the end of the elements") }
        return elements
    }

    /// The next item. Throws the error that the other process reports.
    private mutating func kind() throws(FileError) -> Int {
        let kind = try number(upTo: 3)
        if kind == 3 {
            let (place, expected) = (try text(), try text())
            throw failure(place, expected)
        }
        return kind
    }

    mutating func number(upTo limit: Int) throws(FileError) -> Int {
        let number = try unsigned()
        guard number <= UInt64(limit) else { throw failure("", "a number up to \(limit)") }
        return Int(number)
    }

    /// nil for the largest number, which says that there is none.
    mutating func place() throws(FileError) -> Int? {
        let number = try unsigned()
        return number == .max ? nil : Int(clamping: number)
    }

    mutating func text() throws(FileError) -> String {
        String(decoding: try bytes(try number(upTo: 1 << 20)), as: UTF8.self)
    }

    private mutating func unsigned() throws(FileError) -> UInt64 {
        try bytes(8).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    }

    private mutating func bytes(_ count: Int) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: min(count, 1 << 20))
        while bytes.count < count {
            let got = Foundation.read(pipe, &piece, min(piece.count, count - bytes.count))
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { throw failure("", "an answer of the process that reads it") }
            bytes += piece[..<got]
        }
        return bytes
    }

    func failure(_ place: String, _ expected: String) -> FileError {
        FileError(
            .corrupt, file: file, place: place.isEmpty ? nil : place, expected: expected,
            found: "what the library cannot read")
    }
}
#endif
