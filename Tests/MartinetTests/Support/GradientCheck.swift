import Martinet
import Testing

/// How gradients are compared with finite differences.
///
/// The output is reduced to one number with fixed random weights, summed in double precision. The derivative by an element
/// is that of central differences with two steps, combined so that the error is of fourth order in the step (Richardson);
/// with `Float` in between, about four digits are right.
struct GradientCheck {
    /// Inputs must be farther than twice this from where the function has a kink.
    var step: Float = 1 / 64

    /// The largest norm of the difference, over the norm of the finite differences.
    var tolerance = 1e-3

    /// The number of elements of each input that are checked, if it has more.
    var samples = 60

    /// Where the gradients of `function` by `inputs` are not those of finite differences.
    func disagreements(_ what: String, at inputs: [Tensor], _ function: ([Tensor]) -> Tensor) -> [String] {
        let leaves = inputs.map { $0.detached.requiringGradient() }
        let output = function(leaves)
        guard output.requiresGradient else { return ["\(what): the output does not depend on the inputs"] }
        let weights = Self.weights(for: output)
        let found = gradients(of: output, at: leaves, gradient: weights)
        return inputs.indices.compactMap { index in
            disagreement("\(what), input \(index)", inputs[index], found[index], weights) { changed in
                var all = inputs
                all[index] = changed
                return function(all)
            }
        }
    }

    /// Where the gradients by the parameters of `module` are not those of finite differences.
    func disagreements(_ what: String, ofParametersIn module: some Module<Tensor, Tensor>, at input: Tensor) -> [String]
    {
        let output = module(input)
        let weights = Self.weights(for: output)
        module.zeroGradients()
        output.backward(gradient: weights)
        return module.namedParameters.compactMap { name, parameter in
            guard let found = parameter.gradient else { return "\(what): \(name) has no gradient" }
            let value = parameter.value.detached
            defer { parameter.value = value }
            return disagreement("\(what), \(name)", value, found, weights) { changed in
                parameter.value = changed
                return module(input)
            }
        }
    }

    private static func weights(for output: Tensor) -> Tensor {
        .uniform(output.shape, in: 0.5..<1.5, generator: RandomGenerator(seed: 11))
    }

    private func disagreement(
        _ what: String, _ input: Tensor, _ found: Tensor, _ weights: Tensor, _ function: (Tensor) -> Tensor
    ) -> String? {
        let start = input.elements
        let weights = weights.elements
        func value(at position: Int, _ offset: Float) -> (x: Double, y: Double) {
            var elements = start
            elements[position] += offset
            let y = withoutGradients { function(Tensor(elements, shape: input.shape)) }.elements
            return (Double(elements[position]), zip(y, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) })
        }
        func slope(at position: Int, _ step: Float) -> Double {
            let (above, below) = (value(at: position, step), value(at: position, -step))
            return (above.y - below.y) / (above.x - below.x)
        }
        var random = RandomGenerator(seed: 12)
        let positions = start.indices.shuffled(using: &random).prefix(samples)
        let numerical = positions.map { Float((4 * slope(at: $0, step) - slope(at: $0, 2 * step)) / 3) }
        let all = found.elements
        let analytical = positions.map { all[$0] }
        let error = relativeError(analytical, numerical)
        if error <= tolerance { return nil }
        return """
            \(what) of shape \(input.shape): a relative error of \(error), above \(tolerance)
              backward           \(analytical.prefix(6))
              finite differences \(numerical.prefix(6))
            """
    }
}

/// Fails where the gradients of `function` by `inputs` are not those of finite differences.
func expectGradients(
    _ what: String, at inputs: [Tensor], check: GradientCheck = GradientCheck(),
    sourceLocation: SourceLocation = #_sourceLocation, _ function: ([Tensor]) -> Tensor
) {
    for message in check.disagreements(what, at: inputs, function) {
        Issue.record(Comment(rawValue: message), sourceLocation: sourceLocation)
    }
}

/// Fails where the gradients of `module` by its input or by its parameters are not those of finite differences.
func expectGradients(
    _ what: String, of module: some Module<Tensor, Tensor>, at input: Tensor, check: GradientCheck = GradientCheck(),
    sourceLocation: SourceLocation = #_sourceLocation
) {
    for message in check.disagreements(what, at: [input], { module($0[0]) })
        + check.disagreements(what, ofParametersIn: module, at: input)
    {
        Issue.record(Comment(rawValue: message), sourceLocation: sourceLocation)
    }
}

/// An operation with inputs to check it at.
struct Differentiable: Sendable, CustomTestStringConvertible {
    let name: String
    let inputs: [Tensor]
    let function: @Sendable ([Tensor]) -> Tensor

    init(_ name: String, _ inputs: [Tensor], _ function: @escaping @Sendable ([Tensor]) -> Tensor) {
        self.name = name
        self.inputs = inputs
        self.function = function
    }

    /// The same operation on one input of the kind that most operations can be checked at.
    init(_ name: String, _ function: @escaping @Sendable (Tensor) -> Tensor) {
        self.init(name, [.smooth([2, 3, 4])]) { function($0[0]) }
    }

    var testDescription: String { name }
}

extension Tensor {
    /// Normal numbers, the same at each call.
    static func smooth(_ shape: [Int], seed: UInt64 = 1) -> Tensor {
        .normal(shape, generator: RandomGenerator(seed: seed))
    }

    /// Uniform in 0.5 ... 2.
    static func positive(_ shape: [Int], seed: UInt64 = 2) -> Tensor {
        .uniform(shape, in: 0.5..<2, generator: RandomGenerator(seed: seed))
    }

    /// Numbers of both signs, shuffled, that lie at least 0.1 apart from each other and from 0: for functions with kinks and
    /// for those that choose an element.
    static func spread(_ shape: [Int], seed: UInt64 = 3) -> Tensor {
        let count = shape.reduce(1, *)
        var random = RandomGenerator(seed: seed)
        let values = (0..<count).map { (Float($0) - Float(count / 2) + 0.5) * 0.2 }.shuffled(using: &random)
        return Tensor(values, shape: shape)
    }
}
