import Martinet
import MartinetVision
import Testing

@Suite struct InspectionTests {
    /// A convolution, the mean of each channel, and a dense layer, for which the paper's formula can be written down: the
    /// gradient by channel k is its weight in the dense layer over the number of pixels.
    @Test func mapIsTheWeightedSumOfTheChannels() throws {
        let generator = RandomGenerator(seed: 3)
        let convolution = Conv2D(3, 4, kernelSize: 3, padding: .same, generator: generator)
        let dense = Dense(4, 5, generator: generator)
        let model = Sequential([convolution, GlobalAveragePool2D(), dense]).eval()
        let x = Tensor.normal([1, 6, 7, 3], generator: generator)

        let result = try #require(GradCAM(model, x, layer: "0", explaining: 2))
        let features = withoutGradients { convolution(x) }.elements
        let weights = dense.weight.value.elements
        #expect(dense.weight.value.shape == [4, 5])
        for pixel in 0..<42 {
            var sum: Float = 0
            for channel in 0..<4 { sum += weights[channel * 5 + 2] / 42 * features[pixel * 4 + channel] }
            #expect(abs(result.map.elements[pixel] - max(sum, 0)) < 1e-6)
        }
        #expect(result.map.shape == [6, 7])
    }

    @Test func explainsTheHighestScoreThroughAFrozenModel() throws {
        let generator = RandomGenerator(seed: 4)
        let model = Sequential([
            Conv2D(3, 4, kernelSize: 3, generator: generator), ReLU(), GlobalAveragePool2D(),
            Dense(4, 5, generator: generator),
        ]).eval()
        model.freeze()
        let x = Tensor.normal([1, 6, 7, 3], generator: generator)
        let result = try #require(GradCAM(model, x, layer: "1"))
        let scores = withoutGradients { model(x) }.elements
        #expect(scores[result.explainedClass] == scores.max())
        #expect(result.overlaid(on: Image(Tensor.full([12, 14, 3], 0.5))).pixels.count == 12 * 14 * 3)
        #expect(GradCAM(model, x, layer: "9") == nil)
        #expect(GradCAM(model, x, layer: "2") == nil, "gives no image")
    }

    @Test func featuresAreWhatTheModulesGive() {
        let generator = RandomGenerator(seed: 5)
        let inner = Sequential([Dense(3, 4, generator: generator), Tanh()])
        let model = Sequential([inner, Dense(4, 2, generator: generator)])
        let x = Tensor.normal([2, 3], generator: generator)
        let (output, features) = model.features(of: x, at: ["0", "0.1", "1", "7"])
        #expect(output.elements == model(x).elements)
        #expect(features.keys.sorted() == ["0", "0.1", "1"])
        #expect(features["0"]?.elements == inner(x).elements)
        #expect(features["0.1"]?.elements == inner(x).elements)
        #expect(model.featureShapes(inputShape: [2, 3]).map(\.name) == ["0.0", "0.1", "0", "1"])
    }

    @Test func sheetHasEveryImageInItsPlace() {
        let images = (0..<3).map {
            Image(pixels: [UInt8](repeating: UInt8(100 + $0), count: 2), height: 1, width: 2, channels: 1)
        }
        let sheet = Image.contactSheet(images, columns: 2, scale: 2)
        #expect([sheet.height, sheet.width] == [7, 11])
        #expect(sheet.pixels[1 * 11 + 1] == 100 && sheet.pixels[2 * 11 + 4] == 100)
        #expect(sheet.pixels[1 * 11 + 6] == 101)
        #expect(sheet.pixels[4 * 11 + 1] == 102)
        #expect(sheet.pixels[0] == 40 && sheet.pixels[5] == 40 && sheet.pixels[4 * 11 + 6] == 40)
    }

    @Test func imagesOfFiltersAndFeaturesAreStretched() {
        let weight = Tensor(Array(0..<24).map(Float.init), shape: [2, 2, 3, 2])
        let filters = Image.filters(weight)
        #expect(filters.count == 2)
        #expect(filters[0].channels == 3)
        #expect(filters[0].pixels.first == 0 && filters[0].pixels.last == 255)
        let maps = Image.featureMaps(Tensor([0, 5, 1, 5, 2, 5, 4, 5], shape: [1, 2, 2, 2]))
        #expect(maps.map(\.pixels) == [[0, 64, 128, 255], [0, 0, 0, 0]])
        #expect(Image.filters(Tensor.zeros([3, 3, 16, 70])).count == 64)
    }

    /// A model in training mode is explained as it predicts, and nothing in it changes.
    @Test func aModelInTrainingModeStaysAsItIs() throws {
        let bn = BatchNorm(4)
        let model = Sequential([Conv2D(3, 4, kernelSize: 3), bn, ReLU(), GlobalAveragePool2D(), Dense(4, 2)])
        let x = Tensor.uniform([1, 8, 8, 3], in: 0..<1, generator: RandomGenerator(seed: 1))
        let before = bn.runningMean.value.elements
        let trained = try #require(GradCAM(model, x, layer: "0"))
        #expect(bn.runningMean.value.elements == before)
        #expect(model.isTraining)
        model.eval()
        #expect(trained.output.elements == model(x).elements)
    }
}
