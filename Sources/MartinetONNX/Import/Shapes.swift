import Martinet

/// Checks of a foreign file's shapes, made before anything computes with them.
enum Shapes {
    static let maximumRank = 8

    /// The shape of an elementwise operation's result, or nil if the operands do not go together.
    static func broadcast(_ a: [Int], _ b: [Int]) -> [Int]? {
        let rank = max(a.count, b.count)
        let padded = [a, b].map { [Int](repeating: 1, count: rank - $0.count) + $0 }
        var result: [Int] = []
        for (x, y) in zip(padded[0], padded[1]) {
            guard x == y || x == 1 || y == 1 else { return nil }
            result.append(x == 1 ? y : x)
        }
        return result
    }
}
