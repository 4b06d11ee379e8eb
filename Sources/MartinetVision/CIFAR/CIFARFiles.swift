import Foundation
import Martinet

/// The differences between the CIFAR data sets: names, sizes, and where the archives come from.
struct CIFARLayout: Sendable {
    /// The name in messages.
    let title: String

    /// The folder in the archive, which is also looked for on this machine.
    let folder: String

    let trainingFiles: [String]
    let testFile: String

    /// The images in each training file, and in the test file.
    var trainingCount: Int
    var testCount: Int

    /// The number of classes of each of a record's labels, which come first, a byte each.
    let classCounts: [Int]

    /// The files with the classes' names, for each label.
    let nameFiles: [String]

    /// The compressed archive as its authors publish it; SHA-256.
    var archive: (name: String, size: Int, checksum: String)

    var files: [String] { trainingFiles + [testFile] }

    var recordSize: Int { classCounts.count + CIFARFiles.imageSize }

    func count(of file: String) -> Int { file == testFile ? testCount : trainingCount }
}

/// The files of a CIFAR data set in their binary version, wherever they are.
struct CIFARFiles {
    static let side = 32
    static let imageSize = side * side * 3

    /// Names of classes are short; a file with them that is larger than this is none.
    private static let nameFileLimit = 1 << 16

    let layout: CIFARLayout
    let folder: String

    static func locate(
        _ layout: CIFARLayout, directory: String?, folders: DatasetFolders, download: Bool, source: URL,
        progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(FileError) -> CIFARFiles {
        // Whoever unpacks the archive into a folder has the files one level below it.
        let candidates = directory.map { [$0, "\($0)/\(layout.folder)"] } ?? folders.candidates(for: layout.folder)
        if let folder = candidates.first(where: { missing(layout, in: $0).isEmpty }) {
            return CIFARFiles(layout: layout, folder: folder)
        }
        if let directory {
            let folder = candidates.last { FileManager.default.fileExists(atPath: $0) } ?? directory
            throw FileError(
                .missing, file: "\(folder)/\(missing(layout, in: folder)[0])",
                expected: "the \(layout.files.count) files of \(layout.title)'s binary version", found: "not this one")
        }
        guard download, let cache = folders.cache else {
            throw FileError(
                .missing, file: layout.title, expected: "its \(layout.files.count) files in one of \(candidates)",
                found: download ? "them nowhere, and no folder to download to" : "them nowhere")
        }
        try fetch(layout, to: cache, source: source, progress: progress)
        return CIFARFiles(layout: layout, folder: "\(cache)/\(layout.folder)")
    }

    /// Downloads the archive to `cache`, unless it is there, and unpacks it; afterwards only its contents are there.
    static func fetch(
        _ layout: CIFARLayout, to cache: String, source: URL, progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(FileError) {
        let folder = "\(cache)/\(layout.folder)"
        try DatasetFolders.make(folder)
        let archive = "\(cache)/\(layout.archive.name)"
        if !FileManager.default.fileExists(atPath: archive) {
            try Download(
                address: source.appendingPathComponent(layout.archive.name), name: layout.archive.name,
                size: layout.archive.size, checksum: .sha256(layout.archive.checksum)
            ).fetch(to: cache, progress: progress)
        }
        // One that cannot be unpacked is of no use to the next attempt.
        defer { try? FileManager.default.removeItem(atPath: archive) }
        let members = layout.files.map { name in
            let size = layout.count(of: name) * layout.recordSize
            return TarArchive.Member(name: name, size: size...size)
        }
        let names = layout.nameFiles.map { TarArchive.Member(name: $0, size: 0...nameFileLimit) }
        try TarArchive(path: archive).unpack(members + names, into: folder)
    }

    private static func missing(_ layout: CIFARLayout, in folder: String) -> [String] {
        layout.files.filter { !FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
    }

    /// The images of some files, with label number `label` of each.
    func read(_ files: [String], label: Int) throws(FileError) -> ImageDataset {
        var pixels = [UInt8](repeating: 0, count: files.reduce(0) { $0 + layout.count(of: $1) } * Self.imageSize)
        var labels: [Int] = []
        var start = 0
        for file in files {
            let records = try read(file)
            for record in 0..<layout.count(of: file) {
                labels.append(try self.label(label, ofRecord: record, in: records, file: file))
            }
            Self.interleave(records, labelSize: layout.classCounts.count, into: &pixels, from: start)
            start += layout.count(of: file) * Self.imageSize
        }
        return ImageDataset(pixels: pixels, height: Self.side, width: Self.side, channels: 3, labels: labels)
    }

    /// The records of a file, which must be just as many as there should be.
    private func read(_ file: String) throws(FileError) -> [UInt8] {
        let reader = try ByteReader(path: "\(folder)/\(file)")
        let size = layout.count(of: file) * layout.recordSize
        let bytes = try reader.read(size)
        guard bytes.count == size else {
            throw FileError(
                .truncated, file: reader.path,
                expected: "\(size) bytes, \(layout.count(of: file)) records of \(layout.recordSize)",
                found: "\(bytes.count)")
        }
        try reader.expectEnd()
        return bytes
    }

    /// Label number `label` of a record; all its labels are checked.
    private func label(
        _ label: Int, ofRecord record: Int, in records: [UInt8], file: String
    ) throws(FileError) -> Int {
        for (place, count) in layout.classCounts.enumerated() {
            let found = records[record * layout.recordSize + place]
            guard found < count else {
                throw FileError(
                    .labelOutOfRange, file: "\(folder)/\(file)",
                    place: "record \(record), byte \(record * layout.recordSize + place)",
                    expected: "0 to \(count - 1)", found: "\(found)")
            }
        }
        return Int(records[record * layout.recordSize + label])
    }

    /// Writes the records' images, which are stored as a red, a green and a blue plane, with the channels together.
    private static func interleave(
        _ records: [UInt8], labelSize: Int, into pixels: inout [UInt8], from start: Int
    ) {
        let planeSize = side * side
        let recordSize = labelSize + imageSize
        records.withUnsafeBufferPointer { records in
            pixels.withUnsafeMutableBufferPointer { pixels in
                for record in 0..<records.count / recordSize {
                    let planes = records.baseAddress! + record * recordSize + labelSize
                    let image = pixels.baseAddress! + start + record * imageSize
                    for pixel in 0..<planeSize {
                        image[3 * pixel] = planes[pixel]
                        image[3 * pixel + 1] = planes[planeSize + pixel]
                        image[3 * pixel + 2] = planes[2 * planeSize + pixel]
                    }
                }
            }
        }
    }

    /// The names of the classes of label number `label`: those in the file, `standard` if there is no such file.
    func classNames(label: Int, standard: [String]) throws(FileError) -> [String] {
        let path = "\(folder)/\(layout.nameFiles[label])"
        guard FileManager.default.fileExists(atPath: path) else { return standard }
        let reader = try ByteReader(path: path)
        let text = String(decoding: try reader.read(Self.nameFileLimit), as: UTF8.self)
        try reader.expectEnd()
        let names = text.split(whereSeparator: \.isNewline).map {
            $0.trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty }
        guard names.count == standard.count else {
            throw FileError(
                .wrongShape, file: path, expected: "\(standard.count) lines with a class's name each",
                found: "\(names.count)")
        }
        return names
    }
}
