import Foundation

/// Writes an image as SVG, element by element.
///
/// The charts are a part of the library rather than a target of its own: they are a few hundred lines without any
/// dependency, and whoever trains wants to see the curve.
struct SVGDocument {
    /// Where a text stands in relation to its point.
    enum Anchor: String {
        case start, middle, end
    }

    /// The size of ordinary text, in pixels.
    static let fontSize = 13.0

    private let width: Double
    private let height: Double
    private let title: String
    private var body: [String] = []
    private var depth = 1

    /// - Parameters:
    ///   - title: what a screen reader says of the image.
    init(width: Double, height: Double, title: String) {
        self.width = width
        self.height = height
        self.title = title
    }

    /// The whole document.
    var text: String {
        let fonts = "system-ui, 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif"
        let size = "width=\"\(number(width))\" height=\"\(number(height))\""
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" \(size) viewBox="0 0 \(number(width)) \(number(height))" \
            role="img" font-family="\(fonts)" font-size="\(number(Self.fontSize))">
              <title>\(escaped(title))</title>
              <rect width="100%" height="100%" fill="#ffffff"/>
            \(body.joined(separator: "\n"))
            </svg>

            """
    }

    /// A group whose elements `content` adds.
    mutating func group(class name: String, _ content: (inout SVGDocument) -> Void) {
        add("<g class=\"\(escaped(name))\">")
        depth += 1
        content(&self)
        depth -= 1
        add("</g>")
    }

    /// A path through `points`.
    mutating func polyline(_ points: [(x: Double, y: Double)], stroke: String, width: Double = 1, dashes: String? = nil)
    {
        let style = "fill=\"none\" stroke=\"\(stroke)\" stroke-width=\"\(number(width))\" stroke-linejoin=\"round\""
        let dashes = dashes.map { " stroke-dasharray=\"\($0)\"" } ?? ""
        add("<polyline points=\"\(coordinates(points))\" \(style)\(dashes)/>")
    }

    mutating func polygon(_ points: [(x: Double, y: Double)], fill: String, opacity: Double = 1) {
        let opacity = opacity < 1 ? " fill-opacity=\"\(number(opacity))\"" : ""
        add("<polygon points=\"\(coordinates(points))\" fill=\"\(fill)\"\(opacity)/>")
    }

    mutating func circle(x: Double, y: Double, radius: Double, fill: String) {
        add("<circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"\(number(radius))\" fill=\"\(fill)\"/>")
    }

    mutating func rectangle(x: Double, y: Double, width: Double, height: Double, fill: String) {
        let place = "x=\"\(number(x))\" y=\"\(number(y))\""
        add("<rect \(place) width=\"\(number(width))\" height=\"\(number(height))\" fill=\"\(fill)\"/>")
    }

    /// A text on the base line through `y`.
    mutating func text(
        _ text: String, x: Double, y: Double, anchor: Anchor = .start, size: Double = fontSize, isBold: Bool = false,
        fill: String = "#333333", isVertical: Bool = false
    ) {
        var attributes = "x=\"\(number(x))\" y=\"\(number(y))\" fill=\"\(fill)\""
        if anchor != .start { attributes += " text-anchor=\"\(anchor.rawValue)\"" }
        if size != Self.fontSize { attributes += " font-size=\"\(number(size))\"" }
        if isBold { attributes += " font-weight=\"600\"" }
        if isVertical { attributes += " transform=\"rotate(-90 \(number(x)) \(number(y)))\"" }
        add("<text \(attributes)>\(escaped(text))</text>")
    }

    /// About how wide a text is; nobody can know without its font.
    static func width(of text: String, size: Double = fontSize) -> Double { Double(text.count) * size * 0.58 }

    private mutating func add(_ element: String) {
        body.append(String(repeating: "  ", count: depth) + element)
    }

    private func coordinates(_ points: [(x: Double, y: Double)]) -> String {
        points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
    }
}

/// With two decimals at most, and without those that are zeros.
private func number(_ value: Double) -> String {
    var text = String(format: "%.2f", value)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text == "-0" ? "0" : text
}

/// `text` as XML's character data or an attribute's value, without the characters that XML cannot hold.
private func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&apos;"
        case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}": result += " "
        case "\u{FFFE}", "\u{FFFF}": break
        default: result.unicodeScalars.append(scalar)
        }
    }
}
