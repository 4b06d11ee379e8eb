// Comparisons give tensors of 1 (true) and 0 (false), broadcast; no gradient flows through them. They are spelled with a
// dot, as those of Swift's SIMD vectors, so that they are not mistaken for a question about two tensors as a whole.

extension Tensor {
    public static func .== (a: Tensor, b: Tensor) -> Tensor { compare(a, .equal, b) }
    public static func .!= (a: Tensor, b: Tensor) -> Tensor { compare(a, .notEqual, b) }
    public static func .< (a: Tensor, b: Tensor) -> Tensor { compare(a, .less, b) }
    public static func .<= (a: Tensor, b: Tensor) -> Tensor { compare(a, .lessOrEqual, b) }
    public static func .> (a: Tensor, b: Tensor) -> Tensor { compare(a, .greater, b) }
    public static func .>= (a: Tensor, b: Tensor) -> Tensor { compare(a, .greaterOrEqual, b) }

    public static func .== (x: Tensor, value: Float) -> Tensor { x .== Tensor(value) }
    public static func .!= (x: Tensor, value: Float) -> Tensor { x .!= Tensor(value) }
    public static func .< (x: Tensor, value: Float) -> Tensor { x .< Tensor(value) }
    public static func .<= (x: Tensor, value: Float) -> Tensor { x .<= Tensor(value) }
    public static func .> (x: Tensor, value: Float) -> Tensor { x .> Tensor(value) }
    public static func .>= (x: Tensor, value: Float) -> Tensor { x .>= Tensor(value) }

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
