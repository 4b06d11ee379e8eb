import Foundation

extension AdamState {
    /// Takes up a gradient; what optimizers that step otherwise than Adam share.
    ///
    /// - Parameters:
    ///   - gradient: with the weight decay that belongs to it.
    ///   - betas: what the means of the gradient and of its square keep of themselves.
    ///   - step: 1 for the first gradient.
    /// - Returns: the gradient's running mean, and the root of the mean square, corrected for its start at zero.
    mutating func advance(_ gradient: Tensor, _ betas: (Float, Float), step: Int) -> (mean: Tensor, root: Tensor) {
        let mean = Tensor(array: firstMoment) * betas.0 + gradient * (1 - betas.0)
        let meanSquare = Tensor(array: secondMoment) * betas.1 + square(gradient) * (1 - betas.1)
        (firstMoment, secondMoment) = (mean.array, meanSquare.array)
        let correction = 1 / (1 - pow(Double(betas.1), Double(step))).squareRoot()
        return (mean, sqrt(meanSquare) * Float(correction))
    }
}
