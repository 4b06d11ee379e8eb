import MartinetBase
import Synchronization

/// One recorded operation of the graph: where its result's gradient goes.
///
/// A node holds what its backward pass needs and nothing more: closures capture `NDArray`s, never `Tensor`s, so the graph
/// hangs together by `inputs` alone and can be taken apart without recursion.
final class Node: Sendable {
    /// From the gradient by the result, which it may overwrite, to those by the inputs; nil for an input that needs none.
    typealias Backward = @Sendable (inout NDArray) -> [NDArray?]

    private struct State {
        var inputs: [Node?]
        var backward: Backward?
    }

    private struct WeakParameter: Sendable {
        weak let parameter: Parameter?
    }

    /// The operation's name, for messages.
    let operation: String

    /// Nodes are numbered in the order of their creation, which is a topological order of the graph.
    let sequence: Int

    private let state: Locked<State>
    private let leaf: WeakParameter
    private static let counter = Atomic<Int>(0)

    /// The result of an operation on `inputs`.
    init(operation: String, inputs: [Node?], backward: @escaping Backward) {
        self.operation = operation
        sequence = Self.counter.add(1, ordering: .relaxed).newValue
        state = Locked(State(inputs: inputs, backward: backward))
        leaf = WeakParameter(parameter: nil)
    }

    /// A leaf: a tensor that gradients are asked for, or a parameter that keeps its own.
    init(leaf parameter: Parameter?) {
        operation = "leaf"
        sequence = Self.counter.add(1, ordering: .relaxed).newValue
        state = Locked(State(inputs: [], backward: { _ in [] }))
        leaf = WeakParameter(parameter: parameter)
    }

    /// The parameter that this leaf belongs to, if it does and is alive.
    var parameter: Parameter? { leaf.parameter }

    var inputs: [Node?] { state.withLock { $0.inputs } }

    /// The backward function and the nodes that its results go to; nil if they have been freed.
    func functionAndInputs(freeing: Bool) -> (Backward, [Node?])? {
        state.withLock { state in
            guard let backward = state.backward else { return nil }
            let inputs = state.inputs
            if freeing, !inputs.isEmpty { state = State(inputs: [], backward: nil) }
            return (backward, inputs)
        }
    }

    private func takeInputs() -> [Node?] {
        state.withLock { state in
            let inputs = state.inputs
            state.inputs = []
            return inputs
        }
    }

    deinit {
        // A chain of thousands of nodes must not be released by recursion: take the nodes that only this one holds apart
        // one by one.
        var orphans = takeInputs()
        while !orphans.isEmpty {
            var node = orphans.removeLast()
            if isKnownUniquelyReferenced(&node), let node { orphans.append(contentsOf: node.takeInputs()) }
        }
    }
}
