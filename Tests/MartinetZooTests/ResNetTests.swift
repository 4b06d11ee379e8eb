import Martinet
import MartinetZoo
import Testing

@Suite struct ResNetTests {
    /// The counts that torchvision states for its models.
    @Test(arguments: [
        (ResNet.Depth.resNet18, 11_689_512), (.resNet34, 21_797_672), (.resNet50, 25_557_032),
        (.resNet101, 44_549_160), (.resNet152, 60_192_808),
    ])
    func parameterCountsAreTorchvisions(depth: ResNet.Depth, count: Int) {
        #expect(ResNet(depth).parameterCount == count)
    }

    @Test func namesAreTorchvisions() {
        let names = ResNet(.resNet50).namedParameters.map(\.name)
        #expect(names.first == "conv1.weight")
        #expect(names.contains("layer1.0.downsample.1.bias"))
        #expect(names.contains("layer4.2.conv3.weight"))
        #expect(!names.contains("layer1.1.downsample.0.weight"))
        #expect(names.last == "fc.bias")
    }

    @Test(arguments: [(20, 272_474), (56, 855_770)])
    func cifarNetworksHaveTheirDepth(depth: Int, count: Int) {
        let model = ResNet.cifar(depth: depth)
        // The projections of option B are extra.
        let convolutions = model.namedParameters.filter { $0.name.contains("conv") }.count
        #expect(convolutions == depth - 1)
        #expect(model.parameterCount == count)
    }

    /// Torchvision states the multiply-adds of one image, in billions; the last layer's are less than a hundredth.
    @Test(arguments: [(ResNet.Depth.resNet18, 20, 1.81), (.resNet50, 53, 4.09)])
    func convolutionsAreThosePublished(depth: ResNet.Depth, count: Int, billions: Double) {
        let convolutions = ResNet(depth).convolutions(inputShape: [1, 224, 224, 3])
        #expect(convolutions.count == count)
        #expect(convolutions[0].name == "conv1")
        #expect(convolutions[0].geometry.inputShape == [1, 224, 224, 3])
        #expect(convolutions[0].geometry.outputShape == [1, 112, 112, 64])
        #expect(convolutions.map(\.name).contains("layer2.0.downsample.0"))
        let multiplyAdds = convolutions.map(\.geometry.operations).reduce(0, +) / 2
        #expect(abs(multiplyAdds / 1e9 - billions) < 0.01)
    }

    @Test func learns() {
        let model = ResNet.cifar(depth: 8, inputChannels: 1, classes: 3)
        let x = Tensor.normal([4, 8, 8, 1])
        #expect(model(x).shape == [4, 3])
        model(x).sum().backward()
        #expect(model.parameters.allSatisfy { $0.gradient != nil })
    }
}
