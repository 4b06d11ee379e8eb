import Martinet

extension TensorBoardHistogramProto {
    /// The finite elements' distribution, in buckets whose bounds grow by a tenth, as TensorFlow's and PyTorch's; nil if
    /// there are none.
    init?(_ array: NDArray) {
        var counts = [Double](repeating: 0, count: Self.limits.count)
        var (smallest, largest) = (Float.infinity, -Float.infinity)
        var (number, sum, squares) = (0.0, 0.0, 0.0)
        array.withUnsafePointer { elements in
            Self.limits.withUnsafeBufferPointer { limits in
                for index in 0..<array.count where elements[index].isFinite {
                    let value = Double(elements[index])
                    smallest = Swift.min(smallest, elements[index])
                    largest = Swift.max(largest, elements[index])
                    (number, sum, squares) = (number + 1, sum + value, squares + value * value)
                    counts[Self.bucket(of: value, limits)] += 1
                }
            }
        }
        guard let first = counts.firstIndex(where: { $0 > 0 }), let last = counts.lastIndex(where: { $0 > 0 }) else {
            return nil
        }
        self.init()
        min = Double(smallest)
        max = Double(largest)
        num = number
        self.sum = sum
        sumSquares = squares
        // The bucket before the first says where that begins.
        let shown = Swift.max(first - 1, 0)...last
        bucketLimit = Array(Self.limits[shown])
        bucket = Array(counts[shown])
    }

    /// The first bucket whose upper bound lies above `value`.
    private static func bucket(of value: Double, _ limits: UnsafeBufferPointer<Double>) -> Int {
        var (low, high) = (0, limits.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if limits[middle] > value { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The upper bounds: 10^-12 and on by a tenth up to 10^20, the same below zero, and an end for all that is larger.
    private static let limits: [Double] = {
        var positive: [Double] = []
        var limit = 1e-12
        while limit < 1e20 {
            positive.append(limit)
            limit *= 1.1
        }
        return positive.reversed().map { -$0 } + [0] + positive + [.greatestFiniteMagnitude]
    }()
}
