import MartinetBase

/// Changes parameters by their gradients: the base of `SGD`, `Adam` and all others.
///
/// ```swift
/// let optimizer = SGD(model, learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4)
/// for batch in batches {
///     crossEntropy(model(batch.images), batch.labels).backward()
///     optimizer.step()
/// }
/// ```
///
/// Frozen parameters and those without a gradient are passed by, as in PyTorch: they do not decay either.
///
/// An optimizer of one's own is a `StatefulOptimizer`.
open class Optimizer {
    /// The parameters, with their rates and decays. The rates and decays may be changed between steps.
    public final var groups: [ParameterGroup] {
        didSet {
            require(
                groups.elementsEqual(oldValue) { a, b in a.parameters.elementsEqual(b.parameters, by: ===) },
                "\(name): the parameters of an optimizer cannot be exchanged; make a new one")
        }
    }

    /// How much a step keeps of those before: of the velocity for `SGD` and `RMSprop`, of the gradient's mean for `Adam`. It
    /// may be changed between steps; the one-cycle schedule does.
    public final var momentum: Float

    let model: (any Module)?

    init(groups: [ParameterGroup], model: (any Module)?, momentum: Float) {
        self.groups = groups
        self.model = model
        self.momentum = momentum
        let parameters = groups.flatMap(\.parameters)
        require(!parameters.isEmpty, "\(name): no parameters to optimise")
        require(
            Set(parameters.map { ObjectIdentifier($0) }).count == parameters.count,
            "\(name): a parameter is in the groups twice")
    }

    /// The optimizer's name, for messages.
    public final var name: String { "\(Self.self)" }

    // MARK: For StatefulOptimizer, which knows the states' type

    /// Changes a parameter that is not frozen, if it has a gradient.
    func change(_ parameter: Parameter, in group: ParameterGroup) {
        fail("\(name): an optimizer must be a StatefulOptimizer")
    }

    /// The state of a parameter; nil if no step has changed it.
    func entry(of parameter: Parameter) -> OptimizerState.Entry? {
        fail("\(name): an optimizer must be a StatefulOptimizer")
    }

    /// Goes on from `entries`, one for each of `parameters`; nil for those that no step has changed.
    func setEntries(_ entries: [OptimizerState.Entry?], of parameters: [Parameter]) {
        fail("\(name): an optimizer must be a StatefulOptimizer")
    }

    /// The names of the running averages that belong to a parameter of `shape` with the present settings, and their shapes.
    func averageShapes(of shape: [Int]) -> [String: [Int]] { fail("\(name): an optimizer must be a StatefulOptimizer") }

    // MARK: Training

    /// Changes every parameter by its gradient, and then forgets the gradients, so that the next backward pass starts anew.
    /// PyTorch leaves the latter to a call of `zero_grad()`.
    ///
    /// - Parameter keepingGradients: leave the gradients as they are.
    /// - Precondition: a model that was given to the optimizer is in training mode.
    public final func step(keepingGradients: Bool = false) {
        require(
            model?.isTraining ?? true,
            "\(name).step: the model is in evaluation mode; call train() before training")
        for group in groups {
            for parameter in group.parameters where !parameter.isFrozen { change(parameter, in: group) }
        }
        if !keepingGradients { zeroGradients() }
    }

    /// Forgets the gradients of all parameters.
    public final func zeroGradients() {
        for group in groups {
            for parameter in group.parameters { parameter.gradient = nil }
        }
    }

    /// The learning rate of the first group. Setting it sets the base rates too, and keeps the proportions between the
    /// groups' base rates.
    public final var learningRate: Float {
        get { groups[0].learningRate }
        set {
            require(newValue >= 0, "\(name): the learning rate \(newValue) is negative")
            let first = groups[0].baseLearningRate
            for index in groups.indices {
                let rate = first == 0 ? newValue : groups[index].baseLearningRate / first * newValue
                groups[index].learningRate = rate
                groups[index].baseLearningRate = rate
            }
        }
    }

    // MARK: Checkpoints

    /// The states of all parameters and the settings, for a checkpoint.
    public final var state: OptimizerState {
        OptimizerState(
            entries: groups.flatMap(\.parameters).map { entry(of: $0) },
            groups: groups.map { group in
                OptimizerState.Group(
                    learningRate: group.learningRate, baseLearningRate: group.baseLearningRate,
                    weightDecay: group.weightDecay)
            }, momentum: momentum)
    }

    /// Goes on from `state`, which an optimizer of the same kind over like parameters has given.
    ///
    /// - Throws: `OptimizerStateError` with everything that does not fit; the optimizer is then as before.
    public final func restore(_ state: OptimizerState) throws(OptimizerStateError) {
        let parameters = groups.flatMap(\.parameters)
        let previousMomentum = momentum
        momentum = state.momentum
        let problems = mismatches(state, parameters)
        guard problems.isEmpty else {
            momentum = previousMomentum
            throw OptimizerStateError(problems: problems)
        }
        setEntries(state.entries, of: parameters)
        for (index, group) in state.groups.enumerated() {
            groups[index].learningRate = group.learningRate
            groups[index].baseLearningRate = group.baseLearningRate
            groups[index].weightDecay = group.weightDecay
        }
    }

    private func mismatches(_ state: OptimizerState, _ parameters: [Parameter]) -> [String] {
        var problems: [String] = []
        if state.groups.count != groups.count {
            problems.append("\(state.groups.count) groups, expected \(groups.count)")
        }
        if !(state.momentum >= 0) { problems.append("the momentum is \(state.momentum)") }
        for (index, group) in state.groups.enumerated() {
            let settings = [group.learningRate, group.baseLearningRate, group.weightDecay]
            if !settings.allSatisfy({ $0 >= 0 && $0.isFinite }) {
                problems.append("the learning rates and weight decay of group \(index) are \(settings)")
            }
        }
        guard state.entries.count == parameters.count else {
            return problems + ["\(state.entries.count) parameters, expected \(parameters.count)"]
        }
        for (index, (entry, parameter)) in zip(state.entries, parameters).enumerated() {
            guard let entry else { continue }
            if entry.steps < 0 { problems.append("parameter \(index) has made \(entry.steps) steps") }
            // Of a parameter that has no shape yet the names alone can be compared, which may depend on its axes.
            let shapes = parameter.isInitialized ? [parameter.shape] : [[0], [0, 0]]
            let possible = shapes.map { averageShapes(of: $0) }
            let expected = possible.first { Set(entry.averages.keys) == Set($0.keys) } ?? possible[0]
            if Set(entry.averages.keys) != Set(expected.keys) {
                problems.append(
                    "parameter \(index) has the averages \(entry.averages.keys.sorted()), expected "
                        + "\(expected.keys.sorted())")
            }
            guard parameter.isInitialized else { continue }
            for (name, average) in entry.averages.sorted(by: { $0.key < $1.key }) {
                guard let shape = expected[name], average.shape != shape else { continue }
                problems.append("\(name) of parameter \(index) has shape \(average.shape), expected \(shape)")
            }
        }
        return problems
    }
}
