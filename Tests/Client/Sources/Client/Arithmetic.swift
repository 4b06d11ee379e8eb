import Martinet

/// Formulas as users write them, with literals of both kinds on both sides, and plain numbers beside them.
///
/// That this compiles, quickly and with each supported compiler, is half of the test.
///
/// - Returns: whether each formula gives what it gives for the elements one by one.
func arithmeticAgrees() -> Bool {
    let numbers: [Float] = [1, 2, 3]
    let x = Tensor(numbers)
    let (scale, count) = (Float(0.3), numbers.count)
    let checks: [(Tensor, (Float) -> Float)] = [
        (x * 0.25 + 0.5, { $0 * 0.25 + 0.5 }),
        (1 - x / 2, { 1 - $0 / 2 }),
        (0.5 * x * x - 2 * x + 1, { 0.5 * $0 * $0 - 2 * $0 + 1 }),
        ((x - 1) * (x + 1) / (2 + x), { ($0 - 1) * ($0 + 1) / (2 + $0) }),
        (-x / 3 + 2 * (1 - x) * (1 - x), { -$0 / 3 + 2 * (1 - $0) * (1 - $0) }),
        (1 / (1 + exp(-x)) - 0.5, { 1 / (1 + exp(Tensor(-$0)).scalar) - 0.5 }),
        (scale * x + (1 - scale) * square(x), { scale * $0 + (1 - scale) * ($0 * $0) }),
        (x / Float(count) * 2, { $0 / Float(count) * 2 }),
        ((x .> 1.5) * 2 - 1, { ($0 > 1.5 ? 1 : 0) * 2 - 1 }),
        (pow(x, 2) - pow(x, 3) / 6, { pow(Tensor($0), 2).scalar - pow(Tensor($0), 3).scalar / 6 }),
    ]
    var y = x
    y += 1
    y *= 0.5
    y -= x
    y /= 4
    guard y.elements == [0, -0.125, -0.25], checks.allSatisfy({ $0.elements == numbers.map($1) }) else { return false }

    // Numbers alone, which an import of Martinet must leave as they are.
    let width = count + 1
    let flat = (0..<count).map { i in Float(i * 2 + 1) / Float(width) * 0.5 + 0.25 }
    let index = (count * 2 + 1) * width + count
    let mean = flat.reduce(0, +) / Float(flat.count) - 1
    return flat == [0.375, 0.625, 0.875] && index == 31 && mean == -0.375
}
