import MartinetBase

/// An optimizer's state for one parameter: running averages, of the parameter's shape as a rule, kept from step to step.
public protocol ParameterState: Sendable {
    /// The running averages by the names that they have in checkpoints, PyTorch's where it has them.
    var averages: [String: Tensor] { get }

    /// The state that gave `averages`; nil if they cannot be a state's.
    init?(averages: [String: Tensor])
}

/// An optimizer that keeps a `State` of each parameter: what all of them are, those of one's own too.
///
/// ```swift
/// /// Signum (Bernstein et al., arXiv 1802.04434): the sign of a running mean of the gradient.
/// final class Signum: StatefulOptimizer<SignumState> {
///     init(_ model: some Module, learningRate: Float) {
///         super.init(groups: [ParameterGroup(model.parameters, learningRate: learningRate)], model: model)
///     }
///
///     override func initialState(shape: [Int]) -> SignumState { SignumState(mean: .zeros(shape)) }
///
///     override func update(
///         _ value: inout Tensor, gradient: Tensor, state: inout SignumState, step: Int, group: ParameterGroup
///     ) {
///         value = value - group.learningRate * sign(0.9 * state.mean + 0.1 * gradient)
///         state.mean = 0.99 * state.mean + 0.01 * gradient
///     }
/// }
/// ```
open class StatefulOptimizer<State: ParameterState>: Optimizer {
    private struct Entry {
        var steps = 0
        var state: State
    }

    private var entries: [ObjectIdentifier: Entry] = [:]

    /// - Parameters:
    ///   - groups: no parameter may be in two of them.
    ///   - model: whose training mode `step()` checks; nil to check nothing.
    ///   - momentum: how much a step keeps of those before, for optimizers that have such a number.
    public override init(groups: [ParameterGroup], model: (any Module)?, momentum: Float = 0) {
        super.init(groups: groups, model: model, momentum: momentum)
    }

    // MARK: For subclasses

    /// The state of a parameter of `shape` that no step has changed yet.
    open func initialState(shape: [Int]) -> State { fail("\(name): a subclass must override initialState") }

    /// Changes one parameter.
    ///
    /// - Parameters:
    ///   - value: the parameter's, to be replaced by one of the same shape.
    ///   - gradient: the gradient by the parameter, of its shape.
    ///   - state: what belongs to the parameter.
    ///   - step: 1 for the parameter's first change.
    ///   - group: the parameter's.
    open func update(
        _ value: inout Tensor, gradient: Tensor, state: inout State, step: Int, group: ParameterGroup
    ) {
        fail("\(name): a subclass must override update")
    }

    // MARK: For Optimizer

    final override func change(_ parameter: Parameter, in group: ParameterGroup) {
        parameter.update { value, gradient in
            let key = ObjectIdentifier(parameter)
            // Out of the table while it changes, so that nobody else holds its arrays.
            var entry = entries.removeValue(forKey: key) ?? Entry(state: initialState(shape: value.shape))
            entry.steps += 1
            update(&value, gradient: gradient, state: &entry.state, step: entry.steps, group: group)
            entries[key] = entry
        }
    }

    final override func entry(of parameter: Parameter) -> OptimizerState.Entry? {
        entries[ObjectIdentifier(parameter)].map { entry in
            OptimizerState.Entry(steps: entry.steps, averages: entry.state.averages)
        }
    }

    final override func setEntries(_ entries: [OptimizerState.Entry?], of parameters: [Parameter]) {
        self.entries = [:]
        for (parameter, entry) in zip(parameters, entries) {
            guard let entry else { continue }
            guard let state = State(averages: entry.averages) else {
                fail("\(name): \(State.self) cannot be made of the averages \(entry.averages.keys.sorted())")
            }
            self.entries[ObjectIdentifier(parameter)] = Entry(steps: entry.steps, state: state)
        }
    }

    final override func averageShapes(of shape: [Int]) -> [String: [Int]] {
        initialState(shape: shape).averages.mapValues(\.shape)
    }
}

extension ParameterState {
    /// Those of `arrays` that there are, as `averages` gives them.
    static func tensors(_ arrays: KeyValuePairs<String, NDArray?>) -> [String: Tensor] {
        Dictionary(uniqueKeysWithValues: arrays.compactMap { name, array in array.map { (name, Tensor(array: $0)) } })
    }
}
