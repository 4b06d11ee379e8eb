import CKernels
import MartinetBase

// One step of an optimizer on one parameter: the value and its running averages change in place, in one pass over memory.

extension NDArray {
    /// Gradient descent, with momentum where there is a velocity.
    ///
    /// - Parameters:
    ///   - gradient: of this shape.
    ///   - velocity: zeros at first; nil, or left alone where `keep` is 0, for plain gradient descent.
    ///   - learningRate: the length of the step.
    ///   - weightDecay: this times the value is added to the gradient.
    ///   - keep: the velocity becomes this times itself …
    ///   - take: … plus this times the gradient.
    ///   - nesterov: the step is along gradient + `nesterov` * velocity; where 0, along the velocity alone.
    package mutating func stepSGD(
        gradient: NDArray, velocity: inout NDArray?, learningRate: Float, weightDecay: Float, keep: Float, take: Float,
        nesterov: Float
    ) {
        let options = mk_sgd_options(
            learning_rate: learningRate, weight_decay: weightDecay, keep: keep, take: take, nesterov: nesterov)
        let velocity = keep == 0 ? nil : velocity?.average(of: self, operation: "SGD")
        updateInParts(gradient, operation: "SGD") { part, gradient, value in
            mk_sgd(options, part.count, gradient, velocity?[part], value)
        }
    }

    /// Adam (Kingma and Ba, arXiv 1412.6980), or AdamW where the decay is `shrink`.
    ///
    /// - Parameters:
    ///   - gradient: of this shape.
    ///   - firstMoment: the gradient's running mean, zeros at first.
    ///   - secondMoment: the running mean of its square, zeros at first.
    ///   - largestSecondMoment: the largest so far, zeros at first, for AMSGrad; otherwise nil.
    ///   - stepSize: the learning rate over 1 - beta1^t.
    ///   - shrink: what the value is multiplied with before the step; 1 for Adam.
    ///   - weightDecay: this times the value is added to the gradient; 0 for AdamW.
    ///   - beta1: what the mean keeps of itself.
    ///   - beta2: what the mean square keeps of itself.
    ///   - rootCorrection: 1 over the root of 1 - beta2^t.
    ///   - epsilon: added to the root of the mean square.
    package mutating func stepAdam(
        gradient: NDArray, firstMoment: inout NDArray, secondMoment: inout NDArray, largestSecondMoment: inout NDArray?,
        stepSize: Float, shrink: Float, weightDecay: Float, beta1: Float, beta2: Float, rootCorrection: Float,
        epsilon: Float
    ) {
        let options = mk_adam_options(
            step_size: stepSize, shrink: shrink, weight_decay: weightDecay, beta1: beta1, beta2: beta2,
            root_correction: rootCorrection, epsilon: epsilon)
        let first = firstMoment.average(of: self, operation: "Adam")
        let second = secondMoment.average(of: self, operation: "Adam")
        let largest = largestSecondMoment?.average(of: self, operation: "Adam")
        updateInParts(gradient, operation: "Adam") { part, gradient, value in
            mk_adam(options, part.count, gradient, first[part], second[part], largest?[part], value)
        }
    }

    /// RMSprop (Tieleman and Hinton 2012).
    ///
    /// - Parameters:
    ///   - gradient: of this shape.
    ///   - meanSquare: the running mean of the gradient's square, zeros at first.
    ///   - mean: the gradient's running mean, zeros at first, where the mean square is to be that of the deviation from it;
    ///     otherwise nil.
    ///   - velocity: zeros at first; nil, or left alone where `momentum` is 0, for none.
    ///   - learningRate: the length of the step.
    ///   - weightDecay: this times the value is added to the gradient.
    ///   - alpha: what the averages keep of themselves.
    ///   - epsilon: added to the root of the mean square.
    ///   - momentum: what the velocity keeps of itself.
    package mutating func stepRMSprop(
        gradient: NDArray, meanSquare: inout NDArray, mean: inout NDArray?, velocity: inout NDArray?,
        learningRate: Float, weightDecay: Float, alpha: Float, epsilon: Float, momentum: Float
    ) {
        let options = mk_rmsprop_options(
            learning_rate: learningRate, weight_decay: weightDecay, alpha: alpha, epsilon: epsilon, momentum: momentum)
        let square = meanSquare.average(of: self, operation: "RMSprop")
        let mean = mean?.average(of: self, operation: "RMSprop")
        let velocity = momentum == 0 ? nil : velocity?.average(of: self, operation: "RMSprop")
        updateInParts(gradient, operation: "RMSprop") { part, gradient, value in
            mk_rmsprop(options, part.count, gradient, square[part], mean?[part], velocity?[part], value)
        }
    }

    /// Where the elements of this running average of `value` are. They are copied if somebody else holds them; the address
    /// stays good until the average is changed next.
    private mutating func average(of value: NDArray, operation: String) -> ParallelOutput<Float> {
        require(
            shape == value.shape, "\(operation): an average of shape \(shape) for a value of shape \(value.shape)")
        return withUnsafeMutablePointer { ParallelOutput($0) }
    }

    /// Calls `kernel` for one part of the elements a thread, with the addresses of the gradient's and the value's part.
    private mutating func updateInParts(
        _ gradient: NDArray, operation: String,
        kernel: @Sendable (Range<Int>, _ gradient: UnsafePointer<Float>, _ value: UnsafeMutablePointer<Float>) -> Void
    ) {
        require(
            gradient.shape == shape,
            "\(operation): a gradient of shape \(gradient.shape) for a value of shape \(shape)")
        let count = count
        withUnsafeMutablePointer { value in
            parallelFill(value, count: count) { part, items in
                kernel(items, gradient.pointer + items.lowerBound, part)
            }
        }
    }
}
