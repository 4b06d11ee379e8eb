import MartinetBase

/// A part of a network, or a whole one: a class that computes an output from an input, tensors as a rule, and whose stored
/// properties are its parameters, buffers and sub-modules.
///
/// A final class whose stored properties are constants: what changes in training lies inside parameters and buffers, so a
/// module can be shared between threads, of a server for one.
///
/// Nothing is registered by hand: names, parameters, training mode and printing come from the stored properties. Their
/// names in snake case, joined by dots, are PyTorch's: the parameter `weight` of the property `conv1` of the first
/// element of the array `layer1` is `layer1.0.conv1.weight`.
///
/// ```swift
/// public final class BasicBlock: Module {
///     let conv1, conv2: Conv2D
///     let bn1, bn2: BatchNorm
///     let downsample: Sequential?
///
///     public func callAsFunction(_ x: Tensor) -> Tensor {
///         let y = bn2(conv2(relu(bn1(conv1(x)))))
///         return relu(y + (downsample?(x) ?? x))
///     }
/// }
/// ```
///
/// Input and output are what `callAsFunction` says: a module of two inputs takes a struct of them, which a data set's samples
/// make (see `Collatable`).
public protocol Module<Input, Output>: AnyObject, Sendable, CustomStringConvertible {
    /// The type of the module's input.
    associatedtype Input = Tensor

    /// The type of its output.
    associatedtype Output = Tensor

    /// Computes the output for a batch of inputs; of a tensor, the first axis.
    ///
    /// The caller gives `input` up, so that a layer that is handed the last reference to an intermediate result may overwrite
    /// it. Modules may take it as a plain `Tensor` all the same.
    func callAsFunction(_ input: consuming Input) -> Output

    /// The sizes and settings that tell this module from others of its type when it is printed, such as "64, 128, kernel: 3x3".
    var details: String { get }

    /// Other names than its own for this module's parts that are customary in files of weights: `["linear": "fc"]` where other
    /// people's code calls `linear` what is called `fc` here. A name may have dots.
    var alternativeNames: [String: String] { get }
}

extension Module {
    public var details: String { "" }

    public var alternativeNames: [String: String] { [:] }
}

/// Whether a module is being trained; a stored property of modules that behave differently then.
///
/// `Module.train()` and `eval()` set it. A new module is in training mode, as in PyTorch.
public final class TrainingMode: Sendable {
    struct State {
        var isOn = true
        /// The module that was put into this mode, which this part belongs to; nil at first.
        var setBy: ObjectIdentifier?
    }

    private let locked = Locked(State())

    public init() {}

    /// True in training mode, false in evaluation mode.
    public var isOn: Bool { state.isOn }

    var state: State {
        get { locked.withLock { $0 } }
        set { locked.withLock { $0 = newValue } }
    }
}

extension Module {
    /// The learned tensors, each once, in the order of the stored properties.
    public var parameters: [Parameter] { namedParameters.map(\.parameter) }

    /// The learned tensors with their dotted names. A parameter that is used twice appears once, by its first name.
    public var namedParameters: [(name: String, parameter: Parameter)] {
        var seen: Set<ObjectIdentifier> = []
        return members.compactMap { member in
            guard case .parameter(let parameter) = member.value, seen.insert(ObjectIdentifier(parameter)).inserted
            else { return nil }
            return (member.name, parameter)
        }
    }

    /// The tensors that are kept but not learned, with their dotted names.
    public var namedBuffers: [(name: String, buffer: Buffer)] {
        var seen: Set<ObjectIdentifier> = []
        return members.compactMap { member in
            guard case .buffer(let buffer) = member.value, seen.insert(ObjectIdentifier(buffer)).inserted
            else { return nil }
            return (member.name, buffer)
        }
    }

    /// This module, named "", and all modules within it with their dotted names, each once.
    public var namedModules: [(name: String, module: any Module)] {
        var seen: Set<ObjectIdentifier> = [ObjectIdentifier(self)]
        return [("", self)]
            + members.compactMap { member in
                guard case .module(let module) = member.value, seen.insert(ObjectIdentifier(module)).inserted
                else { return nil }
                return (member.name, module)
            }
    }

    /// The number of elements of all parameters.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

    /// The number of elements of the parameters that are not frozen.
    public var trainableParameterCount: Int { parameters.reduce(0) { $0 + ($1.isFrozen ? 0 : $1.count) } }

    /// Puts the module and all within it into training mode, or into evaluation mode for false.
    @discardableResult
    public func train(_ isTraining: Bool = true) -> Self {
        for mode in modes { mode.state = TrainingMode.State(isOn: isTraining, setBy: ObjectIdentifier(self)) }
        return self
    }

    /// Puts the module and all within it into evaluation mode.
    @discardableResult
    public func eval() -> Self { train(false) }

    /// Whether the module is in training mode: true until it, or a module that it is part of, is put into evaluation mode.
    /// A model of which only parts have been, as for fine-tuning with frozen statistics, is in training mode still.
    public var isTraining: Bool {
        let states = modes.map(\.state)
        if states.isEmpty || states.contains(where: \.isOn) { return true }
        let parts = Set(namedModules.dropFirst().map { ObjectIdentifier($0.module) })
        return states.allSatisfy { state in state.setBy.map(parts.contains) ?? false }
    }

    /// Freezes all parameters: they get no gradients, and optimizers pass them by.
    @discardableResult
    public func freeze() -> Self {
        for parameter in parameters { parameter.isFrozen = true }
        return self
    }

    /// Ends what `freeze()` began.
    @discardableResult
    public func unfreeze() -> Self {
        for parameter in parameters { parameter.isFrozen = false }
        return self
    }

    /// Forgets the gradients of all parameters.
    public func zeroGradients() {
        for parameter in parameters { parameter.gradient = nil }
    }

    /// Takes over the values of all parameters and buffers of a module with the same names and shapes.
    ///
    /// - Precondition: the names and shapes agree; otherwise it stops with all differences, and changes nothing.
    public func copyWeights(from other: some Module) {
        let mine = namedTensors
        let theirs = Dictionary(other.namedTensors.map { ($0.name, $0.array) }, uniquingKeysWith: { first, _ in first })
        var problems = mine.compactMap { tensor -> String? in
            guard let source = theirs[tensor.name] else { return "\(tensor.name) is missing" }
            guard let shape = tensor.array?.shape, shape != source?.shape else { return nil }
            return "\(tensor.name) has shape \(source?.shape ?? []), expected \(shape)"
        }
        let names = Set(mine.map(\.name))
        problems += theirs.keys.filter { !names.contains($0) }.sorted().map { "\($0) is unexpected" }
        require(problems.isEmpty, "copyWeights: " + problems.joined(separator: "; "))
        for tensor in mine {
            if let array = theirs[tensor.name] ?? nil { tensor.set(array) }
        }
    }

    /// The training modes of all that know one.
    var modes: [TrainingMode] {
        members.compactMap { if case .mode(let mode) = $0.value { mode } else { nil } }
    }
}
