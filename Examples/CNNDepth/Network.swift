import Martinet

/// A convolutional network without shortcuts: `depth` 3x3 convolutions with ReLUs in up to three stages. After each stage a
/// max-pooling halves the image, and the next one has twice the channels.
func plainCNN(depth: Int, width: Int = 16, classes: Int = 10) -> Sequential {
    let stages = min(depth, 3)
    return Sequential {
        for stage in 0..<stages {
            // What does not divide goes to the first stages.
            for _ in 0..<(depth + stages - 1 - stage) / stages {
                Conv2D(filters: width << stage, kernelSize: 3, padding: 1)
                ReLU()
            }
            MaxPool2D(2)
        }
        Flatten()
        Dense(classes)
    }
}
