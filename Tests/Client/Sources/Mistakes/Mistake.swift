import Martinet

/// A mistake in a program, and the words that its message must have.
struct Mistake: Sendable {
    let name: String
    let words: [String]
    let make: @Sendable () -> Void

    init(_ name: String, _ words: String..., make: @escaping @Sendable () -> Void) {
        self.name = name
        self.words = words
        self.make = make
    }
}

let mistakes = [
    Mistake("matmul", "matmul", "[2, 3]", "[4, 5]") { _ = matmul(.zeros([2, 3]), .zeros([4, 5])) },
    Mistake("broadcast", "[2, 3]", "[4]") { _ = Tensor.zeros([2, 3]) + Tensor.zeros([4]) },
    Mistake("reshape", "expected a shape of 6 elements", "[4, 2], which has 8") {
        _ = Tensor.zeros([2, 3]).reshaped([4, 2])
    },
    Mistake("elements", "5", "[2, 3]") { _ = Tensor([1, 2, 3, 4, 5], shape: [2, 3]) },
    Mistake("concatenate", "[2, 3]", "[2, 4]") { _ = Tensor.concatenate([.zeros([2, 3]), .zeros([2, 4])], axis: 0) },
    Mistake("permuted", "permute", "[0, 0]") { _ = Tensor.zeros([2, 3]).permuted([0, 0]) },
    Mistake("axis", "sum", "2") { _ = Tensor.zeros([2, 3]).sum(axes: [2]) },
    Mistake("scalar", "scalar", "[2, 3]") { _ = Tensor.zeros([2, 3]).scalar },
    Mistake("backward", "backward", "[2, 3]") {
        let parameter = Parameter(.zeros([2, 3]))
        (parameter.value * 2).backward()
    },
    Mistake("dense", "Dense(3, 2", "expected 3 input features, found 4") { _ = Dense(3, 2)(.zeros([1, 4])) },
    Mistake("conv2D channels", "Conv2D(3, 8", "expected 3 input channels, found 4 in [8, 8, 4]") {
        _ = Conv2D(3, 8, kernelSize: 3)(.zeros([1, 8, 8, 4]))
    },
    Mistake("conv2D window", "Conv2D(3, 8", "a kernel of 5 does not fit into a height of 4") {
        _ = Conv2D(3, 8, kernelSize: 5)(.zeros([1, 4, 4, 3]))
    },
    Mistake("groups", "Conv2D", "3", "2 groups") { _ = Conv2D(3, 8, kernelSize: 3, groups: 2) },
    Mistake("size", "Size2D", "0") { _ = MaxPool2D(0) },
    Mistake("batch norm", "BatchNorm", "expected 8 features, found 4") { _ = BatchNorm(8)(.zeros([2, 4])) },
    Mistake("dropout", "Dropout", "1.5") { _ = Dropout(1.5) },
    Mistake("label", "crossEntropy", "3") { _ = crossEntropy(.zeros([1, 3]), [3]) },
    Mistake("labels", "crossEntropy", "[2, 3]", "1") { _ = crossEntropy(.zeros([2, 3]), [1]) },
    Mistake("loss", "mseLoss", "[2, 3]", "[2, 2]") { _ = mseLoss(.zeros([2, 3]), .zeros([2, 2])) },
    Mistake("data set", "2", "3") { _ = ArrayDataset(images: .zeros([2, 4]), labels: [0, 1, 2]) },
    Mistake("batch size", "0") {
        let data = ArrayDataset(images: .zeros([2, 4]), labels: [0, 1])
        _ = try? Dense(4, 2).fit(data, batchSize: 0)
    },
    Mistake("metric", "Metric", "loss") { _ = Metric<Tensor, Int>("loss", better: .smaller) { _, _ in 0 } },
    Mistake("top k", "topK", "0") { _ = Metric.topK(0) },
    Mistake("threads", "Threads.count", "0") { Threads.count = 0 },
    Mistake("learning rate", "the learning rate -1.0 is negative") { _ = SGD(Dense(1, 1), learningRate: -1) },
]
