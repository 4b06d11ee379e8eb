import Foundation

/// One line about a task that runs: how far it is, how fast, how long it still takes, and what its caller adds.
///
/// ```
/// epoch 2/5  [===========>                  ]  18,432/48,000  812 images/s  ETA 0:36  loss 0.6123
/// ```
///
/// In a terminal the line is redrawn at most ten times a second and is never wider than the terminal; what does not fit
/// is left out from the end, the bar itself first. At the end a summary takes its place:
///
/// ```
/// epoch 2/5  59.1 s  812 images/s  loss 0.5712  accuracy 0.7934
/// ```
public struct ProgressBar {
    /// The things that are counted.
    public enum Unit: Sendable, Equatable {
        /// Things of a kind, named in the plural: `.items("images")`.
        case items(String)

        /// Bytes, written as kB, MB and so on, which are powers of 1000.
        case bytes
    }

    /// How far the task is.
    public private(set) var count = 0

    private let label: String
    private let total: Int?
    private let unit: Unit
    private let display: ProgressDisplay
    private let start: Double
    private var lastDrawn: Double?

    /// When the count last grew; what comes after, such as a validation, does not lower the rate.
    private var lastAdvance: Double

    /// The least time between two drawings, in seconds.
    private static let interval = 0.1

    /// The cells of the bar at most, and at least so that it is worth drawing.
    private static let cells = (fewest: 8, most: 30)

    /// Starts a task now.
    ///
    /// - Parameters:
    ///   - label: what the line begins with.
    ///   - total: the count at the end; nil if nobody knows, which leaves out the bar and the remaining time.
    ///   - unit: what is counted.
    ///   - display: where the line goes.
    public init(_ label: String, total: Int?, unit: Unit, display: ProgressDisplay = .automatic) {
        self.label = printable(label)
        self.total = total
        self.unit = unit
        self.display = display
        start = display.now()
        lastAdvance = start
    }

    /// Takes note of further progress, and draws the line if the last time is long enough ago.
    ///
    /// - Parameters:
    ///   - increment: by how much the count has grown.
    ///   - details: what the line ends with, such as "loss 0.6123"; only made if the line is drawn.
    public mutating func advance(by increment: Int, details: @autoclosure () -> [String] = []) {
        count += increment
        let now = display.now()
        lastAdvance = now
        guard display.style == .bar else { return }
        if let lastDrawn, now - lastDrawn < Self.interval { return }
        lastDrawn = now
        display.write("\r" + line(elapsed: now - start, details: details()) + "\u{1B}[K")
    }

    /// Ends the task: a summary takes the line's place, with the time until now, the rate until the last progress, and
    /// `details`. In a terminal that is too narrow for it, it goes on in further lines.
    public mutating func finish(details: [String] = []) {
        let elapsed = display.now() - start
        let fields = [label, seconds(elapsed)] + [rate(lastAdvance - start)].compactMap { $0 } + details.map(printable)
        switch display.style {
        case .silent: break
        case .lines: display.write(fields.joined(separator: "  ") + "\n")
        case .bar:
            let lines = wrapped(fields, width: columns)
            display.write("\r" + lines.map { $0 + "\u{1B}[K\n" }.joined())
            lastDrawn = nil
        }
    }

    /// Takes the line away without a summary, for a task that failed.
    public mutating func clear() {
        if lastDrawn != nil { display.write("\r\u{1B}[K") }
        lastDrawn = nil
    }

    /// The columns to use. The last one stays free: many terminals begin a new line when it is written to.
    private var columns: Int { max(1, display.width() - 1) }

    /// The line while the task runs, as wide as the terminal allows at most.
    private func line(elapsed: Double, details: [String]) -> String {
        let columns = columns
        var fields = [label]
        fields.append(total.map { "\(amount(count))/\(amount($0))" } ?? amount(count))
        fields += [rate(elapsed), remaining(elapsed)].compactMap { $0 } + details.map(printable)

        // The width that the fields leave over, less the bar's brackets and the space in front of it.
        let cells = min(Self.cells.most, columns - fields.map { $0.count + 2 }.reduce(-2, +) - 4)
        if let total, total > 0, cells >= Self.cells.fewest { fields.insert(bar(cells: cells, total: total), at: 1) }
        while fields.count > 1, fields.map({ $0.count + 2 }).reduce(-2, +) > columns { fields.removeLast() }
        return String(fields.joined(separator: "  ").prefix(columns))
    }

    private func bar(cells: Int, total: Int) -> String {
        let done = min(cells, Int(Double(cells) * Double(count) / Double(total)))
        let head = done < cells ? ">" : ""
        return "[" + String(repeating: "=", count: done) + head
            + String(repeating: " ", count: max(0, cells - done - head.count)) + "]"
    }

    private func rate(_ elapsed: Double) -> String? {
        guard elapsed > 0, count > 0 else { return nil }
        let rate = Double(count) / elapsed
        return switch unit {
        case .bytes: byteCount(rate) + "/s"
        case .items(let name):
            (rate < 9.95 ? String(format: "%.1f", rate) : grouped(Int(rate.rounded()))) + " \(name)/s"
        }
    }

    private func remaining(_ elapsed: Double) -> String? {
        guard let total, count > 0, count < total else { return nil }
        return "ETA " + clock(elapsed / Double(count) * Double(total - count))
    }

    private func amount(_ count: Int) -> String {
        unit == .bytes ? byteCount(Double(count)) : grouped(count)
    }
}

/// Fields in lines of at most `width` columns; a field that is wider alone is cut.
private func wrapped(_ fields: [String], width: Int) -> [String] {
    var lines: [String] = []
    for field in fields {
        if let last = lines.last, last.count + 2 + field.count <= width {
            lines[lines.count - 1] = last + "  " + field
        } else {
            lines.append(String(((lines.isEmpty ? "" : "  ") + field).prefix(width)))
        }
    }
    return lines
}

/// `text` without control characters, which would move the cursor.
private func printable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.generalCategory != .control }))
}

/// With a comma between each three digits.
private func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var text = number < 0 ? "-" : ""
    for (place, digit) in digits.enumerated() {
        if place > 0, (digits.count - place) % 3 == 0 { text += "," }
        text.append(digit)
    }
    return text
}

private func byteCount(_ bytes: Double) -> String {
    var (value, unit) = (bytes, "B")
    for larger in ["kB", "MB", "GB", "TB"] where value >= 999.5 { (value, unit) = (value / 1000, larger) }
    return String(format: unit == "B" || value >= 99.95 ? "%.0f" : "%.1f", value) + " " + unit
}

/// "59.1 s", or from a hundred seconds on minutes and hours.
private func seconds(_ seconds: Double) -> String {
    seconds < 99.95 ? String(format: "%.1f s", seconds) : clock(seconds)
}

/// "0:36", "12:05", "1:02:03".
private func clock(_ seconds: Double) -> String {
    // More than this is nothing to wait for, and too large for an integer at some point.
    guard seconds < 360_000 else { return ">100 h" }
    let whole = Int(seconds.rounded())
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    return hours > 0
        ? String(format: "%d:%02d:%02d", hours, minutes, whole % 60) : String(format: "%d:%02d", minutes, whole % 60)
}
