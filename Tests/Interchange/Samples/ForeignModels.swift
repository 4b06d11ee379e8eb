import Foundation
import Martinet
import MartinetONNX

/// Runs an ONNX file on a batch of little-endian floats, `[batch, height, width, channels]` for images, and writes what it
/// gives; then again prepared for inference, which must agree. For `check_onnx_import.py`.
func runModel(_ model: String, input: String, shape: [Int], output: String) throws {
    let elements = try Data(contentsOf: URL(fileURLWithPath: input)).withUnsafeBytes {
        Array($0.bindMemory(to: Float.self))
    }
    guard elements.count == shape.reduce(1, *) else {
        throw SampleError(description: "\(input) has \(elements.count) numbers, expected \(shape)")
    }
    let x = Tensor(elements, shape: shape)
    let model = try ONNXModel(contentsOf: URL(fileURLWithPath: model))
    let result = withoutGradients { model(x) }
    let prepared = try model.forInference(inputShape: [1] + shape.dropFirst())
    let difference = (prepared(x) - result).array.map(.abs).maximum().scalar
    guard difference <= 1e-4 * result.array.map(.abs).maximum().scalar else {
        throw SampleError(description: "prepared for inference, the model gives something else, by \(difference)")
    }
    try result.array.withUnsafePointer { Data(bytes: $0, count: 4 * result.count) }
        .write(to: URL(fileURLWithPath: output))
}
