import Foundation
import Martinet
import MartinetONNX

/// A tensor in a file: its shape, and its elements row by row.
private struct SuiteTensor: Codable {
    let shape: [Int]
    let values: [Float]
}

/// Runs each model of a folder on its first input, both as `check_onnx_suite.py` lays them down: `NAME/model.onnx` and
/// `NAME/input.json`. Writes `NAME/outputs.json`, or `NAME/refused.txt` with the reason.
func runSuite(in folder: URL) throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    for name in names {
        let test = folder.appending(path: name)
        // Done before a run that died.
        let isDone = ["crashed.txt", "refused.txt", "outputs.json"].contains {
            FileManager.default.fileExists(atPath: test.appending(path: $0).path)
        }
        if isDone { continue }
        // What is left behind if the process dies here.
        try Data("crashed".utf8).write(to: test.appending(path: "crashed.txt"))
        do {
            let decoder = JSONDecoder()
            decoder.nonConformingFloatDecodingStrategy = .convertFromString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            let input = try decoder.decode(
                SuiteTensor.self, from: Data(contentsOf: test.appending(path: "input.json")))
            guard input.values.count == input.shape.reduce(1, *) else {
                throw SampleError(description: "an input of another type than numbers")
            }
            let model = try ONNXModel(inFileLayout: Data(contentsOf: test.appending(path: "model.onnx")))
            let outputs = try withoutGradients {
                try model.outputs(for: [model.inputs[0].name: Tensor(input.values, shape: input.shape)])
            }
            let encoder = JSONEncoder()
            encoder.nonConformingFloatEncodingStrategy = .convertToString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            try encoder.encode(outputs.mapValues { SuiteTensor(shape: $0.shape, values: $0.elements) })
                .write(to: test.appending(path: "outputs.json"))
        } catch {
            try Data("\(error)".utf8).write(to: test.appending(path: "refused.txt"))
        }
        try FileManager.default.removeItem(at: test.appending(path: "crashed.txt"))
    }
}
