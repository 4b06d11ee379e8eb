import Foundation
import Martinet
import MartinetZoo
import Testing

@Suite struct ResNetTests {
    /// The counts of section 4.2's networks with option A, whose shortcuts have no parameters: those of the plain networks.
    @Test(arguments: [(20, 269_722), (32, 464_154), (44, 658_586), (56, 853_018), (110, 1_727_962), (1202, 19_421_274)])
    func cifarNetworksHaveTheirParameters(depth: Int, count: Int) {
        let model = ResNet.cifar(depth: depth, shortcut: .zeroPadding)
        let weights = model.namedParameters.filter { $0.parameter.shape.count > 1 }
        #expect(weights.count == depth)
        #expect(model.parameterCount == count)
        guard depth < 1000 else { return }
        let plain = ResNet.cifar(depth: depth, shortcut: .none)
        #expect(plain.namedParameters.map(\.name) == model.namedParameters.map(\.name))
        #expect(plain.namedParameters.map(\.parameter.shape) == model.namedParameters.map(\.parameter.shape))
    }

    /// Option B projects where the channels double, option C everywhere.
    @Test(arguments: [(20, 272_474), (56, 855_770)])
    func projectionsAreExtra(depth: Int, count: Int) {
        #expect(ResNet.cifar(depth: depth).parameterCount == count)
        let projections = ResNet.cifar(depth: depth, shortcut: .projectionEverywhere).namedParameters.filter {
            $0.name.hasSuffix("downsample.0.weight")
        }
        #expect(projections.count == (depth - 2) / 2)
        #expect(projections.first?.parameter.shape == [1, 1, 16, 16])
    }

    /// The paper's table 1 has, in billions, the multiply-adds of an image of 224x224. It counts ResNet-34 with option A;
    /// its figures are rounded or cut off, one as much as the other.
    @Test(arguments: [
        (ResNet.Depth.resNet18, 1_814_073_344, 1.8), (.resNet34, 3_663_761_408, 3.6), (.resNet50, 3_857_973_248, 3.8),
        (.resNet101, 7_570_194_432, 7.6), (.resNet152, 11_282_415_616, 11.3),
    ])
    func multiplyAddsAreThePapers(depth: ResNet.Depth, count: Int, billions: Double) {
        let summary = ResNet(depth, version: .v1).summary(inputShape: [1, 224, 224, 3])
        #expect(summary.multiplyAdds == count)
        #expect(abs(Double(summary.multiplyAdds) / 1e9 - billions) < 0.065)
    }

    /// Torchvision states those of its models, which have the stride on the 3x3 convolution.
    @Test(arguments: [(ResNet.Depth.resNet18, 20, 1.81), (.resNet50, 53, 4.09), (.resNet101, 104, 7.80)])
    func convolutionsAreThosePublished(depth: ResNet.Depth, count: Int, billions: Double) {
        let model = ResNet(depth)
        let convolutions = model.convolutions(inputShape: [1, 224, 224, 3])
        #expect(convolutions.count == count)
        #expect(convolutions[0].name == "conv1")
        #expect(convolutions[0].geometry.outputShape == [1, 112, 112, 64])
        #expect(convolutions.map(\.name).contains("layer2.0.downsample.0"))
        let summary = model.summary(inputShape: [1, 224, 224, 3])
        #expect(abs(Double(summary.multiplyAdds) / 1e9 - billions) < 0.01)
        // Both count the same, but that a summary counts the dense layer too.
        let operations = convolutions.map(\.geometry.operations).reduce(0, +)
        #expect(Int(operations) / 2 + 1000 * (depth == .resNet18 ? 512 : 2048) == summary.multiplyAdds)
    }

    @Test func summaryShowsTheStages() throws {
        let summary = ResNet(.resNet18, inputChannels: 1, classes: 10).summary(inputShape: [1, 224, 224, 1])
        let shapes = Dictionary(summary.rows.map { ($0.name, $0.outputShape) }, uniquingKeysWith: { $1 })
        #expect(shapes["maxpool"] == [56, 56, 64])
        #expect(shapes["layer1.1.relu"] == [56, 56, 64])
        #expect(shapes["layer2.1.relu"] == [28, 28, 128])
        #expect(shapes["layer3.1.relu"] == [14, 14, 256])
        #expect(shapes["layer4.1.relu"] == [7, 7, 512])
        #expect(shapes["avgpool"] == [512])
        #expect(shapes["fc"] == [10])
        let decoded = try JSONDecoder().decode(Summary.self, from: JSONEncoder().encode(summary))
        #expect(decoded.description == summary.description)
    }

    @Test func zeroPaddingTakesEverySecondPixel() {
        let x = Tensor(array: Tensor.arange(0, 18).array).reshaped([1, 3, 3, 2])
        let y = ZeroPaddedShortcut(2, 4, stride: 2)(x)
        #expect(y.shape == [1, 2, 2, 4])
        #expect(y.elements == [0, 0, 1, 0, 0, 4, 5, 0, 0, 12, 13, 0, 0, 16, 17, 0])
    }

    @Test func zeroGammaMakesBlocksTheIdentity() {
        let model = ResNet(.resNet50, stem: .cifar, zeroInitializesLastGamma: true, classes: 3)
        let last = model.namedParameters.filter { $0.name.hasSuffix("bn3.weight") }
        #expect(last.count == 16)
        #expect(last.allSatisfy { $0.parameter.value.elements.allSatisfy { $0 == 0 } })
        let block = BasicBlock(4, 4)
        let x = Tensor.uniform([2, 3, 3, 4])
        let zero = block.namedParameters.first { $0.name == "bn2.weight" }
        zero?.parameter.value = .zeros([4])
        #expect(block(x).elements == x.elements)
    }

    @Test func stochasticDepthGrowsAndEndsInEvaluation() {
        let model = ResNet.cifar(depth: 20, stochasticDepth: 0.5, generator: RandomGenerator(seed: 1))
        let rates = model.namedModules.compactMap { ($0.module as? StochasticDepth)?.rate }
        #expect(rates.count == 9)
        #expect(rates.last == 0.5)
        #expect(abs(rates[0] - 0.5 / 9) < 1e-6)
        let sure = ResNet.cifar(depth: 20)
        sure.copyWeights(from: model)
        let x = Tensor.normal([2, 16, 16, 3])
        #expect(model.eval()(x).elements == sure.eval()(x).elements)
        #expect(model.train()(x).elements != model(x).elements)
    }

    @Test func learns() {
        for shortcut in ResNet.Shortcut.allCases {
            let model = ResNet.cifar(
                depth: 8, shortcut: shortcut, stochasticDepth: shortcut == .none ? 0 : 0.2, inputChannels: 1, classes: 3
            )
            let x = Tensor.normal([4, 8, 8, 1])
            #expect(model(x).shape == [4, 3])
            model(x).sum().backward()
            #expect(model.parameters.allSatisfy { $0.gradient != nil })
        }
    }

    @Test func unknownDepthsStop() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = ResNet.cifar(depth: 21)
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("the depth must be 6n + 2 (20, 32, 44 …), found 21"))
    }
}
