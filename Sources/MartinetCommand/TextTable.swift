import MartinetBase

/// A table for the terminal, in columns as wide as they need: the first to the left, the others to the right.
public struct TextTable: CustomStringConvertible {
    private var rows: [[String]]

    public init(_ header: [String]) { rows = [header] }

    /// - Precondition: as many cells as the header has.
    public mutating func add(_ cells: [String]) {
        require(cells.count == rows[0].count, "TextTable: \(cells.count) cells for \(rows[0].count) columns")
        rows.append(cells)
    }

    public var description: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            zip(cells, widths).enumerated().map { column, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + space : space + cell.0
            }.joined(separator: "  ")
        }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
        return ([line(rows[0]), rule] + rows.dropFirst().map(line)).joined(separator: "\n")
    }
}
