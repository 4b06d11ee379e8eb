import Foundation
import Martinet
import MartinetVision
import Testing

@testable import MartinetTensorBoard

@Suite struct RecordFramingTests {
    /// The examples of RFC 3720, appendix B.4.
    @Test func checksumIsCastagnolis() {
        #expect(RecordFraming.checksum(of: Data(count: 32)) == 0x8a91_36aa)
        #expect(RecordFraming.checksum(of: Data(repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(RecordFraming.checksum(of: Data(0..<32)) == 0x46dd_794e)
        #expect(RecordFraming.checksum(of: Data("123456789".utf8)) == 0xe306_9283)
    }

    /// What TensorBoard's writer makes of three bytes.
    @Test func recordHasLengthAndBothChecksums() {
        let record = RecordFraming.frame(Data("abc".utf8))
        #expect(record.count == 19)
        #expect(Array(record[..<8]) == [3, 0, 0, 0, 0, 0, 0, 0])
        #expect(record[12..<15] == Data("abc".utf8))
        let masked = RecordFraming.maskedChecksum(of: Data("abc".utf8))
        #expect(Array(record[15...]) == (0..<4).map { UInt8(truncatingIfNeeded: masked >> (8 * $0)) })
    }
}

@Suite struct HistogramTests {
    @Test func countsEveryFiniteElement() throws {
        let values: [Float] = [-1, -1, 0, 1e-3, 0.5, 0.5, 0.5, 7, .nan, .infinity]
        let histogram = try #require(TensorBoardHistogramProto(NDArray(values, shape: [10])))
        #expect(histogram.num == 8 && histogram.min == -1 && histogram.max == 7)
        #expect(abs(histogram.sum - 6.501) < 1e-6 && abs(histogram.sumSquares - 51.750001) < 1e-5)
        #expect(histogram.bucket.reduce(0, +) == 8 && histogram.bucket.count == histogram.bucketLimit.count)
        #expect(histogram.bucketLimit == histogram.bucketLimit.sorted())
        // The values of a bucket lie from the limit before up to its own.
        for (index, count) in histogram.bucket.enumerated() where index > 0 {
            let range = histogram.bucketLimit[index - 1]..<histogram.bucketLimit[index]
            #expect(values.count { range.contains(Double($0)) } == Int(count))
        }
        #expect(histogram.bucket[0] == 0)
    }

    @Test func extremesHaveBuckets() throws {
        let largest = Float.greatestFiniteMagnitude
        let histogram = try #require(TensorBoardHistogramProto(NDArray([-largest, largest], shape: [2])))
        #expect(histogram.bucket.reduce(0, +) == 2)
        #expect(TensorBoardHistogramProto(NDArray([.nan], shape: [1])) == nil)
        #expect(TensorBoardHistogramProto(NDArray([], shape: [0])) == nil)
    }
}

@Suite struct SummaryWriterTests {
    /// The events of what `body` writes, without the first.
    private func written(_ body: (SummaryWriter) throws -> Void) throws -> [TensorBoardEvent] {
        try withLogDirectory { folder in
            let writer = try SummaryWriter(logDirectory: folder)
            try body(writer)
            let events = try readEvents(writer.path)
            #expect(events.first?.fileVersion == "brain.Event:2")
            return Array(events.dropFirst())
        }
    }

    @Test func scalars() throws {
        let events = try written { writer in
            try writer.addScalar("loss", 0.5, globalStep: 3, wallTime: Date(timeIntervalSince1970: 12.5))
            try writer.addScalars("accuracy", ["train": 1, "test": 0.25], globalStep: 4)
        }
        #expect(events.map { $0.summary.value[0].tag } == ["loss", "accuracy/test", "accuracy/train"])
        #expect(events.map { $0.summary.value[0].simpleValue } == [0.5, 0.25, 1])
        #expect(events.map(\.step) == [3, 4, 4])
        #expect(events[0].wallTime == 12.5 && events[1].wallTime > 1e9)
    }

    @Test func images() throws {
        let pixels = Image(pixels: (0..<24).map { UInt8($0) }, height: 2, width: 4, channels: 3)
        let events = try written { writer in
            try writer.addImage("image", pixels.tensor)
            try writer.addImages("grid", .ones([9, 2, 3, 1]))
        }
        let images = events.map { $0.summary.value[0].image }
        #expect(images[0].height == 2 && images[0].width == 4 && images[0].colorspace == 3)
        #expect(try Image(bytes: Array(images[0].encodedImageString), name: "image") == pixels)
        // Nine images are eight and one, with blanks behind it.
        #expect(images[1].height == 4 && images[1].width == 24 && images[1].colorspace == 1)
        let grid = try Image(bytes: Array(images[1].encodedImageString), name: "grid")
        #expect(grid.pixels.count { $0 == 255 } == 9 * 6 * 3)
    }

    @Test func text() throws {
        let value = try #require(try written { try $0.addText("notes", "**bold**") }.first?.summary.value.first)
        #expect(value.tag == "notes/text_summary" && value.metadata.pluginData.pluginName == "text")
        #expect(value.tensor.stringVal == [Data("**bold**".utf8)])
    }

    @Test func graphHasFoldersAndKnownInputs() throws {
        let model = Sequential([
            Conv2D(1, 2, kernelSize: 3), BatchNorm(2), ReLU(), Flatten(), Dense(2 * 4 * 4, 3),
        ])
        let event = try #require(try written { try $0.addGraph(model, inputShape: [1, 6, 6, 1]) }.first)
        let graph = try TensorBoardGraphDef(serializedBytes: event.graphDef)
        #expect(graph.node.map(\.op) == ["Placeholder", "conv2D", "batchNorm", "relu", "matmul", "Output"])
        #expect(graph.node.map(\.name) == ["input", "0", "1", "relu", "4", "output"])
        #expect(graph.node.dropFirst().map(\.input) == [["input"], ["0"], ["1"], ["relu"], ["4"]])
        #expect(graph.node[1].attr["_output_shapes"]?.list.shape[0].dim.map(\.size) == [-1, 4, 4, 2])
    }

    @Test func hyperParameters() throws {
        let events = try written { writer in
            try writer.addHParams(["rate": 0.1, "name": "a", "nesterov": true], metrics: ["loss": 2], globalStep: 5)
        }
        let values = events[0].summary.value
        #expect(
            values.map(\.tag) == [
                "_hparams_/experiment", "_hparams_/session_start_info", "_hparams_/session_end_info",
            ])
        let experiment = try HParamsPluginData(serializedBytes: values[0].metadata.pluginData.content).experiment
        #expect(experiment.hparamInfos.map(\.name) == ["name", "nesterov", "rate"])
        #expect(experiment.hparamInfos.map(\.type) == [.string, .bool, .float64])
        #expect(experiment.metricInfos.map(\.name.tag) == ["loss"])
        let start = try HParamsPluginData(serializedBytes: values[1].metadata.pluginData.content).sessionStartInfo
        #expect(start.hparams["rate"]?.numberValue == 0.1 && start.hparams["name"]?.stringValue == "a")
        #expect(events[1].summary.value[0].tag == "loss" && events[1].step == 5)
    }

    @Test func whatCannotBeWrittenThrows() throws {
        #expect(throws: TensorBoardError.self) {
            try SummaryWriter(logDirectory: URL(fileURLWithPath: "/dev/null/runs"))
        }
        try withLogDirectory { folder in
            let writer = try SummaryWriter(logDirectory: folder)
            writer.close()
            #expect(throws: TensorBoardError(path: writer.path, reason: "is closed")) {
                try writer.addScalar("a", 1)
            }
        }
    }

    @Test func writersOfOneFolderHaveTheirOwnFiles() throws {
        try withLogDirectory { folder in
            let writers = try (0..<3).map { _ in try SummaryWriter(logDirectory: folder, filenameSuffix: ".x") }
            #expect(Set(writers.map(\.path)).count == 3)
            #expect(writers[0].path.hasSuffix(".x"))
        }
    }
}
