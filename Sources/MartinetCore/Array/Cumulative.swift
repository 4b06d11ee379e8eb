import MartinetBase

extension NDArray {
    /// The sum of each element along `axis` and those before it.
    ///
    /// - Parameters:
    ///   - axis: along which it runs.
    ///   - exclusive: whether each element itself is left out.
    ///   - reversed: whether the sum runs from the last element to the first.
    package func cumulativeSum(axis: Int, exclusive: Bool = false, reversed: Bool = false) -> NDArray {
        running(along: axis, operation: "cumulativeSum", from: 0, exclusive: exclusive, reversed: reversed, +)
    }

    /// The product of each element along `axis` and those before it; settings as of `cumulativeSum`.
    package func cumulativeProduct(axis: Int, exclusive: Bool = false, reversed: Bool = false) -> NDArray {
        running(along: axis, operation: "cumulativeProduct", from: 1, exclusive: exclusive, reversed: reversed, *)
    }

    private func running(
        along axis: Int, operation: String, from start: Double, exclusive: Bool, reversed: Bool,
        _ combine: @escaping @Sendable (Double, Double) -> Double
    ) -> NDArray {
        let axis = normalizedAxis(axis, rank: rank, operation: operation)
        let length = shape[axis]
        let inner = elementCount(Array(shape[(axis + 1)...]))
        let outer = elementCount(Array(shape[..<axis]))
        return NDArray(shape: shape) { out in
            parallelFill(out, count: outer, width: length * inner, grain: grainSize(itemSize: length * inner)) {
                part, range in
                var totals = [Double](repeating: start, count: inner)
                for o in range {
                    for i in 0..<inner { totals[i] = start }
                    let (source, target) = (
                        pointer + o * length * inner, part + (o - range.lowerBound) * length * inner
                    )
                    for step in 0..<length {
                        let place = (reversed ? length - 1 - step : step) * inner
                        for i in 0..<inner {
                            let next = combine(totals[i], Double(source[place + i]))
                            target[place + i] = Float(exclusive ? totals[i] : next)
                            totals[i] = next
                        }
                    }
                }
            }
        }
    }
}
