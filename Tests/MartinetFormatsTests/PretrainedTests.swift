import Foundation
import Martinet
import MartinetFormats
import MartinetVision
import MartinetZoo
import Testing

/// Weights that somebody else trained; skipped where they are not.
@Suite struct PretrainedTests {
    static let file: URL? = ProcessInfo.processInfo.environment["MARTINET_DATA"].map {
        URL(fileURLWithPath: $0).appendingPathComponent("pretrained/resnet20-12fca82f.th")
    }

    static let exists = file.map { FileManager.default.fileExists(atPath: $0.path) } ?? false
    static let hasImages = (try? CIFAR10(download: false)) != nil

    /// https://github.com/akamaster/pytorch_resnet_cifar10, whose table says 8.27 % error.
    @Test(
        .enabled(
            if: exists && hasImages,
            "needs pretrained/resnet20-12fca82f.th below MARTINET_DATA, and CIFAR-10 where CIFAR10() looks"))
    func classifiesCIFARAsPublished() throws {
        let model = ResNet.cifar(depth: 20, shortcut: .zeroPadding)
        let report = try model.load(from: #require(Self.file))
        #expect(report.isComplete)
        let test = try CIFAR10(download: false).test
        let normalize = Standardization(mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])
        #expect(evaluate(model, on: test.transformed(by: normalize)).accuracy == 0.9173)
    }
}
