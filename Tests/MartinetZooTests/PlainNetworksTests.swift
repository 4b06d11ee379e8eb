import Martinet
import MartinetZoo
import Testing

@Suite struct PlainNetworksTests {
    /// The paper's figure 3 and table 1: as many parameters and multiply-adds as the residual network with option A.
    @Test(arguments: [(ResNet.Depth.resNet18, 1.8), (.resNet34, 3.6)])
    func plainNetworksAreResNetsWithoutShortcuts(depth: ResNet.Depth, billions: Double) {
        let model = ResNet(depth, shortcut: .none)
        let residual = ResNet(depth, shortcut: .zeroPadding)
        #expect(model.parameterCount == residual.parameterCount)
        #expect(model.namedParameters.filter { $0.parameter.shape.count > 1 }.count == depth.rawValue)
        let multiplyAdds = model.summary(inputShape: [1, 224, 224, 3]).multiplyAdds
        #expect(multiplyAdds == residual.summary(inputShape: [1, 224, 224, 3]).multiplyAdds)
        #expect(abs(Double(multiplyAdds) / 1e9 - billions) < 0.05)
    }

    /// With the last γ zero, a block that has no shortcut passes nothing on.
    @Test(arguments: [8, 50]) func thereIsNoShortcut(depth: Int) {
        let (block, last): (any Module<Tensor, Tensor>, String) =
            depth == 8
            ? (BasicBlock(8, 8, shortcut: .none), "bn2.weight")
            : (Bottleneck(8, width: 2, shortcut: .none), "bn3.weight")
        for (name, parameter) in block.namedParameters where name == last { parameter.value = .zeros([8]) }
        #expect(block(.uniform([2, 4, 4, 8])).elements.allSatisfy { $0 == 0 })
    }

    /// Shortcuts without parameters draw no random numbers, so both networks start from the same weights.
    @Test func weightsAreTheResidualNetworks() {
        let plain = ResNet.cifar(depth: 14, shortcut: .none, generator: RandomGenerator(seed: 3))
        let residual = ResNet.cifar(depth: 14, shortcut: .zeroPadding, generator: RandomGenerator(seed: 3))
        #expect(plain.namedParameters.map(\.name) == residual.namedParameters.map(\.name))
        for (a, b) in zip(plain.parameters, residual.parameters) { #expect(a.value.elements == b.value.elements) }
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
