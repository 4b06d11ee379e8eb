import Foundation
import Martinet
import MartinetVision
import MartinetZoo

/// How the networks are trained.
struct DepthSettings: Encodable {
    var kinds = DepthNetwork.Kind.allCases
    var depths = [20, 32, 44, 56]
    var seeds: Int
    var images: Int
    var epochs: Int
    var batchSize: Int
    var learningRate: Float
    var testImages: Int

    /// Whether residual blocks start as the identity: with γ = 0 in their last BatchNorm (Goyal et al., arXiv 1706.02677).
    var zeroGamma: Bool

    static let quick = DepthSettings(
        seeds: 2, images: 2500, epochs: 6, batchSize: 32, learningRate: 0.05, testImages: 1000, zeroGamma: true)
    static let full = DepthSettings(
        seeds: 1, images: 50_000, epochs: 164, batchSize: 128, learningRate: 0.1, testImages: 10_000, zeroGamma: false)

    var steps: Int { epochs * ((images + batchSize - 1) / batchSize) }

    var summary: String {
        "\(images) images, \(epochs) epochs in batches of \(batchSize) (\(steps) steps), rate \(learningRate), "
            + "\(testImages) test images, \(seeds) \(seeds == 1 ? "seed" : "seeds"), residual blocks that start "
            + (zeroGamma ? "as the identity" : "at random")
    }

    /// The paper's milestones for its 64,000 iterations, and for others in proportion.
    var milestones: [Int] { [steps * 32 / 64, steps * 48 / 64] }

    /// All trainings: a seed is done with before the next begins.
    var networks: [DepthNetwork] {
        (1...seeds).flatMap { seed in
            depths.flatMap { depth in
                kinds.map { DepthNetwork(kind: $0, depth: depth, seed: UInt64(seed)) }
            }
        }
    }
}

/// One network to train.
struct DepthNetwork: Encodable {
    enum Kind: String, CaseIterable, Encodable {
        case plain, residual
    }

    let kind: Kind
    let depth: Int
    let seed: UInt64

    var name: String { "\(kind.rawValue)-\(depth)" }

    /// The paper's network (section 4.2); the residual one has shortcuts without parameters, so that both have the same.
    func makeModel(zeroGamma: Bool) -> any Module<Tensor, Tensor> {
        switch kind {
        case .plain: ResNet.cifar(depth: depth, shortcut: .none)
        case .residual:
            ResNet.cifar(depth: depth, shortcut: .zeroPadding, zeroInitializesLastGamma: zeroGamma)
        }
    }
}

/// The result of one training.
struct DepthResult: Encodable {
    let network: DepthNetwork
    let parameters: Int
    let history: History

    /// ‖∂loss/∂W‖ of each convolution, in the order of the forward pass, at the first weights and at the last ones.
    let gradientsBefore, gradientsAfter: [Double]

    /// Bytes, of arrays alone.
    let peakArrayMemory: Int

    /// In per cent, over the last epoch's steps.
    var trainingError: Double { trainingErrors.last ?? .nan }

    /// In per cent, after the last epoch.
    var testError: Double { testErrors.last ?? .nan }

    var trainingErrors: [Double] { history.values(of: .accuracy).map { 100 - 100 * $0 } }
    var testErrors: [Double] { history.values(of: .validation(.accuracy)).map { 100 - 100 * $0 } }

    private enum CodingKeys: CodingKey {
        case network, parameters, history, gradientsBefore, gradientsAfter, peakArrayMemory
    }
}

/// The data, and how a network is trained on it.
struct DepthExperiment {
    private let settings: DepthSettings
    private let train, test: Subset<ImageDataset>
    private let state: String?
    private let normalize = Standardization(mean: CIFAR10.mean, standardDeviation: CIFAR10.standardDeviation)

    /// - Parameter state: the folder that trainings are kept in.
    init(_ settings: DepthSettings, dataset: CIFAR10, state: String?) {
        self.settings = settings
        train = dataset.train.prefix(settings.images)
        test = dataset.test.prefix(settings.testImages)
        self.state = state
    }

    /// Trains `network`, from where its file in the state folder is; nil if it was stopped.
    func train(_ network: DepthNetwork, shouldStop: @escaping () -> Bool) throws -> DepthResult? {
        manualSeed(network.seed)
        return try train(network.makeModel(zeroGamma: settings.zeroGamma), network, shouldStop: shouldStop)
    }

    private func train(
        _ model: some Module<Tensor, Tensor>, _ network: DepthNetwork, shouldStop: @escaping () -> Bool
    ) throws -> DepthResult? {
        let before = gradientNorms(of: model)
        let optimizer = SGD(model, learningRate: settings.learningRate, momentum: 0.9, weightDecay: 1e-4)
        let checkpoint = state.map { file(of: network, in: $0) }
        Memory.resetPeak()
        let history = try model.fit(
            train.transformed(by: RandomCrop(32, padding: 4), RandomHorizontalFlip(), normalize),
            epochs: settings.epochs, batchSize: settings.batchSize, validation: test.transformed(by: normalize),
            optimizer: optimizer,
            options: FitOptions(
                schedule: .perStep(.multiStep(milestones: settings.milestones)),
                callbacks: checkpoint.map { [$0] } ?? [], seed: network.seed,
                continuing: try checkpoint?.restore(model, optimizer) ?? History(), shouldStop: shouldStop))
        if history.ending == .cancelled { return nil }
        if let error = checkpoint?.error { throw error }
        return DepthResult(
            network: network, parameters: model.parameterCount, history: history, gradientsBefore: before,
            gradientsAfter: gradientNorms(of: model), peakArrayMemory: Memory.peak)
    }

    /// The checkpoint of the training of `network`.
    private func file(of network: DepthNetwork, in folder: String) -> Checkpoint {
        Checkpoint(
            URL(fileURLWithPath: "\(folder)/\(network.name)-seed\(network.seed).safetensors"),
            settings: [
                "images": "\(settings.images)", "epochs": "\(settings.epochs)", "batch size": "\(settings.batchSize)",
                "learning rate": "\(settings.learningRate)", "test images": "\(settings.testImages)",
                "zero gamma": "\(settings.zeroGamma)",
            ])
    }

    /// The norm of each convolution's gradient for the first training images, as they are, in training mode. The model is
    /// afterwards as it was.
    private func gradientNorms(of model: some Module<Tensor, Tensor>) -> [Double] {
        let buffers = model.namedBuffers.map { ($0.buffer, $0.buffer.value) }
        defer {
            for (buffer, value) in buffers { buffer.value = value }
            model.zeroGradients()
        }
        guard let batch = train.transformed(by: normalize).batches(of: 128).first(where: { _ in true }) else {
            return []
        }
        crossEntropy(model(batch.images), batch.labels).backward()
        return model.namedModules.compactMap { ($0.module as? Conv2D)?.weight.gradient }.map {
            $0.array.sumOfSquares().squareRoot()
        }
    }
}
