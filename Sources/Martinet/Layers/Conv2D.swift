import MartinetBase

/// A 2-D convolution over channels-last images.
///
/// - `weight`: `[kernelHeight, kernelWidth, inputChannels / groups, outputChannels]`.
/// - `bias`: `[outputChannels]`.
///
/// The output's size along each axis is ⌊(input + padding − dilation·(kernel − 1) − 1) / stride⌋ + 1, where padding is
/// that of both sides.
public final class Conv2D: Layer {
    public let weight = Parameter()
    public let bias: Parameter?
    public let filters: Int
    public let kernelSize, stride, dilation: Size2D
    public let padding: Padding
    public let groups: Int
    private let activation: Activation
    private let initializer: Initializer
    private let biasInitializer: Initializer?
    private let generator: RandomGenerator

    /// A convolution whose number of input channels is found from its first input.
    ///
    /// - Parameters:
    ///   - filters: the number of output channels.
    ///   - kernelSize: the kernel's height and width.
    ///   - stride: the distance between neighbouring windows.
    ///   - padding: a number for all sides, `.same`, `.valid` or one for each side.
    ///   - dilation: the distance between neighbouring elements of the kernel.
    ///   - groups: splits the channels into independent convolutions; as many as input channels for a depthwise one.
    ///   - bias: whether to add one to each output channel.
    ///   - activation: applied to the result.
    ///   - initializer: of the weight; PyTorch's Kaiming-uniform by default.
    ///   - biasInitializer: of the bias; nil for PyTorch's, uniform within 1/√fan-in.
    ///   - generator: where the initial values come from.
    public init(
        filters: Int, kernelSize: Size2D, stride: Size2D = 1, padding: Padding = 0, dilation: Size2D = 1,
        groups: Int = 1, bias: Bool = true, activation: Activation = .identity,
        initializer: Initializer = .pytorchDefault, biasInitializer: Initializer? = nil,
        generator: RandomGenerator = .default
    ) {
        require(
            filters > 0 && groups > 0 && filters % groups == 0,
            "Conv2D: \(filters) filters cannot be split into \(groups) groups")
        self.filters = filters
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        self.bias = bias ? Parameter() : nil
        self.activation = activation
        self.initializer = initializer
        self.biasInitializer = biasInitializer
        self.generator = generator
    }

    /// A convolution from `inputChannels` to `outputChannels`.
    public convenience init(
        _ inputChannels: Int, _ outputChannels: Int, kernelSize: Size2D, stride: Size2D = 1, padding: Padding = 0,
        dilation: Size2D = 1, groups: Int = 1, bias: Bool = true, activation: Activation = .identity,
        initializer: Initializer = .pytorchDefault, biasInitializer: Initializer? = nil,
        generator: RandomGenerator = .default
    ) {
        require(
            inputChannels > 0 && inputChannels % groups == 0,
            "Conv2D: \(inputChannels) input channels cannot be split into \(groups) groups")
        self.init(
            filters: outputChannels, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation,
            groups: groups, bias: bias, activation: activation, initializer: initializer,
            biasInitializer: biasInitializer, generator: generator)
        createParameters(inputChannels: inputChannels)
    }

    /// - Parameter x: `[batch, height, width, inputChannels]`.
    /// - Returns: `[batch, outputHeight, outputWidth, outputChannels]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let geometry = requireShapes(of: "\(self)") { () throws(ShapeError) in try self.geometry(for: x.shape) }
        createParameters(inputChannels: geometry.inputChannels)
        let output = conv2D(x, weight.value, bias: bias?.value, geometry, relu: activation == .relu)
        return ForwardObserver.observe(
            self, activation == .relu ? output : activation(output), geometry: geometry)
    }

    /// The sizes of the convolution for images of shape `[batch, height, width, inputChannels]`.
    private func geometry(for inputShape: [Int]) throws(ShapeError) -> ConvolutionGeometry {
        guard let channels = inputShape.last, channels % groups == 0 else {
            throw ShapeError("\(inputShape.last ?? 0) input channels cannot be split into \(groups) groups")
        }
        let weightShape =
            weight.isInitialized ? weight.shape : [kernelSize.height, kernelSize.width, channels / groups, filters]
        return try ConvolutionGeometry(
            inputShape: inputShape, weightShape: weightShape, stride: stride, padding: padding, dilation: dilation,
            groups: groups)
    }

    public func outputShape(for input: [Int]) throws(ShapeError) -> [Int] {
        Array(try geometry(for: batchOfOne(input)).outputShape.dropFirst())
    }

    public func build(for input: [Int]) {
        if input.count == 3 { createParameters(inputChannels: input[2]) }
    }

    private func createParameters(inputChannels: Int) {
        guard !weight.isInitialized else { return }
        let perGroup = inputChannels / groups
        let shape = [kernelSize.height, kernelSize.width, perGroup, filters]
        weight.initialize(shape: shape, initializer, generator: generator)
        let fanIn = kernelSize.height * kernelSize.width * perGroup
        bias?.initialize(shape: [filters], biasInitializer ?? .pytorchDefaultBias(fanIn: fanIn), generator: generator)
    }

    public var details: String {
        let inputs = weight.isInitialized ? "\(weight.shape[2] * groups)" : "?"
        var text = "\(inputs), \(filters), kernelSize: \(kernelSize), stride: \(stride), padding: \(padding)"
        if dilation != 1 { text += ", dilation: \(dilation)" }
        if groups != 1 { text += ", groups: \(groups)" }
        return text + (bias == nil ? ", bias: false" : "") + activation.suffix
    }
}
