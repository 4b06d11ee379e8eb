import Martinet

/// Makes square images of one channel larger, bilinearly: a product with a matrix from the left for the rows, and with its
/// transpose from the right for the columns.
struct Enlarge: Transform {
    private let size: Int
    /// `[size, original]`: a row holds the shares of the two nearest pixels.
    private let shares: Tensor

    init(from original: Int, to size: Int) {
        self.size = size
        var shares = [[Float]](repeating: [Float](repeating: 0, count: original), count: size)
        for place in 0..<size {
            // The pixels' centres, not their corners, are laid upon each other.
            let center = (Float(place) + 0.5) * Float(original) / Float(size) - 0.5
            let low = Int(center.rounded(.down))
            let share = center - Float(low)
            shares[place][max(low, 0)] += 1 - share
            shares[place][min(low + 1, original - 1)] += share
        }
        self.shares = Tensor(shares)
    }

    func apply(to image: inout NDArray, using generator: RandomGenerator) {
        let pixels = Tensor(array: image).squeezed(2)
        image = matmul(matmul(shares, pixels), shares, transposeB: true).array.reshaped([size, size, 1])
    }
}
