import Martinet
import Testing

@Suite struct PoolingReferenceTests {
    static let operations: [String: @Sendable (ReferenceCase) throws -> any Layer] = [
        "maxPool2D": {
            MaxPool2D(
                try $0.size("kernel"), stride: try $0.size("stride"), padding: try padding($0),
                dilation: $0.has(attribute: "dilation") ? try $0.size("dilation") : 1,
                ceilMode: try $0.bool("ceilMode"))
        },
        "averagePool2D": {
            AveragePool2D(
                try $0.size("kernel"), stride: try $0.size("stride"), padding: try padding($0),
                ceilMode: try $0.bool("ceilMode"), countIncludePadding: try $0.bool("countIncludePad"))
        },
        // Keras's "same", whose averages leave the padding out.
        "maxPool2DSame": { MaxPool2D(try $0.size("kernel"), stride: try $0.size("stride"), padding: .same) },
        "averagePool2DSame": {
            AveragePool2D(
                try $0.size("kernel"), stride: try $0.size("stride"), padding: .same, countIncludePadding: false)
        },
        "adaptiveAveragePool2D": { AdaptiveAveragePool2D(try $0.size("outputSize")) },
        "adaptiveMaxPool2D": { AdaptiveMaxPool2D(try $0.size("outputSize")) },
        "globalAveragePool2D": { _ in GlobalAveragePool2D() },
        "globalMaxPool2D": { _ in GlobalMaxPool2D() },
    ]

    @Test(arguments: try ReferenceCase.load("pooling"))
    func agreesWithPyTorch(_ reference: ReferenceCase) throws {
        let make = try #require(Self.operations[reference.operation])
        let layer = try make(reference)
        try reference.verify { layer(try $0("x")) }
        let input = try reference.tensor("input.x").shape
        #expect(try layer.outputShape(for: Array(input[1...])) == Array(reference.tensor("output.y").shape[1...]))
    }

    @Test func everyOperationIsRecorded() throws {
        #expect(try Set(ReferenceCase.load("pooling").map(\.operation)) == Set(Self.operations.keys))
    }

    private static func padding(_ reference: ReferenceCase) throws -> Padding {
        let widths = try reference.ints("padding")
        return .symmetric(vertical: widths[0], horizontal: widths[1])
    }
}
