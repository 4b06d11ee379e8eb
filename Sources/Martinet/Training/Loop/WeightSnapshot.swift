/// A model's parameters and buffers as they were at some moment.
///
/// Costs no memory until the model changes: arrays are shared until one of their holders writes.
public struct WeightSnapshot: Sendable {
    private let parameters: [(Parameter, Tensor)]
    private let buffers: [(Buffer, Tensor)]

    /// Takes note of the present values. Parameters without a value yet are left out.
    public init(of model: some Module) {
        parameters = model.parameters.filter(\.isInitialized).map { ($0, $0.value.detached) }
        buffers = model.namedBuffers.map(\.buffer).filter(\.isInitialized).map { ($0, $0.value) }
    }

    /// Gives the model that the snapshot was taken of its values of then.
    public func restore() {
        for (parameter, value) in parameters { parameter.value = value }
        for (buffer, value) in buffers { buffer.value = value }
    }
}
