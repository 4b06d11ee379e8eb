import MartinetBase

extension Tensor {
    /// The same elements in another shape. One size may be -1, which stands for what remains. Copies nothing.
    public func reshaped(_ shape: [Int]) -> Tensor {
        let before = self.shape
        return record("reshape", array.reshaped(shape), from: self) { $0.reshaped(before) }
    }

    /// All axes from `startAxis` to `endAxis` made one. As `torch.flatten`.
    public func flattened(startAxis: Int = 0, endAxis: Int = -1) -> Tensor {
        guard rank > 0 else { return reshaped([1]) }
        let first = checkedAxis(startAxis, operation: "flatten")
        let last = checkedAxis(endAxis, operation: "flatten")
        require(first <= last, "flatten: axis \(startAxis) lies behind axis \(endAxis)")
        return reshaped(shape[..<first] + [elementCount(Array(shape[first...last]))] + shape[(last + 1)...])
    }

    /// A new axis of size 1 at `axis`. As `torch.unsqueeze`.
    public func expanded(at axis: Int) -> Tensor {
        let position = axis < 0 ? axis + rank + 1 : axis
        require(
            position >= 0 && position <= rank,
            "expanded(at:): axis \(axis) is out of range for a tensor of shape \(shape)")
        var result = shape
        result.insert(1, at: position)
        return reshaped(result)
    }

    /// Without `axis`, which has size 1; without all such axes where nil.
    public func squeezed(_ axis: Int? = nil) -> Tensor {
        guard let axis else { return reshaped(shape.filter { $0 != 1 }) }
        let position = checkedAxis(axis, operation: "squeeze")
        require(shape[position] == 1, "squeeze: axis \(axis) of a tensor of shape \(shape) has not size 1")
        var result = shape
        result.remove(at: position)
        return reshaped(result)
    }

    /// The axes in another order: axis `axes[i]` becomes axis i.
    public func permuted(_ axes: [Int]) -> Tensor {
        let order = axes.map { checkedAxis($0, operation: "permute") }
        return record("permute", traced("permute", .permute(order), array) { $0.permuted(order) }, from: self) {
            gradient in
            var inverse = order
            for (position, axis) in order.enumerated() { inverse[axis] = position }
            return gradient.permuted(inverse)
        }
    }

    /// Two axes exchanged, the last two by default.
    public func transposed(_ first: Int = -2, _ second: Int = -1) -> Tensor {
        var order = Array(0..<rank)
        order.swapAt(checkedAxis(first, operation: "transpose"), checkedAxis(second, operation: "transpose"))
        return permuted(order)
    }

    /// Repeated along axes of size 1, and along new axes in front, until the shape is `shape`.
    public func broadcast(to shape: [Int]) -> Tensor {
        let before = self.shape
        let keepsBatch = !before.isEmpty && before.count == shape.count && before[0] == shape[0]
        let output =
            keepsBatch
            ? traced("broadcast", .broadcast(shape), array) { $0.broadcast(to: [$0.shape[0]] + shape.dropFirst()) }
            : array.broadcast(to: shape)
        return record("broadcast", output, from: self) { $0.summed(to: before) }
    }

    /// `tensors` one after the other along `axis`; they agree in every other axis.
    public static func concatenate(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
        guard let first = tensors.first else { fail("concatenate: no tensors") }
        let axis = first.checkedAxis(axis, operation: "concatenate")
        let sizes = tensors.map { axis < $0.rank ? $0.shape[axis] : 0 }
        let output = NDArray.concatenated(tensors.map(\.array), axis: axis)
        Trace.report(
            "concatenate", .other(.concatenate(axis: axis)) { .concatenated($0, axis: axis) }, tensors.map(\.array),
            output)
        return record("concatenate", output, from: tensors) { gradient in
            var start = 0
            return sizes.map { size in
                var ranges = gradient.shape.map { 0..<$0 }
                ranges[axis] = start..<start + size
                start += size
                return gradient.sliced(ranges)
            }
        }
    }

    /// `tensors` of one shape along a new axis.
    public static func stack(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
        if let first = tensors.first, let other = tensors.first(where: { $0.shape != first.shape }) {
            fail("stack: the shapes \(first.shape) and \(other.shape) differ")
        }
        return concatenate(tensors.map { $0.expanded(at: axis) }, axis: axis)
    }

    /// With `before` and `after` elements of `value` added on each axis.
    public func padded(_ amounts: [(before: Int, after: Int)], value: Float = 0) -> Tensor {
        require(
            amounts.count == rank && amounts.allSatisfy { $0.before >= 0 && $0.after >= 0 },
            "pad: \(amounts) does not fit a tensor of shape \(shape)")
        @Sendable func ranges(in shape: [Int]) -> [Range<Int>] {
            zip(shape, amounts).map { $1.before..<$1.before + $0 }
        }
        let before = shape
        let output = traced("pad", .pad(amounts, value: value), array) { x in
            let target = zip(x.shape, amounts).map { $0 + $1.before + $1.after }
            return x.embedded(in: target, at: ranges(in: x.shape), background: value)
        }
        return record("pad", output, from: self) { $0.sliced(ranges(in: before)) }
    }
}
