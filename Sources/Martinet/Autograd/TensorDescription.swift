import Foundation

extension Tensor: CustomStringConvertible {
    /// The elements in nested brackets, rows aligned, and long axes shortened to their ends.
    public var description: String {
        let summarized = count > 1000
        let values = elements
        let formatted = formatter(for: values)
        let body = nested(values[...], shape: shape[...], indent: 7, summarized: summarized, formatted)
        return "Tensor(\(body), shape: \(shape))"
    }

    private func nested(
        _ values: ArraySlice<Float>, shape: ArraySlice<Int>, indent: Int, summarized: Bool, _ format: (Float) -> String
    ) -> String {
        guard let size = shape.first else { return values.first.map(format) ?? "" }
        let rest = shape.dropFirst()
        let step = rest.reduce(1, *)
        let edge = 3
        let shortens = summarized && size > 2 * edge
        var parts: [String] = []
        for index in 0..<size where !shortens || index < edge || index >= size - edge {
            if shortens, index == size - edge { parts.append("…") }
            let start = values.startIndex + index * step
            parts.append(
                nested(values[start..<start + step], shape: rest, indent: indent + 1, summarized: summarized, format))
        }
        // Rows stand side by side, matrices below each other with an empty line for each further axis.
        let separator =
            rest.isEmpty
            ? ", " : "," + String(repeating: "\n", count: rest.count) + String(repeating: " ", count: indent + 1)
        return "[" + parts.joined(separator: separator) + "]"
    }

    /// Whole numbers without decimals, others with four; in powers of ten where they differ too much. All of one width.
    private func formatter(for values: [Float]) -> (Float) -> String {
        let finite = values.filter(\.isFinite)
        let largest = finite.map(Swift.abs).max() ?? 0
        let smallest = finite.map(Swift.abs).filter { $0 > 0 }.min() ?? 0
        let format: String
        if finite.allSatisfy({ $0 == $0.rounded() }) && largest < 1e7 {
            format = "%.0f"
        } else if largest >= 1e5 || (smallest > 0 && largest / smallest > 1e5) || largest < 1e-3 {
            format = "%.4e"
        } else {
            format = "%.4f"
        }
        let write = { (value: Float) in
            value.isFinite ? String(format: format, value) : value.isNaN ? "nan" : value > 0 ? "inf" : "-inf"
        }
        let width = (values.count > 1000 ? finite.prefix(1000) : finite[...]).map { write($0).count }.max() ?? 0
        return { value in
            let text = write(value)
            return String(repeating: " ", count: Swift.max(0, width - text.count)) + text
        }
    }
}
