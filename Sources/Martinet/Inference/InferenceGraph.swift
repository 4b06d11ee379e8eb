/// A traced model as a list of steps, with as much as possible fused into its convolutions: a normalisation into weight and
/// bias, a sum and a ReLU into the block that is still in the cache.
package struct InferenceGraph: Sendable {
    package enum Work: Sendable {
        case convolution(TracedConvolution)
        /// As a 1x1 convolution of rows for pixels.
        case dense(TracedConvolution)
        case normalization(TracedNormalization)
        /// Nothing but the addend and the ReLU.
        case identity
        case maxPool(PoolingGeometry)
        case averagePool(PoolingGeometry, countIncludePadding: Bool)
        case other(TracedFunction, @Sendable ([NDArray]) -> NDArray)
    }

    package struct Step: Sendable {
        package let name: String
        package fileprivate(set) var work: Work
        package let inputs: [Trace.Operand]
        /// A value that is added to the work's result.
        package fileprivate(set) var addend: Int?
        /// Whether the positive part of that is taken.
        package fileprivate(set) var relu: Bool
        package fileprivate(set) var output: Int
        package fileprivate(set) var shape: [Int]

        /// The values it reads.
        var reads: [Int] {
            inputs.compactMap { if case .value(let value, _) = $0 { value } else { nil } } + (addend.map { [$0] } ?? [])
        }

        /// Whether an addend and a ReLU can be fused.
        fileprivate var takesEpilogue: Bool {
            switch work {
            case .convolution, .dense, .normalization, .identity: !relu
            case .maxPool, .averagePool, .other: false
            }
        }
    }

    package private(set) var steps: [Step] = []
    package let result: Int
    package let resultShape: [Int]
    private let foldsNormalizations: Bool

    /// Which step made a value that nothing has read yet but one operation.
    private var producers: [Int: Int] = [:]
    private let uses: [Int: Int]

    /// - Parameters:
    ///   - nodes: what a trace was told of.
    ///   - result: the value that the model returns.
    ///   - resultShape: its shape.
    ///   - foldsNormalizations: whether normalisations are folded into the convolutions before them.
    init(nodes: [Trace.Node], result: Int, resultShape: [Int], foldsNormalizations: Bool = true) {
        self.result = result
        self.resultShape = resultShape
        self.foldsNormalizations = foldsNormalizations
        var uses = [result: 1]
        for node in nodes {
            for case .value(let value, _) in node.inputs { uses[value, default: 0] += 1 }
        }
        self.uses = uses
        for node in nodes where uses[node.output] != nil { append(node) }
    }

    private mutating func append(_ node: Trace.Node) {
        if fuses(node) { return }
        var inputs = node.inputs
        var addend: Int?
        let work: Work
        switch node.operation {
        case .convolution(let convolution): work = .convolution(convolution)
        case .dense(let weight, let origin):
            work = .dense(TracedConvolution(product: weight, origin: origin))
        case .normalization(let normalization): work = .normalization(normalization)
        case .relu: work = .identity
        case .add:
            switch (inputs[0], inputs[1]) {
            case (.value(_, let shape), .value(let other, let otherShape)) where shape == otherShape:
                work = .identity
                addend = other
                inputs.removeLast()
            default: work = .other(.add) { $0[0] + $0[1] }
            }
        case .maxPool(let geometry): work = .maxPool(geometry)
        case .averagePool(let geometry, let counts): work = .averagePool(geometry, countIncludePadding: counts)
        case .other(let function, let body): work = .other(function, body)
        }
        var isReLU = node.relu
        if case .relu = node.operation { isReLU = true }
        producers[node.output] = steps.count
        steps.append(
            Step(
                name: node.name, work: work, inputs: inputs, addend: addend, relu: isReLU, output: node.output,
                shape: node.shape))
    }

    /// Makes `node` a part of the step that made its input, where that is possible.
    private mutating func fuses(_ node: Trace.Node) -> Bool {
        switch node.operation {
        case .normalization(let normalization):
            guard foldsNormalizations, let producer = soleProducer(of: node.inputs[0]),
                fold(normalization.mean, normalization.scale, normalization.shift, into: producer)
            else { return false }
            return replaceOutput(of: producer, by: node)
        case .relu:
            guard let producer = soleProducer(of: node.inputs[0]), steps[producer].takesEpilogue else { return false }
            steps[producer].relu = true
            return replaceOutput(of: producer, by: node)
        case .add: return fusesSum(node)
        default: return false
        }
    }

    private mutating func fusesSum(_ node: Trace.Node) -> Bool {
        let (a, b) = (node.inputs[0], node.inputs[1])
        if case .constant(let bias) = b, addsBias(bias, to: a, node) { return true }
        if case .constant(let bias) = a, addsBias(bias, to: b, node) { return true }
        guard case .value(let first, let shape) = a, case .value(let second, let otherShape) = b, shape == otherShape
        else { return false }
        // The step that comes later can add what the other has made.
        let candidates = [(a, second), (b, first)].compactMap { operand, other -> (step: Int, addend: Int)? in
            guard let producer = soleProducer(of: operand), steps[producer].takesEpilogue,
                steps[producer].addend == nil, steps[producer].shape == shape
            else { return nil }
            let isLater = steps[producer...].allSatisfy { $0.output != other }
            return isLater ? (producer, other) : nil
        }
        guard let best = candidates.max(by: { $0.step < $1.step }) else { return false }
        steps[best.step].addend = best.addend
        return replaceOutput(of: best.step, by: node)
    }

    /// A constant for each channel, as a `Dense` adds it.
    private mutating func addsBias(_ bias: NDArray, to operand: Trace.Operand, _ node: Trace.Node) -> Bool {
        guard let producer = soleProducer(of: operand), bias.rank == 1, node.shape.last == bias.count else {
            return false
        }
        return changeConvolution(of: producer, channels: bias.count) { convolution in
            convolution.bias = convolution.bias.map { $0 + bias } ?? bias
        } && replaceOutput(of: producer, by: node)
    }

    /// The step that made `operand`, if nothing else reads that.
    private func soleProducer(of operand: Trace.Operand) -> Int? {
        guard case .value(let value, _) = operand, uses[value] == 1 else { return nil }
        return producers[value]
    }

    private mutating func replaceOutput(of step: Int, by node: Trace.Node) -> Bool {
        producers[steps[step].output] = nil
        producers[node.output] = step
        steps[step].output = node.output
        steps[step].shape = node.shape
        return true
    }

    /// Makes `(y - mean) * scale + shift` of a convolution's result `y` its result.
    private mutating func fold(_ mean: NDArray, _ scale: NDArray, _ shift: NDArray, into step: Int) -> Bool {
        changeConvolution(of: step, channels: scale.count) { convolution in
            convolution.weight = convolution.weight * scale
            convolution.bias = (convolution.bias.map { $0 - mean } ?? mean * -1) * scale + shift
        }
    }

    /// Changes the convolution, or the product, of a step that does nothing behind it; false if there is none.
    private mutating func changeConvolution(
        of step: Int, channels: Int, _ change: (inout TracedConvolution) -> Void
    ) -> Bool {
        guard !steps[step].relu, steps[step].addend == nil else { return false }
        switch steps[step].work {
        case .convolution(var convolution):
            guard convolution.weight.shape.last == channels else { return false }
            change(&convolution)
            steps[step].work = .convolution(convolution)
        case .dense(var product):
            guard product.weight.shape.last == channels else { return false }
            change(&product)
            steps[step].work = .dense(product)
        default: return false
        }
        return true
    }
}
