import Martinet

/// Weights that Python's recorder makes in the same way: pieces of a table of hashed integers, scaled by He et al.'s
/// variance. See `Tests/References/zoo.py`.
struct HashedWeights {
    /// The number of elements of the table: a prime, so that no row of a weight repeats another.
    private static let period = 65_521

    /// Numbers between -1 and 1 with 24 bits.
    private let table = Tensor(
        (1...UInt32(period)).map { Float(Double(Self.scramble($0) >> 8) / 8_388_608 - 1) }, shape: [period])

    /// A 32-bit integer hash: multiplications and shifts, each of which can be undone.
    private static func scramble(_ value: UInt32) -> UInt32 {
        var x = value
        x = (x ^ x >> 16) &* 0x85eb_ca6b
        x = (x ^ x >> 16) &* 0xc2b2_ae35
        return x ^ x >> 16
    }

    /// FNV-1a with 32 bits.
    private static func hash(_ name: String) -> UInt32 {
        name.utf8.reduce(0x811c_9dc5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }

    /// As many elements of the table as `shape` has, from the place that the name's hash says.
    func numbers(_ name: String, _ shape: [Int]) -> Tensor {
        let count = shape.reduce(1, *)
        let start = Int(Self.hash(name)) % Self.period
        let pieces = (start + count + Self.period - 1) / Self.period
        return Tensor.concatenate(Array(repeating: table, count: pieces))[start..<start + count].reshaped(shape)
    }

    /// Gives all parameters and buffers of `model` their values.
    func fill(_ model: any Module<Tensor, Tensor>) {
        for (name, parameter) in model.namedParameters {
            let shape = parameter.shape
            let values = numbers(name, shape)
            if shape.count > 1 {
                let fanIn = shape.dropLast().reduce(1, *)
                parameter.value = values * Float((6 / Double(fanIn)).squareRoot())
            } else {
                parameter.value = values * 0.25 + 0.5
            }
        }
        for (name, buffer) in model.namedBuffers {
            let values = { numbers(name, buffer.value.shape) }
            if name.hasSuffix("running_mean") { buffer.value = values() * 0.25 }
            if name.hasSuffix("running_var") { buffer.value = values() * 0.5 + 2 }
        }
    }
}
