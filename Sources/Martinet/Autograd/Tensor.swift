import MartinetBase

/// An array of `Float`s that remembers, where a gradient can flow through it, how it was computed.
///
/// A value, and safe to share between threads: nothing changes a tensor that someone else can see. Images are
/// channels-last, `[batch, height, width, channels]`.
public struct Tensor: Sendable {
    private enum Elements: Sendable {
        case array(NDArray)
        case deferred(any DeferredElements)
    }

    private var held: Elements

    /// Where the gradient goes; nil where none is needed.
    let node: Node?

    init(array: NDArray, node: Node?) {
        held = .array(array)
        self.node = node
    }

    init(_ elements: some DeferredElements, node: Node?) {
        held = .deferred(elements)
        self.node = node
    }

    /// The elements, without the graph.
    package var array: NDArray {
        switch held {
        case .array(let array): array
        case .deferred(let elements): elements.array
        }
    }

    /// A tensor over `array` that needs no gradient.
    package init(array: NDArray) { self.init(array: array, node: nil) }

    /// The size of each axis, outermost first. Empty for a scalar.
    public var shape: [Int] {
        switch held {
        case .array(let array): array.shape
        case .deferred(let elements): elements.shape
        }
    }

    /// The number of axes.
    public var rank: Int { shape.count }

    /// The number of elements.
    public var count: Int { elementCount(shape) }

    /// The elements in row-major order.
    public var elements: [Float] { array.elements }

    /// The one element of a tensor of any shape that has just one. As PyTorch's `item()`.
    public var scalar: Float { array.scalar }

    /// Whether a backward pass would bring this tensor a gradient.
    public var requiresGradient: Bool { node != nil }

    /// The same elements, cut off from the graph.
    public var detached: Tensor { Tensor(array: array) }

    /// Gives up the elements, so that an operation that is handed the last reference to them may overwrite them.
    mutating func takeArray() -> NDArray {
        let taken = array
        held = .array(Self.nothing)
        return taken
    }

    /// Changes the elements, in place where nobody else holds them. For tensors that need no gradient.
    mutating func updateArray(_ body: (inout NDArray) -> Void) {
        var array = takeArray()
        body(&array)
        held = .array(array)
    }

    /// The elements as the `Kind` that they are held as; nil if they are not.
    func deferred<Kind: DeferredElements>(as kind: Kind.Type) -> Kind? {
        if case .deferred(let elements) = held { elements as? Kind } else { nil }
    }

    /// Gives up the elements if they are held as a `Kind` that `condition` holds for and nobody else has them.
    mutating func takeDeferred<Kind: DeferredElements>(
        _ kind: Kind.Type, where condition: (Kind) -> Bool
    ) -> Kind? {
        guard var taken = deferred(as: kind) else { return nil }
        held = .array(Self.nothing)
        if isKnownUniquelyReferenced(&taken), condition(taken) { return taken }
        held = .deferred(taken)
        return nil
    }

    /// The elements for a backward pass to come, in the least memory.
    var saved: SavedArray {
        switch held {
        case .array(let array): .array(array)
        case .deferred(let elements): elements.saved
        }
    }

    private static let nothing = NDArray.zeros([0])

    /// The same elements as a new leaf, which `gradients(of:at:)` can be asked about.
    public func requiringGradient() -> Tensor { Tensor(array: array, node: Node(leaf: nil)) }
}

// MARK: Creation

extension Tensor {
    /// A scalar.
    public init(_ value: Float) { self.init(array: NDArray(scalar: value)) }

    /// `elements` in row-major order, as a tensor of `shape`.
    public init(_ elements: [Float], shape: [Int]) { self.init(array: NDArray(elements, shape: shape)) }

    /// A tensor of one axis.
    public init(_ elements: [Float]) { self.init(elements, shape: [elements.count]) }

    /// A tensor of two axes from rows of equal length.
    public init(_ rows: [[Float]]) {
        let width = rows.first?.count ?? 0
        require(
            rows.allSatisfy { $0.count == width }, "Tensor: rows of lengths \(rows.map(\.count)) do not make an array")
        self.init(rows.flatMap { $0 }, shape: [rows.count, width])
    }

    /// A tensor of three axes from nested arrays of equal lengths.
    public init(_ planes: [[[Float]]]) {
        self = planes.isEmpty ? Tensor([], shape: [0, 0, 0]) : Tensor.stack(planes.map { Tensor($0) })
    }

    public static func zeros(_ shape: [Int]) -> Tensor { Tensor(array: .zeros(shape)) }

    public static func ones(_ shape: [Int]) -> Tensor { Tensor(array: .ones(shape)) }

    /// A tensor of `shape` whose elements are all `value`.
    public static func full(_ shape: [Int], _ value: Float) -> Tensor {
        Tensor(array: NDArray(repeating: value, shape: shape))
    }

    /// `start`, `start + step` … below `end` (above it, for a negative step).
    public static func arange(_ start: Float = 0, _ end: Float, step: Float = 1) -> Tensor {
        Tensor(Array(Swift.stride(from: start, to: end, by: step)))
    }

    /// Uniform in `range`'s half-open interval.
    public static func uniform(
        _ shape: [Int], in range: Range<Float> = 0..<1, generator: RandomGenerator = .default
    ) -> Tensor {
        Tensor(array: .uniform(shape, in: range, generator: generator))
    }

    /// Normal, independent.
    public static func normal(
        _ shape: [Int], mean: Float = 0, standardDeviation: Float = 1, generator: RandomGenerator = .default
    ) -> Tensor {
        Tensor(array: .normal(shape, mean: mean, standardDeviation: standardDeviation, generator: generator))
    }

    /// 1 at each label's place along a new last axis of `classes`, 0 elsewhere.
    public static func oneHot(_ labels: IndexArray, classes: Int) -> Tensor {
        var elements = [Float](repeating: 0, count: labels.values.count * classes)
        for (row, label) in labels.values.enumerated() {
            require(
                label >= 0 && label < classes, "oneHot: the label \(label) is out of range 0 ..< \(classes)")
            elements[row * classes + label] = 1
        }
        return Tensor(elements, shape: labels.shape + [classes])
    }

    /// 1 at each label's place, 0 elsewhere: `[labels.count, classes]`.
    public static func oneHot(_ labels: [Int], classes: Int) -> Tensor { oneHot(IndexArray(labels), classes: classes) }
}
