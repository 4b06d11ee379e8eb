import Foundation

@testable import MartinetTensorBoard

/// Reads a file of events back, checking its framing byte by byte.
func readEvents(_ path: String) throws -> [TensorBoardEvent] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    func number(_ at: Int, bytes: Int) -> UInt64 {
        data[at..<at + bytes].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    var events: [TensorBoardEvent] = []
    var position = 0
    while position < data.count {
        guard position + 12 <= data.count else { throw BrokenFile() }
        let length = Int(number(position, bytes: 8))
        let start = position + 12
        guard number(position + 8, bytes: 4) == RecordFraming.maskedChecksum(of: data[position..<position + 8]),
            start + length + 4 <= data.count,
            number(start + length, bytes: 4) == RecordFraming.maskedChecksum(of: data[start..<start + length])
        else { throw BrokenFile() }
        events.append(try TensorBoardEvent(serializedBytes: data[start..<start + length]))
        position = start + length + 4
    }
    return events
}

struct BrokenFile: Error {}

/// The one file in a folder, and the folder's removal.
func withLogDirectory<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "martinet-tensorboard-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

func eventFiles(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains("tfevents") }
        .map { folder.appending(path: $0).path }
}
