import Martinet
import Testing

private final class Block: Module {
    let conv1 = Conv2D(4, 4, kernelSize: 3, padding: 1, bias: false)
    let bn1 = BatchNorm(4)
    let downsample: Sequential?

    init(downsamples: Bool) {
        downsample =
            downsamples
            ? Sequential {
                Conv2D(4, 4, kernelSize: 1, bias: false); BatchNorm(4)
            } : nil
    }

    func callAsFunction(_ x: Tensor) -> Tensor { relu(bn1(conv1(x)) + (downsample?(x) ?? x)) }
}

private final class Network: Module {
    let layer1 = [Block(downsamples: false), Block(downsamples: true)]
    let dropout = Dropout(0.5)
    let fc = Dense(4, 2)

    func callAsFunction(_ x: Tensor) -> Tensor {
        fc(dropout(layer1.reduce(x) { $1($0) }.mean(axes: [1, 2])))
    }
}

@Suite struct ModuleTests {
    @Test func namesArePyTorchs() {
        let network = Network()
        #expect(
            network.namedParameters.map(\.name) == [
                "layer1.0.conv1.weight", "layer1.0.bn1.weight", "layer1.0.bn1.bias", "layer1.1.conv1.weight",
                "layer1.1.bn1.weight", "layer1.1.bn1.bias", "layer1.1.downsample.0.weight",
                "layer1.1.downsample.1.weight", "layer1.1.downsample.1.bias", "fc.weight", "fc.bias",
            ])
        #expect(
            network.namedBuffers.map(\.name).prefix(3) == [
                "layer1.0.bn1.running_mean", "layer1.0.bn1.running_var", "layer1.0.bn1.num_batches_tracked",
            ])
        #expect(network.parameterCount == 2 * (144 + 8) + 16 + 8 + 10)
    }

    @Test func modeReachesEveryPart() {
        let network = Network()
        #expect(network.isTraining)
        let x = Tensor.normal([32, 5, 5, 4])
        let before = network.namedBuffers[0].buffer.value.elements
        network.eval()
        #expect(!network.isTraining)
        #expect(network(x).elements == network(x).elements)
        #expect(network.namedBuffers[0].buffer.value.elements == before)
        network.train()
        #expect(network(x).elements != network(x).elements)
        #expect(network.namedBuffers[0].buffer.value.elements != before)
    }

    @Test func frozenStatisticsAreNoEvaluationMode() {
        let network = Sequential {
            Dense(3, 4); BatchNorm(4); Sequential { BatchNorm(4) }
        }
        for (_, module) in network.namedModules where module is BatchNorm { module.eval() }
        #expect(network.isTraining)
        #expect(!network[1].isTraining)
        network.eval()
        #expect(!network.isTraining && !network[2].isTraining)
        network.train()
        #expect(network.isTraining && network[1].isTraining)
    }

    @Test func freezingStopsGradients() {
        let network = Network()
        network.layer1[0].freeze()
        #expect(network.trainableParameterCount == network.parameterCount - 152)
        network(Tensor.normal([2, 5, 5, 4])).sum().backward()
        #expect(network.layer1[0].conv1.weight.gradient == nil)
        #expect(network.layer1[1].conv1.weight.gradient != nil)
        network.zeroGradients()
        #expect(network.parameters.allSatisfy { $0.gradient == nil })
    }

    @Test func weightsAreCopiedWithBuffers() {
        let (source, target) = (Network(), Network())
        _ = source(Tensor.normal([2, 5, 5, 4]))
        target.copyWeights(from: source)
        let x = Tensor.normal([2, 5, 5, 4])
        #expect(source.eval()(x).elements == target.eval()(x).elements)
        #expect(
            source.namedBuffers.map { $0.buffer.value.elements } == target.namedBuffers.map { $0.buffer.value.elements }
        )
    }

    @Test func copyingBetweenUnequalModulesSaysWhatDiffers() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let target = Sequential {
                Dense(3, 4); Dense(4, 2)
            }
            target.copyWeights(from: Sequential { Dense(5, 4) })
        }
        let message = result?.message ?? ""
        #expect(message.contains("0.weight has shape [5, 4], expected [3, 4]"))
        #expect(message.contains("1.weight is missing; 1.bias is missing"))
    }

    @Test func layersLearnTheirShape() {
        let model = Sequential {
            Conv2D(filters: 8, kernelSize: 3, padding: .same)
            BatchNorm()
            Flatten()
            Dense(3)
        }
        #expect(model.parameterCount == 0)
        #expect(model(Tensor.zeros([2, 4, 4, 2])).shape == [2, 3])
        #expect(model.parameterCount == 3 * 3 * 2 * 8 + 8 + 16 + 4 * 4 * 8 * 3 + 3)
    }

    @Test func wrongShapesNameTheLayer() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Conv2D(3, 8, kernelSize: 3)(Tensor.zeros([1, 8, 8, 4]))
        }
        let message = result?.message ?? ""
        #expect(message.contains("Conv2D(3, 8, kernelSize: 3x3"))
        #expect(message.contains("expected 3 input channels, found 4 in [8, 8, 4]"))
    }

    @Test func printsAsPyTorchDoes() {
        let model = Sequential {
            Dense(2, 4, activation: .relu)
            Sequential { Dense(4, 3) }
        }
        #expect(
            "\(model)" == """
                Sequential(
                  (0): Dense(2, 4, bias: true, activation: relu)
                  (1): Sequential(
                    (0): Dense(4, 3, bias: true)
                  )
                )
                """)
    }

    @Test func summaryFollowsTheForwardPass() {
        let summary = Network().summary(inputShape: [1, 5, 5, 4])
        #expect(summary.rows.first?.name == "layer1.0.conv1")
        #expect(summary.rows.map(\.name).last == "fc")
        #expect(summary.rows.first?.outputShape == [5, 5, 4])
        #expect(summary.total - summary.trainable == 3 * 8)
    }

    @Test func builderUnderstandsControlFlow() {
        func make(deep: Bool) -> Sequential {
            Sequential {
                for width in [3, 4] { Dense(width) }
                if deep { Dense(5) } else { Dense(6) }
                if deep { Dropout() }
            }
        }
        #expect(make(deep: true).layers.count == 4)
        #expect(make(deep: false).layers.count == 3)
    }
}
