// Comparisons give tensors of 1 (true) and 0 (false), broadcast; no gradient flows through them. `==` and `!=` are spelled
// with a dot so that they are not mistaken for the question whether two tensors are equal as a whole.

infix operator .== : ComparisonPrecedence
infix operator .!= : ComparisonPrecedence
infix operator .< : ComparisonPrecedence
infix operator .<= : ComparisonPrecedence
infix operator .> : ComparisonPrecedence
infix operator .>= : ComparisonPrecedence

extension Tensor {
    public static func .== (a: Tensor, b: Tensor) -> Tensor { compare(a, .equal, b) }
    public static func .!= (a: Tensor, b: Tensor) -> Tensor { compare(a, .notEqual, b) }
    public static func .< (a: Tensor, b: Tensor) -> Tensor { compare(a, .less, b) }
    public static func .<= (a: Tensor, b: Tensor) -> Tensor { compare(a, .lessOrEqual, b) }
    public static func .> (a: Tensor, b: Tensor) -> Tensor { compare(a, .greater, b) }
    public static func .>= (a: Tensor, b: Tensor) -> Tensor { compare(a, .greaterOrEqual, b) }

    private static func compare(_ a: Tensor, _ operation: BinaryOperation, _ b: Tensor) -> Tensor {
        Tensor(array: .combine(a.array, operation, b.array))
    }
}

/// `a` where `condition` is not 0, else `b`, elementwise and broadcast. As `torch.where`.
public func `where`(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    let mask = condition.array
    let (shapeA, shapeB) = (a.shape, b.shape)
    return record("where", .where(mask, a.array, b.array), from: [a, b]) { gradient in
        let zero = NDArray(scalar: 0)
        return [
            NDArray.where(mask, gradient, zero).summed(to: shapeA),
            NDArray.where(mask, zero, gradient).summed(to: shapeB),
        ]
    }
}
