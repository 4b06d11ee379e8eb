import Foundation
import Martinet
import MartinetBase
import MartinetTestSupport
import Testing

@testable import MartinetVision

@Suite struct CIFARTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// CIFAR-10 with three images in each training file and two in the test file.
    private var small10: CIFARLayout {
        var layout = CIFAR10.layout
        (layout.trainingCount, layout.testCount) = (3, 2)
        return layout
    }

    private var small100: CIFARLayout {
        var layout = CIFAR100.layout
        (layout.trainingCount, layout.testCount) = (4, 2)
        return layout
    }

    /// Record `index`: element (row, column) of plane c is (index + row + 2 column + 50 c) modulo 256.
    private func record(_ index: Int, labels: [Int]) -> [UInt8] {
        let pixels = (0..<3072).map { place -> UInt8 in
            let (plane, row, column) = (place / 1024, place % 1024 / 32, place % 32)
            return UInt8((index + row + 2 * column + 50 * plane) % 256)
        }
        return labels.map { UInt8($0) } + pixels
    }

    /// The files of CIFAR-10; records are numbered through, and their labels are their numbers modulo 10.
    private func files10() -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for (file, name) in small10.trainingFiles.enumerated() {
            files[name] = (0..<3).flatMap { record(3 * file + $0, labels: [(3 * file + $0) % 10]) }
        }
        files["test_batch.bin"] = (0..<2).flatMap { record(15 + $0, labels: [(15 + $0) % 10]) }
        return files
    }

    private func write(_ files: [String: [UInt8]]) throws {
        for (name, bytes) in files { try folder.write(name, bytes) }
    }

    private func read10(validation: Double = 0) throws(FileError) -> CIFAR10 {
        try CIFAR10(files: CIFARFiles(layout: small10, folder: folder.path), validation: validation, seed: 2)
    }

    @Test func readsRecordsChannelsLast() throws {
        try write(files10())
        let data = try read10()
        #expect(data.train.count == 15 && data.test.count == 2 && data.validation.count == 0)
        #expect(data.train.labels == (0..<15).map { $0 % 10 } && data.test.labels == [5, 6])
        #expect(data.train.sampleShape == [32, 32, 3] && data.classNames == CIFAR10.classNames)
        let image = data.train.sample(4).input
        for (row, column, channel) in [(0, 0, 0), (3, 5, 1), (31, 31, 2), (31, 0, 0)] {
            let byte = (4 + row + 2 * column + 50 * channel) % 256
            #expect(image.elements[(row * 32 + column) * 3 + channel] == Float(byte) / 255)
            #expect(Array(data.train.bytes(4))[(row * 32 + column) * 3 + channel] == UInt8(byte))
        }
    }

    @Test func setsTheSameImagesAsideAsRandomSplit() throws {
        try write(files10())
        let data = try read10(validation: 0.4)
        let (train, validation) = try read10().train.randomSplit(validation: 0.4, seed: 2)
        #expect(data.train.count == 9 && data.validation.count == 6)
        #expect(data.train.labels == train.load().labels && data.validation.labels == validation.load().labels)
        #expect(data.train.load().images.elements == train.load().images.elements)
        #expect(data.validation.load().images.elements == validation.load().images.elements)
    }

    @Test func takesNamesFromTheFileIfThereIsOne() throws {
        try write(files10())
        let names = (0..<10).map { "class \($0)" }
        try folder.write("batches.meta.txt", Array((names.joined(separator: "\n") + "\n\n").utf8))
        #expect(try read10().classNames == names)
        let path = try folder.write("batches.meta.txt", Array("cat\ndog\n".utf8))
        let expected = FileError(
            .wrongShape, file: path, expected: "10 lines with a class's name each", found: "2")
        #expect(throws: expected) { try read10() }
        #expect(CIFAR100.classNames.count == 100 && CIFAR100.classNames == CIFAR100.classNames.sorted())
        #expect(CIFAR100.groupNames.count == 20 && Set(CIFAR100.groupNames).count == 20)
    }

    @Test func readsEitherLabelOfCIFAR100() throws {
        try folder.write("train.bin", (0..<4).flatMap { record($0, labels: [19 - $0, 90 + $0]) })
        try folder.write("test.bin", (0..<2).flatMap { record($0, labels: [$0, 99]) })
        let files = CIFARFiles(layout: small100, folder: folder.path)
        let fine = try CIFAR100(files: files, labels: .fine, validation: 0, seed: 0)
        #expect(fine.train.labels == [90, 91, 92, 93] && fine.test.labels == [99, 99])
        #expect(fine.classNames[91] == "trout")
        let coarse = try CIFAR100(files: files, labels: .coarse, validation: 0, seed: 0)
        #expect(coarse.train.labels == [19, 18, 17, 16] && coarse.classNames[1] == "fish")
        #expect(coarse.train.bytes(3) == fine.train.bytes(3))
        // Both labels are checked, whichever is wanted.
        try folder.write("test.bin", (0..<2).flatMap { record($0, labels: [$0, 100]) })
        #expect(throws: FileError.self) { try CIFAR100(files: files, labels: .coarse, validation: 0, seed: 0) }
    }

    @Test func namesWhatIsWrongWithAFile() throws {
        let name = "data_batch_3.bin"
        func error(_ change: (inout [UInt8]) -> Void) throws -> FileError? {
            var files = files10()
            change(&files[name]!)
            try write(files)
            let error = #expect(throws: FileError.self) { try read10() }
            #expect(error?.file == "\(folder.path)/\(name)")
            return error
        }
        let label = try error { $0[3073] = 10 }
        #expect(label?.kind == .labelOutOfRange && label?.place == "record 1, byte 3073")
        #expect(label?.expected == "0 to 9" && label?.found == "10")
        let short = try error { $0.removeLast() }
        #expect(short?.kind == .truncated && short?.expected == "9219 bytes, 3 records of 3073")
        #expect(short?.found == "9218")
        let empty = try error { $0 = [] }
        #expect(empty?.kind == .truncated && empty?.found == "0")
        let long = try error { $0.append(0) }
        #expect(long?.kind == .trailingData && long?.place == "at byte 9219")
    }

    @Test func looksInAGivenFolderAndBelowIt() throws {
        let inner = "\(folder.path)/cifar-10-batches-bin"
        #expect(throws: FileError.self) { try CIFAR10(directory: folder.path) }
        try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
        for (name, bytes) in files10() { try folder.write("cifar-10-batches-bin/\(name)", bytes) }
        func locate(_ environment: [String: String]) throws(FileError) -> String {
            try CIFARFiles.locate(
                small10, directory: environment.isEmpty ? folder.path : nil,
                folders: DatasetFolders(environment: environment, system: []), download: false,
                source: CIFAR10.source, progress: nil
            ).folder
        }
        #expect(try locate([:]) == inner)
        #expect(try locate(["MARTINET_DATA": folder.path]) == inner)
        #expect(try locate(["MARTINET_CACHE": folder.path]) == inner)
        try FileManager.default.removeItem(atPath: "\(inner)/data_batch_4.bin")
        let expected = FileError(
            .missing, file: "\(inner)/data_batch_4.bin", expected: "the 6 files of CIFAR-10's binary version",
            found: "not this one")
        #expect(throws: expected) { try locate([:]) }
        #expect(throws: FileError.self) { try locate(["MARTINET_DATA": folder.path]) }
        #expect(throws: FileError.self) { try locate(["HOME": folder.path]) }
    }

    /// The whole way of somebody who has nothing, against a server on this machine.
    @Test func downloadsAndUnpacks() throws {
        let entries = files10().map { TarEntry(name: "cifar-10-batches-bin/\($0.key)", contents: $0.value) }
        let names = TarEntry(
            name: "cifar-10-batches-bin/batches.meta.txt",
            contents: Array((CIFAR10.classNames.joined(separator: "\n") + "\n\n").utf8))
        let archive = gzip(tar(entries + [names]))
        let asked = Locked<[String]>([])
        let server = LoopbackServer { request in
            asked.withLock { $0.append(request.path) }
            return .response(status: 200, body: archive, length: archive.count)
        }
        func data(_ layout: CIFARLayout) throws(FileError) -> CIFAR10 {
            try CIFAR10(
                files: CIFARFiles.locate(
                    layout, directory: nil,
                    folders: DatasetFolders(environment: ["MARTINET_CACHE": folder.path], system: []), download: true,
                    source: server.address, progress: nil), validation: 0, seed: 0)
        }
        #expect(throws: FileError.self) { try data(small10) }
        #expect(folder.contents == ["cifar-10-batches-bin"])
        var layout = small10
        layout.archive = (layout.archive.name, archive.count, sha256(archive))
        #expect(try data(layout).train.count == 15)
        #expect(folder.contents == ["cifar-10-batches-bin"])
        #expect(try data(layout).test.labels == [5, 6])
        #expect(asked.withLock { $0 } == ["/cifar-10-binary.tar.gz", "/cifar-10-binary.tar.gz"])
    }

    /// What comes is the right file by its checksum, but does not hold what it should.
    @Test func anArchiveThatDoesNotFitLeavesNothing() throws {
        let archive = gzip(tar([TarEntry(name: "cifar-10-batches-bin/test_batch.bin", contents: [1, 2, 3])]))
        let server = LoopbackServer { _ in .response(status: 200, body: archive, length: archive.count) }
        var layout = small10
        layout.archive = (layout.archive.name, archive.count, sha256(archive))
        #expect(throws: FileError.self) {
            try CIFARFiles.fetch(layout, to: folder.path, source: server.address, progress: nil)
        }
        #expect(folder.contents == ["cifar-10-batches-bin"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/cifar-10-batches-bin").isEmpty)
    }

    /// Needs the real files in a folder that `CIFAR10()` looks in.
    @Test(
        .enabled(if: realFilesExist, "the files of CIFAR-10 are not here; set MARTINET_DATA to the folder above them"))
    func readsTheRealFiles() throws {
        let data = try CIFAR10(download: false, validation: 0.1, seed: 1)
        #expect(data.train.count == 45_000 && data.validation.count == 5_000 && data.test.count == 10_000)
        #expect(data.classNames == CIFAR10.classNames)
        let counts = (0..<10).map { label in data.test.labels.count { $0 == label } }
        #expect(counts == [Int](repeating: 1000, count: 10))
        let fitted = Standardization(fitting: data.test, per: .channel)
        // The test images' own mean and deviation.
        for (found, expected) in zip(fitted.mean.elements, [0.4942, 0.4851, 0.4504] as [Float]) {
            #expect(abs(found - expected) < 1e-4)
        }
        for (found, expected) in zip(fitted.standardDeviation.elements, [0.2467, 0.2429, 0.2616] as [Float]) {
            #expect(abs(found - expected) < 1e-4)
        }
    }

    private static var realFilesExist: Bool {
        (try? CIFARFiles.locate(
            CIFAR10.layout, directory: nil, folders: DatasetFolders(), download: false, source: CIFAR10.source,
            progress: nil)) != nil
    }
}
