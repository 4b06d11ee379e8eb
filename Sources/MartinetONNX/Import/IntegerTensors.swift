/// Tensors of whole numbers that a graph works out shapes with, in row-major order. They are computed when the file is read.
enum IntegerTensors {
    /// The elements at `indices` along `axis`.
    static func selecting(_ values: [Int], _ shape: [Int], axis: Int, _ indices: [Int]) -> [Int] {
        let inner = shape[(axis + 1)...].reduce(1, *)
        let outer = shape[..<axis].reduce(1, *)
        return (0..<outer).flatMap { o in
            indices.flatMap { index in
                let first = (o * shape[axis] + index) * inner
                return values[first..<first + inner]
            }
        }
    }

    /// The axes in another order: axis `order[i]` becomes axis i.
    static func permuted(_ values: [Int], _ shape: [Int], _ order: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        let sizes = order.map { shape[$0] }
        return values.indices.map { place in
            var (rest, source) = (place, 0)
            for axis in sizes.indices.reversed() {
                source += rest % sizes[axis] * strides[order[axis]]
                rest /= sizes[axis]
            }
            return values[source]
        }
    }

    /// One after the other along `axis`; the shapes agree along the others.
    static func concatenated(_ tensors: [(values: [Int], shape: [Int])], axis: Int) -> [Int] {
        let outer = tensors.first?.shape[..<axis].reduce(1, *) ?? 0
        return (0..<outer).flatMap { o in
            tensors.flatMap { values, shape in
                let length = shape[axis...].reduce(1, *)
                return values[o * length..<(o + 1) * length]
            }
        }
    }

    /// Repeated along axes of size 1, and along new ones in front, until the shape is `target`, which both shapes go together to.
    static func broadcast(_ values: [Int], _ shape: [Int], to target: [Int]) -> [Int] {
        if shape == target { return values }
        let padded = [Int](repeating: 1, count: target.count - shape.count) + shape
        var strides = [Int](repeating: 0, count: target.count)
        var step = 1
        for axis in padded.indices.reversed() {
            strides[axis] = padded[axis] == 1 ? 0 : step
            step *= padded[axis]
        }
        return (0..<target.reduce(1, *)).map { place in
            var (rest, source) = (place, 0)
            for axis in target.indices.reversed() {
                source += rest % target[axis] * strides[axis]
                rest /= target[axis]
            }
            return values[source]
        }
    }
}
