import Martinet
import Testing

@testable import MartinetZoo

@Suite struct NamedModelTests {
    /// A pixel less, and the last of DenseNet's poolings has none left.
    @Test func smallestImagesHavePixelsLeft() {
        let named = NamedModel("densenet121")!
        let network = named.make(classes: 2).eval()
        let size = named.smallestSize
        #expect(size == 29)
        #expect(withoutGradients { network(Tensor.zeros([1, size, size, 3])) }.shape == [1, 2])
        for name in ["resnet18", "plain18", "cifar-resnet8", "cifar-plain8"] {
            let named = NamedModel(name)!
            let x = Tensor.zeros([1, named.smallestSize, named.smallestSize, 3])
            #expect(withoutGradients { named.make(classes: 2).eval()(x) }.shape == [1, 2], "\(name)")
        }
    }

    @Test func everyNameHasANetwork() throws {
        #expect(Set(NamedModel.names).count == NamedModel.names.count && NamedModel.names.count == 31)
        for name in NamedModel.names {
            let model = try #require(NamedModel(name))
            #expect(model.name == name && model.inputShape.count == 3)
        }
        let small = try #require(NamedModel("cifar-resnet20"))
        #expect(small.make().parameterCount == 269_722)
        let grey = small.make(inputChannels: 1, classes: 3)
        let output = grey(Tensor.zeros([2, 28, 28, 1]))
        #expect(output.shape == [2, 3])
        let shallow = try #require(NamedModel("cifar-resnet14"))
        #expect(shallow.make().parameterCount < 269_722)
        let five = try #require(NamedModel("resnet18"))
        #expect(five.make(classes: 5).parameterCount == 11_179_077)
    }

    @Test(arguments: ["", "resnet19", "cifar-resnet21", "cifar-resnet2", "cifar-", "cifar-dense20", "cifar-resnet20-x"])
    func refusesOtherNames(name: String) { #expect(NamedModel(name) == nil) }
}
