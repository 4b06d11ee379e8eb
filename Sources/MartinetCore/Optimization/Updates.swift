import CKernels
import MartinetBase

// One step of an optimizer on one parameter: the value and its running averages change in place, in one pass over memory.

extension NDArray {
    /// Gradient descent, with momentum where there is a velocity.
    ///
    /// - Parameters:
    ///   - gradient: of this shape.
    ///   - averages: the velocity, zeros at first; empty for plain gradient descent.
    ///   - learningRate: the length of the step.
    ///   - weightDecay: this times the value is added to the gradient.
    ///   - keep: the velocity becomes this times itself …
    ///   - take: … plus this times the gradient.
    ///   - nesterov: the step is along gradient + `nesterov` * velocity; where 0, along the velocity alone.
    public mutating func stepSGD(
        gradient: NDArray, averages: inout [NDArray], learningRate: Float, weightDecay: Float, keep: Float, take: Float,
        nesterov: Float
    ) {
        let options = mk_sgd_options(
            learning_rate: learningRate, weight_decay: weightDecay, keep: keep, take: take, nesterov: nesterov)
        updateInParts(gradient, &averages, operation: "SGD") { count, gradient, value, averages in
            mk_sgd(options, count, gradient, averages.first, value)
        }
    }

    /// Adam (Kingma and Ba, arXiv 1412.6980), or AdamW where the decay is `shrink`.
    ///
    /// - Parameters:
    ///   - gradient: of this shape.
    ///   - averages: the gradient's mean and its mean square, zeros at first; for AMSGrad the largest mean square third.
    ///   - stepSize: the learning rate over 1 - beta1^t.
    ///   - shrink: what the value is multiplied with before the step; 1 for Adam.
    ///   - weightDecay: this times the value is added to the gradient; 0 for AdamW.
    ///   - beta1: what the mean keeps of itself.
    ///   - beta2: what the mean square keeps of itself.
    ///   - rootCorrection: 1 over the root of 1 - beta2^t.
    ///   - epsilon: added to the root of the mean square.
    public mutating func stepAdam(
        gradient: NDArray, averages: inout [NDArray], stepSize: Float, shrink: Float, weightDecay: Float, beta1: Float,
        beta2: Float, rootCorrection: Float, epsilon: Float
    ) {
        let options = mk_adam_options(
            step_size: stepSize, shrink: shrink, weight_decay: weightDecay, beta1: beta1, beta2: beta2,
            root_correction: rootCorrection, epsilon: epsilon)
        updateInParts(gradient, &averages, operation: "Adam") { count, gradient, value, averages in
            let largest = averages.count > 2 ? averages[2] : nil
            mk_adam(options, count, gradient, averages[0], averages[1], largest, value)
        }
    }

    /// RMSprop (Tieleman and Hinton 2012).
    ///
    /// - Parameters:
    ///   - gradient: of this shape.
    ///   - averages: the gradient's mean square, its mean if `isCentered`, and the velocity if `hasMomentum`; zeros at first.
    ///   - isCentered: whether the mean square is that of the deviation from the mean.
    ///   - hasMomentum: whether there is a velocity.
    ///   - learningRate: the length of the step.
    ///   - weightDecay: this times the value is added to the gradient.
    ///   - alpha: what the averages keep of themselves.
    ///   - epsilon: added to the root of the mean square.
    ///   - momentum: what the velocity keeps of itself.
    public mutating func stepRMSprop(
        gradient: NDArray, averages: inout [NDArray], isCentered: Bool, hasMomentum: Bool, learningRate: Float,
        weightDecay: Float, alpha: Float, epsilon: Float, momentum: Float
    ) {
        let options = mk_rmsprop_options(
            learning_rate: learningRate, weight_decay: weightDecay, alpha: alpha, epsilon: epsilon, momentum: momentum)
        updateInParts(gradient, &averages, operation: "RMSprop") { count, gradient, value, averages in
            let mean = isCentered ? averages[1] : nil
            let velocity = hasMomentum ? averages[isCentered ? 2 : 1] : nil
            mk_rmsprop(options, count, gradient, averages[0], mean, velocity, value)
        }
    }

    /// Calls `kernel` for one part of the elements a thread, with the addresses of the part in each array.
    private mutating func updateInParts(
        _ gradient: NDArray, _ averages: inout [NDArray], operation: String,
        kernel: (
            _ count: Int, _ gradient: UnsafePointer<Float>, _ value: UnsafeMutablePointer<Float>,
            _ averages: [UnsafeMutablePointer<Float>]
        ) -> Void
    ) {
        for other in [gradient] + averages {
            require(
                other.shape == shape,
                "\(operation): a gradient or average of shape \(other.shape) for a value of shape \(shape)")
        }
        let count = count
        let running = averages.indices.map { index in
            // Copied here if somebody else holds it; the address stays good while `averages` is not changed.
            averages[index].withUnsafeMutablePointer { SendablePointer($0) }
        }
        withExtendedLifetime(averages) {
            withUnsafeMutablePointer { value in
                let value = SendablePointer(value)
                parallelFor(count, grain: elementwiseGrain) { part, _ in
                    let start = part.lowerBound
                    kernel(
                        part.count, gradient.pointer + start, value.address + start, running.map { $0.address + start })
                }
            }
        }
    }
}
