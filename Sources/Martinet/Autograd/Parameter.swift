import MartinetBase

/// A tensor that is learned: a module's weight. The only kind of leaf that keeps its gradient.
///
/// Safe to read from several threads. Training, which changes it, is the affair of one thread at a time.
public final class Parameter: Sendable {
    private struct State {
        var array: NDArray?
        var gradient: NDArray?
        var isFrozen = false
        var node: Node?
    }

    private let state = Locked(State())

    /// Starts from `value`.
    public init(_ value: Tensor) { state.withLock { $0.array = value.array } }

    /// A parameter whose shape its layer learns from its first input; see `isInitialized`.
    public init() {}

    /// Whether the parameter has a value yet. Layers that are made without the number of their inputs get theirs when they
    /// see the first one.
    public var isInitialized: Bool { state.withLock { $0.array != nil } }

    /// The value, as a leaf of the graph unless frozen. Assigning another tensor of the same shape changes what every user
    /// of the parameter sees.
    public var value: Tensor {
        get {
            state.withLock { state in
                guard let array = state.array else { return Self.uninitialized() }
                guard !state.isFrozen, Recording.isEnabled else { return Tensor(array: array) }
                let node = state.node ?? Node(leaf: self)
                state.node = node
                return Tensor(array: array, node: node)
            }
        }
        set {
            state.withLock { state in
                if let array = state.array {
                    require(
                        array.shape == newValue.shape,
                        "Parameter: a value of shape \(newValue.shape) cannot replace one of shape \(array.shape)")
                }
                state.array = newValue.array
            }
        }
    }

    /// The value's shape.
    public var shape: [Int] { array.shape }

    /// The number of elements; 0 while there is no value.
    public var count: Int { state.withLock { $0.array?.count ?? 0 } }

    /// The gradient that backward passes have added up since it was last set to nil.
    public var gradient: Tensor? {
        get { state.withLock { $0.gradient.map { Tensor(array: $0) } } }
        set {
            state.withLock { state in
                if let newValue, let array = state.array {
                    require(
                        array.shape == newValue.shape,
                        "Parameter: a gradient of shape \(newValue.shape) for a value of shape \(array.shape)")
                }
                state.gradient = newValue?.array
            }
        }
    }

    /// A frozen parameter gets no gradient, and optimizers pass it by. As `requires_grad = False`.
    public var isFrozen: Bool {
        get { state.withLock { $0.isFrozen } }
        set { state.withLock { $0.isFrozen = newValue } }
    }

    /// The value without gradients.
    var array: NDArray {
        state.withLock { $0.array } ?? Self.uninitialized().array
    }

    func accumulate(_ gradient: NDArray) {
        state.withLock { state in
            if state.gradient == nil { state.gradient = gradient } else { state.gradient?.add(gradient) }
        }
    }

    /// Changes the value by its gradient, if there are both; in place where nobody else holds it.
    func update(_ body: (_ value: inout Tensor, _ gradient: Tensor) -> Void) {
        state.withLock { state in
            guard var value = state.array.map({ Tensor(array: $0) }), let gradient = state.gradient else { return }
            let shape = value.shape
            // Otherwise there would always be somebody else.
            state.array = nil
            body(&value, Tensor(array: gradient))
            require(
                value.shape == shape,
                "Parameter: an update of shape \(value.shape) cannot replace a value of shape \(shape)")
            state.array = value.array
        }
    }

    /// Changes the gradient, if there is one.
    func updateGradient(_ body: (inout NDArray) -> Void) {
        state.withLock { state in
            if state.gradient != nil { body(&state.gradient!) }
        }
    }

    private static func uninitialized() -> Tensor {
        fail(
            "Parameter: no value yet; its layer gets its shape from its first input, so call the layer (or the model) once"
        )
    }
}

/// A tensor that belongs to a module's state but is not learned, such as BatchNorm's running mean.
public final class Buffer: Sendable {
    private let state: Locked<NDArray?>

    public init(_ value: Tensor) { state = Locked(value.array) }

    /// A buffer whose shape its layer learns from its first input.
    public init() { state = Locked(nil) }

    /// Whether the buffer has a value yet.
    public var isInitialized: Bool { state.withLock { $0 != nil } }

    /// The value. Assigning replaces it for every user of the buffer.
    public var value: Tensor {
        get {
            guard let array = state.withLock({ $0 }) else {
                fail("Buffer: no value yet; call its layer (or the model) once")
            }
            return Tensor(array: array)
        }
        set {
            state.withLock { state in
                if let array = state {
                    require(
                        array.shape == newValue.shape,
                        "Buffer: a value of shape \(newValue.shape) cannot replace one of shape \(array.shape)")
                }
                state = newValue.array
            }
        }
    }

    /// The number of elements; 0 while there is no value.
    public var count: Int { state.withLock { $0?.count ?? 0 } }
}
