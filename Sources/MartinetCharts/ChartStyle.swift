/// The style that charts share: colours, and the legend.
enum ChartStyle {
    static let grid = "#e3e3e3"
    static let frame = "#8c8c8c"
    static let muted = "#555555"

    /// The title's size.
    static let titleSize = 16.0

    /// A legend's entries and a line of text are this far apart.
    static let lineHeight = 20.0

    /// Okabe and Ito's colours, which people with any kind of colour vision can tell apart, without the yellow, which a
    /// light background swallows.
    static func color(_ index: Int) -> String {
        let colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"]
        return colors[index % colors.count]
    }

    /// Where each of `names` begins in a legend that is at most `width` wide, and how many lines that takes.
    static func legendPlaces(_ names: [String], width: Double) -> (places: [(x: Double, line: Int)], lines: Int) {
        var places: [(x: Double, line: Int)] = []
        var (x, line) = (0.0, 0)
        for name in names {
            let needed = legendMark + SVGDocument.width(of: name) + 18
            if x > 0, x + needed > width { (x, line) = (0, line + 1) }
            places.append((x, line))
            x += needed
        }
        return (places, names.isEmpty ? 0 : line + 1)
    }

    /// The room for an entry's mark, left of its name.
    static let legendMark = 34.0
}
