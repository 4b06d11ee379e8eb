import Foundation
import MartinetBase

/// How unlikely sequences of labels are, of which nobody says where in the input each label is: connectionist temporal classification
/// (Graves et al. 2006). As `torch.nn.functional.ctc_loss`.
///
/// - Parameters:
///   - logProbabilities: `[time, batch, classes]`, such as `logSoftmax` gives.
///   - targets: the labels of each sample; their number may differ. None is `blank`.
///   - inputLengths: the steps of each sample that count; all of them where nil.
///   - blank: the class that stands for no label, and parts equal ones.
///   - reduction: `mean` divides each sample's loss by the number of its labels (at least 1) first, as PyTorch does; `none` gives
///     `[batch]`.
///   - zeroInfinity: whether a sample with too few steps for its labels counts 0 instead of infinity.
public func ctcLoss(
    _ logProbabilities: Tensor, _ targets: [[Int]], inputLengths: [Int]? = nil, blank: Int = 0,
    reduction: Reduction = .mean, zeroInfinity: Bool = false
) -> Tensor {
    let shape = logProbabilities.shape
    require(
        shape.count == 3 && shape[1] == targets.count,
        "ctcLoss: log probabilities of shape \(shape) for \(targets.count) targets, expected [time, batch, classes]")
    let (time, batch, classes) = (shape[0], shape[1], shape[2])
    let lengths = inputLengths ?? [Int](repeating: time, count: batch)
    require(
        lengths.count == batch && lengths.allSatisfy { (0...time).contains($0) },
        "ctcLoss: the input lengths \(lengths), expected \(batch) of 0 ... \(time)")
    require((0..<classes).contains(blank), "ctcLoss: the blank \(blank) is none of \(classes) classes")
    for labels in targets {
        require(
            labels.allSatisfy { (0..<classes).contains($0) && $0 != blank },
            "ctcLoss: the labels \(labels), expected classes of 0 ..< \(classes) other than the blank \(blank)")
    }
    let input = logProbabilities.array
    let paths = (0..<batch).map { sample in
        LabelPaths(input, sample: sample, labels: targets[sample], steps: lengths[sample], blank: blank)
    }
    let ignored = paths.map { zeroInfinity && $0.loss == .infinity }
    let losses = zip(paths, ignored).map { $1 ? 0 : Float($0.loss) }
    // What each sample's loss is multiplied with.
    let factors = targets.map { reduction == .mean ? 1 / Float(max(1, $0.count) * batch) : 1 }
    let total = zip(losses, factors).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    let output = reduction == .none ? NDArray(losses, shape: [batch]) : NDArray(scalar: Float(total))
    return record("ctcLoss", output, from: logProbabilities) { outer in
        var gradient = NDArray.zeros([time, batch, classes])
        for (sample, path) in paths.enumerated() where !ignored[sample] {
            let scale = factors[sample] * (outer.count == 1 ? outer.elements[0] : outer.elements[sample])
            path.subtractOccupancy(input, from: &gradient, scale: scale)
        }
        return gradient
    }
}

/// The ways along which a sample's labels can be read, with their probabilities, in logarithms and double precision.
private struct LabelPaths: Sendable {
    let sample, steps: Int
    /// The labels with blanks around each.
    let states: [Int]
    /// Of all ways that are in a state at a step: up to there, and from there on, `[steps, states]`.
    let before, after: [Double]
    let loss: Double

    init(_ input: NDArray, sample: Int, labels: [Int], steps: Int, blank: Int) {
        let (batch, classes) = (input.shape[1], input.shape[2])
        let states = [blank] + labels.flatMap { [$0, blank] }
        let elements = input.elements
        func emission(_ step: Int, _ state: Int) -> Double {
            Double(elements[(step * batch + sample) * classes + states[state]])
        }
        /// Whether a way may go from the label two states before without the blank between.
        func skips(_ state: Int) -> Bool {
            state >= 2 && states[state] != blank && states[state] != states[state - 2]
        }
        let count = states.count
        var before = [Double](repeating: -.infinity, count: steps * count)
        var after = before
        for step in 0..<steps {
            for state in 0..<count {
                var ways = step == 0 ? (state < 2 ? 0 : -.infinity) : before[(step - 1) * count + state]
                if step > 0 {
                    if state >= 1 { ways = logSum(ways, before[(step - 1) * count + state - 1]) }
                    if skips(state) { ways = logSum(ways, before[(step - 1) * count + state - 2]) }
                }
                before[step * count + state] = ways + emission(step, state)
            }
        }
        for step in (0..<steps).reversed() {
            for state in (0..<count).reversed() {
                guard step < steps - 1 else {
                    after[step * count + state] = state >= count - 2 ? 0 : -.infinity
                    continue
                }
                func way(_ next: Int) -> Double { after[(step + 1) * count + next] + emission(step + 1, next) }
                var ways = way(state)
                if state + 1 < count { ways = logSum(ways, way(state + 1)) }
                if state + 2 < count, skips(state + 2) { ways = logSum(ways, way(state + 2)) }
                after[step * count + state] = ways
            }
        }
        var likelihood = -Double.infinity
        if steps > 0 {
            likelihood = before[steps * count - 1]
            if count > 1 { likelihood = logSum(likelihood, before[steps * count - 2]) }
        } else if labels.isEmpty {
            likelihood = 0
        }
        (self.sample, self.steps, self.states, self.before, self.after) = (sample, steps, states, before, after)
        loss = -likelihood
    }

    /// Takes `scale` times the probability that a step is in a class, given the labels, from the gradient.
    func subtractOccupancy(_ input: NDArray, from gradient: inout NDArray, scale: Float) {
        guard loss.isFinite else { return }
        let (batch, classes) = (input.shape[1], input.shape[2])
        gradient.withUnsafeMutablePointer { out in
            for step in 0..<steps {
                for (state, label) in states.enumerated() {
                    let ways = before[step * states.count + state] + after[step * states.count + state] + loss
                    out[(step * batch + sample) * classes + label] -= scale * Float(exp(ways))
                }
            }
        }
    }
}

/// log(exp(a) + exp(b)).
private func logSum(_ a: Double, _ b: Double) -> Double {
    let (low, high) = a < b ? (a, b) : (b, a)
    return low == -.infinity ? high : high + log1p(exp(low - high))
}
