import Foundation
import MartinetBase

/// A model's layers as a table, printed as Keras prints it.
public struct Summary: Codable, Sendable, CustomStringConvertible {
    public struct Row: Codable, Sendable {
        /// The layer's name within the model.
        public let name: String
        /// The layer's type, as "Conv2D".
        public let type: String
        /// Without the batch axis.
        public let outputShape: [Int]
        /// Elements of its parameters and running statistics; 0 where a shared layer appears again.
        public let parameters: Int
        /// The multiply-adds of one sample in convolutions and dense layers; all else is not counted, as usual.
        public let multiplyAdds: Int
        /// The names of the layers that it takes its input from; empty where that is not known.
        public let connectedTo: [String]
    }

    public let title: String
    public let rows: [Row]
    /// Elements of the parameters that training changes.
    public let trainable: Int
    /// Elements of all parameters and running statistics.
    public let total: Int
    /// The multiply-adds of one sample in all convolutions and dense layers.
    public let multiplyAdds: Int

    init(title: String, rows: [Row], trainable: Int, total: Int) {
        self.title = title
        self.rows = rows
        self.trainable = trainable
        self.total = total
        multiplyAdds = rows.reduce(0) { $0 + $1.multiplyAdds }
    }

    /// Elements that training does not change: frozen parameters and running statistics.
    public var nonTrainable: Int { total - trainable }

    public var description: String {
        let connects = rows.contains { !$0.connectedTo.isEmpty }
        let header =
            ["Layer (type)", "Output shape", "Parameters", "Multiply-adds"] + (connects ? ["Connected to"] : [])
        let cells = rows.map { row in
            [
                "\(row.name) (\(row.type))",
                "(" + (["batch"] + row.outputShape.map(String.init)).joined(separator: ", ") + ")",
                grouped(row.parameters), grouped(row.multiplyAdds),
            ] + (connects ? [row.connectedTo.joined(separator: ", ")] : [])
        }
        let widths = header.indices.map { column in ([header] + cells).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            let padded = cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 2 || column == 3 ? space + cell : cell + space
            }
            return "│ " + padded.joined(separator: " │ ") + " │"
        }
        func rule(_ left: String, _ middle: String, _ right: String) -> String {
            left + widths.map { String(repeating: "─", count: $0 + 2) }.joined(separator: middle) + right
        }
        var lines = [title, rule("┌", "┬", "┐"), line(header), rule("├", "┼", "┤")]
        lines += cells.map(line)
        lines += [
            rule("└", "┴", "┘"), "Total parameters:         \(grouped(total)) (\(size(total)))",
            "Trainable parameters:     \(grouped(trainable)) (\(size(trainable)))",
            "Non-trainable parameters: \(grouped(nonTrainable)) (\(size(nonTrainable)))",
            "Multiply-adds a sample:   \(grouped(multiplyAdds))",
        ]
        return lines.joined(separator: "\n")
    }

    /// Digits in groups of three: 1,234,567.
    private func grouped(_ number: Int) -> String {
        var text = ""
        for (place, digit) in String(number).reversed().enumerated() {
            if place > 0, place % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    /// The memory of so many floats, as text.
    private func size(_ count: Int) -> String {
        let bytes = Double(count * MemoryLayout<Float>.stride)
        return switch bytes {
        case ..<1024: "\(Int(bytes)) B"
        case ..<(1024 * 1024): String(format: "%.2f KB", bytes / 1024)
        default: String(format: "%.2f MB", bytes / 1024 / 1024)
        }
    }
}

extension Module where Input == Tensor, Output == Tensor {
    /// The layers that run for an input of `inputShape`, batch axis included, in the order in which they run, with the
    /// shapes of their outputs. The model is run once on zeros, in evaluation mode.
    public func summary(inputShape: [Int]) -> Summary {
        let calls = Locked<[(layer: ObjectIdentifier, type: String, shape: [Int])]>([])
        withoutGradients {
            evaluating(self) {
                ForwardObserver.observing({ call in
                    guard !call.isBlock else { return }
                    let (type, shape) = (String(describing: type(of: call.layer)), Array(call.output.shape.dropFirst()))
                    calls.withLock { $0.append((ObjectIdentifier(call.layer), type, shape)) }
                }) { _ = self(Tensor.zeros(inputShape)) }
            }
        }
        let modules = Dictionary(
            namedModules.map { (ObjectIdentifier($0.module), $0) }, uniquingKeysWith: { first, _ in first })
        var counted: Set<ObjectIdentifier> = []
        let rows = calls.withLock { $0 }.map { call in
            let known = modules[call.layer]
            let isFirst = counted.insert(call.layer).inserted
            return Summary.Row(
                name: known?.name ?? "", type: call.type, outputShape: call.shape,
                parameters: isFirst ? known?.module.stateCount ?? 0 : 0,
                multiplyAdds: known?.module.multiplyAdds(outputShape: call.shape) ?? 0, connectedTo: [])
        }
        return Summary(
            title: String(describing: type(of: self)), rows: rows, trainable: trainableParameterCount, total: stateCount
        )
    }
}

extension Module {
    /// The multiply-adds with which a convolution or a dense layer computes one sample's output of `outputShape`; 0 for
    /// other modules. Each weight meets each pixel once.
    func multiplyAdds(outputShape: [Int]) -> Int {
        switch self {
        case let layer as Conv2D: layer.weight.count * elementCount(outputShape.dropLast())
        case let layer as Dense: layer.weight.count * elementCount(outputShape.dropLast())
        default: 0
        }
    }

    /// Elements of all parameters and of the buffers that are statistics, as Keras counts; a mere counter is not one.
    var stateCount: Int {
        parameterCount
            + namedBuffers.reduce(0) {
                $0 + ($1.buffer.isInitialized && $1.buffer.value.rank == 0 ? 0 : $1.buffer.count)
            }
    }
}

extension Module where Input == Tensor, Output == Tensor {
    /// The multiply-adds of all layers within this module for one sample of `inputShape`.
    func multiplyAdds(inputShape: [Int], outputShape: [Int]) -> Int {
        children.isEmpty
            ? multiplyAdds(outputShape: outputShape) : summary(inputShape: [1] + inputShape).multiplyAdds
    }
}
