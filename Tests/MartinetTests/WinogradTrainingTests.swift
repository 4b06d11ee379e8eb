import Martinet
import MartinetCore
import Testing

@Suite struct WinogradTrainingTests {
    /// A training with Winograd's algorithms goes as one without, but for rounding. In a process of its own: what the rules
    /// may choose is set for the whole process.
    @Test func trainingDoesNotSuffer() async {
        await #expect(processExitsWith: .success) {
            // Four kinds of stripes under noise.
            let generator = RandomGenerator(seed: 3)
            let labels = (0..<256).map { _ in generator.integer(below: 4) }
            var pixels = Tensor.normal([256, 16, 16, 1], generator: generator).elements
            for (image, label) in labels.enumerated() {
                for pixel in 0..<256 {
                    let (y, x) = (pixel / 16, pixel % 16)
                    let stripe = [x, y, x + y, x - y + 16][label] / 2 % 2
                    pixels[image * 256 + pixel] += stripe == 0 ? -1 : 1
                }
            }
            let images = Tensor(pixels, shape: [256, 16, 16, 1])

            func losses(_ limit: WinogradLimit) -> [Float] {
                WinogradLimit.current = limit
                manualSeed(7)
                let model = Sequential {
                    Conv2D(1, 16, kernelSize: 3, padding: 1); BatchNorm(16); ReLU()
                    Conv2D(16, 32, kernelSize: 3, padding: 1); BatchNorm(32); ReLU()
                    Conv2D(32, 32, kernelSize: 3, padding: 1); BatchNorm(32); ReLU()
                    GlobalAveragePool2D()
                    Dense(32, 4)
                }
                let geometry = requireShapes(of: "conv2D") { () throws(ShapeError) in
                    try ConvolutionGeometry(
                        inputShape: [64, 16, 16, 32], weightShape: [3, 3, 32, 32], padding: .same)
                }
                let plan = ConvolutionPlan(geometry, .forward)
                precondition((plan.algorithm == .winograd) == (limit == .large))
                let optimizer = SGD(model, learningRate: 0.1, momentum: 0.9)
                return (0..<40).map { step in
                    let rows = step % 4 * 64..<(step % 4 + 1) * 64
                    let loss = crossEntropy(model(images[rows]), Array(labels[rows]))
                    loss.backward()
                    optimizer.step()
                    return loss.scalar
                }
            }
            let (with, without) = (losses(.large), losses(.none))
            for (a, b) in zip(with.prefix(10), without.prefix(10)) {
                precondition(abs(a - b) < 1e-3 * b, "the first losses are \(a) with and \(b) without")
            }
            func last(_ losses: [Float]) -> Float { losses.suffix(8).reduce(0, +) / 8 }
            precondition(last(with) < 0.1 && last(without) < 0.1, "learned to \(last(with)) and \(last(without))")
        }
    }
}
