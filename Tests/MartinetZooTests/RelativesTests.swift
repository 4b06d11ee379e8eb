import Foundation
import Martinet
import MartinetZoo
import Testing

/// The networks beside ResNets of the first paper's form.
@Suite struct RelativesTests {
    /// Torchvision states the parameters, in millions, and the multiply-adds, in billions.
    @Test(arguments: [(DenseNet.Depth.denseNet121, 8.0, 2.83), (.denseNet169, 14.1, 3.36), (.denseNet201, 20.0, 4.29)])
    func denseNetworksHaveTheirSize(depth: DenseNet.Depth, millions: Double, billions: Double) {
        let model = DenseNet(depth)
        let layers = model.namedParameters.filter { $0.parameter.shape.count > 1 }
        #expect(layers.count == depth.rawValue)
        #expect(abs(Double(model.parameterCount) / 1e6 - millions) < 0.1)
        let multiplyAdds = model.summary(inputShape: [1, 224, 224, 3]).multiplyAdds
        #expect(abs(Double(multiplyAdds) / 1e9 - billions) < 0.01)
    }

    @Test func denseNetworksLearn() {
        let model = DenseNet(blocks: [2, 2], growth: 4, stemChannels: 8, inputChannels: 1, classes: 3)
        let logits = model(.normal([2, 32, 32, 1]))
        #expect(logits.shape == [2, 3])
        logits.sum().backward()
        #expect(model.parameters.allSatisfy { $0.gradient != nil })
    }

    @Test(arguments: ResNet.Shortcut.allCases)
    func preActivation(shortcut: ResNet.Shortcut) throws {
        let model = PreActivationResNet.cifar(depth: 14, shortcut: shortcut, inputChannels: 1)
        let x = Tensor.normal([3, 16, 16, 1])
        model(x).sum().backward()
        #expect(model.parameters.allSatisfy { $0.gradient != nil })
        let prepared = try model.forInference(inputShape: x.shape)
        let expected = withoutGradients { model.eval()(x) }
        #expect(zip(prepared(x).elements, expected.elements).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    /// With its last convolution's weights at zero, a block gives back what it gets, negative numbers too.
    @Test func nothingFollowsThePreActivatedSum() {
        let model = PreActivationResNet.cifar(depth: 8)
        for (name, parameter) in model.namedParameters where name == "layer1.0.conv2.weight" {
            parameter.value = .zeros(parameter.shape)
        }
        let block = model.namedModules.first { $0.name == "layer1.0" }?.module as? any Module<Tensor, Tensor>
        let x = Tensor.normal([2, 4, 4, 16])
        #expect(block?(x).elements == x.elements)
    }

    /// A closed gate carries the input on.
    @Test func gatesBeginNearlyClosed() {
        let x = Tensor.normal([4, 6])
        let y = Highway(6, gateBias: -30)(x)
        #expect(zip(y.elements, x.elements).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test func outlinesAreWrittenAsJSON() throws {
        let model = ResNet.cifar(depth: 8, shortcut: .zeroPadding, stochasticDepth: 0.3)
        let outline = try JSONDecoder().decode(ModuleOutline.self, from: JSONEncoder().encode(model.outline))
        #expect(outline == model.outline)
        #expect(outline.description == "\(model)")
        #expect(outline.parameters.isEmpty)
        #expect(outline.modules.first?.name == "conv1")
        #expect(outline.modules.first?.parameters.first?.shape == [3, 3, 3, 16])
        let text = outline.description
        #expect(text.hasPrefix("ResNet(\n  (conv1): Conv2D(3, 16, kernelSize: 3"))
        #expect(text.contains("\n  (layer2): Sequential(\n    (0): BasicBlock(\n      (conv1): Conv2D(16, 32"))
        #expect(text.contains("      (downsample): ZeroPaddedShortcut(16, 32, stride: 2)\n"))
    }
}
