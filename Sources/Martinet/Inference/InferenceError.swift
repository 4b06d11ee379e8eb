/// Why a model cannot be prepared for inference.
public enum InferenceError: Error, Equatable, CustomStringConvertible {
    /// An operation between input and result that cannot be run without the model.
    case unsupportedOperation(String)
    /// A tensor whose first axis is not the batch.
    case batchIsNotFirstAxis([Int])
    /// The result does not depend on the input, or was computed outside of tensors.
    case resultIsConstant
    /// On other inputs the prepared model computes something else: what the model does depends on the elements, or it
    /// computes with elements outside of tensors.
    case resultsDiffer(relativeError: Double)

    public var description: String {
        switch self {
        case .unsupportedOperation(let name): "forInference: the operation \(name) is not supported"
        case .batchIsNotFirstAxis(let shape):
            "forInference: expected tensors whose first axis is the batch, found one of shape \(shape)"
        case .resultIsConstant: "forInference: the result was not computed from the input by operations on tensors"
        case .resultsDiffer(let error):
            "forInference: the prepared model's results differ from the model's by \(error), relatively: does what it "
                + "computes depend on the elements of its input?"
        }
    }
}
