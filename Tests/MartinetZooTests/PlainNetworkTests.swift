import Martinet
import MartinetZoo
import Testing

@Suite struct PlainNetworkTests {
    /// The paper's figure 3 and table 1: as many parameters and multiply-adds as the residual network with option A.
    @Test(arguments: [
        (PlainNetwork.Depth.plain18, ResNet.Depth.resNet18, 1.8), (.plain34, .resNet34, 3.6),
    ])
    func imageNetNetworksAreResNetsWithoutShortcuts(plain: PlainNetwork.Depth, depth: ResNet.Depth, billions: Double) {
        let model = PlainNetwork(plain)
        let residual = ResNet(depth, shortcut: .zeroPadding)
        #expect(model.parameterCount == residual.parameterCount)
        #expect(model.namedParameters.filter { $0.parameter.shape.count > 1 }.count == plain.rawValue)
        let multiplyAdds = model.summary(inputShape: [1, 224, 224, 3]).multiplyAdds
        #expect(multiplyAdds == residual.summary(inputShape: [1, 224, 224, 3]).multiplyAdds)
        #expect(abs(Double(multiplyAdds) / 1e9 - billions) < 0.05)
    }

    /// With all normalisations' β above all that the convolutions make, a plain network passes on constants.
    @Test func thereIsNoShortcut() {
        let block = PlainBlock(3, 3)
        for (name, parameter) in block.namedParameters where name == "bn2.weight" { parameter.value = .zeros([3]) }
        #expect(block(.uniform([2, 4, 4, 3])).elements.allSatisfy { $0 == 0 })
    }

    @Test(arguments: 1...7)
    func tutorialNetworksHaveTheirDepth(depth: Int) {
        let model = PlainCNN(depth: depth)
        let convolutions = model.convolutions(inputShape: [1, 32, 32, 3])
        #expect(convolutions.count == depth)
        #expect(convolutions.allSatisfy { $0.geometry.weightShape[0] == 3 })
        let x = Tensor.normal([2, 32, 32, 3])
        #expect(model(x).shape == [2, 10])
        model(x).sum().backward()
        #expect(model.parameters.allSatisfy { $0.gradient != nil })
    }

    @Test func tutorialNetworkOfFourConvolutions() {
        let rows = PlainCNN(depth: 4).summary(inputShape: [1, 32, 32, 3]).rows
        #expect(
            rows.map(\.type) == [
                "Conv2D", "ReLU", "Conv2D", "ReLU", "MaxPool2D", "Conv2D", "ReLU", "MaxPool2D", "Conv2D", "ReLU",
                "MaxPool2D", "Dense",
            ])
        #expect(rows.first?.name == "features.0")
        #expect(rows.dropLast().last?.outputShape == [4, 4, 64])
    }
}
