import Foundation
import Martinet
import MartinetBase
import MartinetTestSupport
import MartinetZoo
import Testing

@testable import MartinetFormats

@Suite struct PretrainedWeightsTests {
    private let cache: TemporaryFolder
    private let weights = PretrainedWeights("densenet121")!

    init() throws { cache = try TemporaryFolder() }

    @Test func everyAddressNamesItsChecksum() throws {
        for weights in PretrainedWeights.all {
            #expect(NamedModel(weights.model) != nil)
            #expect(PretrainedWeights(weights.model, version: weights.version)?.address == weights.address)
            #expect(weights.address.scheme == "https")
            guard weights.publisher == .torchvision else { continue }
            #expect(weights.fileName.range(of: "^[a-z0-9_]+-[0-9a-f]{8}\\.pth$", options: .regularExpression) != nil)
            #expect(weights.fileName.hasPrefix(weights.model + "-"))
        }
        #expect(Set(PretrainedWeights.all.map(\.address)).count == PretrainedWeights.all.count)
        #expect(PretrainedWeights("resnet50")?.fileName == "resnet50-0676ba61.pth")
        #expect(PretrainedWeights("resnet50", version: "IMAGENET1K_V2")?.resize == 232)
        #expect(PretrainedWeights("resnet20") == nil && PretrainedWeights("resnet50", version: "V3") == nil)
    }

    @Test func takesWhatIsInTheCache() throws {
        let server = LoopbackServer { _ in .response(status: 500, body: [], length: 0) }
        let folder = "\(cache.path)/weights"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data([1]).write(to: URL(fileURLWithPath: "\(folder)/\(weights.fileName)"))
        let url = try weights.locate(in: cache.path, download: true, mirror: server.address, progress: nil)
        #expect(url.path == "\(folder)/\(weights.fileName)")
    }

    @Test func refusesAnotherFileThanThePublished() throws {
        let size = 30_845 * 1_048_576 / 1000
        let asked = Locked<[String]>([])
        let server = LoopbackServer { request in
            asked.withLock { $0.append(request.path) }
            return .response(status: 200, body: [UInt8](repeating: 1, count: size), length: size)
        }
        let error = #expect(throws: FileError.self) {
            try weights.locate(in: cache.path, download: true, mirror: server.address, progress: nil)
        }
        #expect(error?.kind == .wrongChecksum && error?.expected == "SHA-256 a639ec97")
        #expect(asked.withLock { $0 } == ["/densenet121-a639ec97.pth"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(cache.path)/weights").isEmpty)
    }

    @Test func saysWhatIsMissing() {
        let missing = #expect(throws: FileError.self) {
            try weights.locate(in: cache.path, download: false, mirror: nil, progress: nil)
        }
        #expect(missing?.kind == .missing && missing?.file == "\(cache.path)/weights/\(weights.fileName)")
        let nowhere = #expect(throws: FileError.self) {
            try weights.locate(in: nil, download: true, mirror: nil, progress: nil)
        }
        #expect(nowhere?.kind == .missing)
    }
}
