import Martinet
import MartinetBase

/// The role of a tensor, which decides how its axes are ordered in other people's files.
public enum WeightRole: Sendable, Hashable {
    /// The kernel of a convolution, `[kernelHeight, kernelWidth, inputs / groups, outputs]`.
    case convolution(groups: Int)
    /// The matrix of a fully connected layer, `[inputs, outputs]`.
    case dense
    /// A vector, or what a module of one's own has; the same everywhere.
    case other
}

/// How a framework names weights and orders their axes.
///
/// Martinet's names are PyTorch's; the axes are not. A format that has other names brings a convention with a `rename`.
public struct WeightConvention: Sendable {
    /// As it stands in files that Martinet writes: "martinet", "pytorch".
    public let name: String

    /// Whether images are `[channels, height, width]` when they are flattened before a fully connected layer.
    let flattensChannelsFirst: Bool

    /// Whether a depthwise convolution's kernel is `[height, width, inputs, multiplier]` instead of one with an input a group.
    private let separatesDepthwise: Bool

    /// Whether layers have names that say no more than their class and number, which are matched by order if nothing else does.
    let hasAutomaticNames: Bool

    private let order: @Sendable (WeightRole) -> [Int]?
    private let translate: @Sendable ([String]) -> [String]

    /// - Parameters:
    ///   - name: what it is called.
    ///   - flattensChannelsFirst: whether images are `[channels, height, width]`, not `[height, width, channels]`, when they are
    ///     flattened before a fully connected layer.
    ///   - axes: for a role, where each of Martinet's axes is in the file; nil where the order is the same.
    ///   - rename: gives Martinet's name for one in the file.
    public init(
        name: String, flattensChannelsFirst: Bool = false, axes: @escaping @Sendable (WeightRole) -> [Int]?,
        rename: @escaping @Sendable (String) -> String = { $0 }
    ) {
        self.init(
            name: name, flattensChannelsFirst: flattensChannelsFirst, separatesDepthwise: false,
            hasAutomaticNames: false, axes: axes, translate: { $0.map(rename) })
    }

    /// - Parameter translate: gives Martinet's names for all of a file, in order.
    init(
        name: String, flattensChannelsFirst: Bool, separatesDepthwise: Bool, hasAutomaticNames: Bool,
        axes: @escaping @Sendable (WeightRole) -> [Int]?, translate: @escaping @Sendable ([String]) -> [String]
    ) {
        self.name = name
        self.flattensChannelsFirst = flattensChannelsFirst
        self.separatesDepthwise = separatesDepthwise
        self.hasAutomaticNames = hasAutomaticNames
        order = axes
        self.translate = translate
    }

    /// Martinet's own.
    public static let martinet = WeightConvention(name: "martinet", axes: { _ in nil })

    /// PyTorch's: kernels `[outputs, inputs / groups, height, width]`, matrices `[outputs, inputs]`.
    public static let pytorch = WeightConvention(
        name: "pytorch", flattensChannelsFirst: true,
        axes: { role in
            switch role {
            case .convolution: [2, 3, 1, 0]
            case .dense: [1, 0]
            case .other: nil
            }
        })

    /// The key under which a file's metadata says whose names and layouts it has.
    static let metadataKey = "layout"

    init?(named name: String) {
        guard let found = [Self.martinet, .pytorch].first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// Martinet's name for one in the file.
    public func rename(_ name: String) -> String { translate([name])[0] }

    /// Martinet's names for all of a file, in the same order.
    func rename(_ names: [String]) -> [String] { translate(names) }

    /// Where each of Martinet's axes is in the file, for a tensor with as many axes.
    func axes(_ role: WeightRole, rank: Int) -> [Int] {
        guard let axes = order(role), axes.count == rank else { return Array(0..<rank) }
        return axes
    }

    /// The shape in the file of a tensor that has `shape` in Martinet.
    func fileShape<Size>(_ shape: [Size], _ role: WeightRole) -> [Size] {
        inverse(axes(role, rank: shape.count)).map { shape[$0] }
    }

    /// Whether an array of the file can be a tensor that has `shape` in Martinet, where nil is any size.
    func fits(_ found: [Int], _ shape: [Int?], _ role: WeightRole) -> Bool {
        let expected = fileShape(shape, role)
        if found.count == expected.count, zip(found, expected).allSatisfy({ $1 == nil || $0 == $1 }) { return true }
        return isDepthwise(found, shape, role)
    }

    /// Whether it is a depthwise kernel in an order of its own.
    private func isDepthwise(_ found: [Int], _ shape: [Int?], _ role: WeightRole) -> Bool {
        guard separatesDepthwise, case .convolution(let groups) = role, groups > 1, found.count == 4,
            shape.count == 4
        else { return false }
        return found[0] == shape[0] && found[1] == shape[1] && found[2] == groups
            && (shape[2] == nil || shape[2] == 1)
            && found[2].multipliedReportingOverflow(by: found[3]) == (shape[3] ?? 0, false)
    }

    /// An array of the file that fits, in Martinet's order of axes.
    ///
    /// - Parameters:
    ///   - shape: the tensor's in Martinet.
    ///   - planes: the image that is flattened before this fully connected layer, where one is.
    func fromFile(
        _ array: NDArray, _ role: WeightRole, shape: [Int?], planes: FlattenedImage? = nil
    ) -> NDArray {
        if isDepthwise(array.shape, shape, role) {
            // The outputs of an input lie side by side, as those of a group do.
            return array.reshaped([array.shape[0], array.shape[1], 1, array.shape[2] * array.shape[3]])
        }
        let result = array.permuted(axes(role, rank: array.rank))
        guard role == .dense, flattensChannelsFirst, let planes else { return result }
        planes.check(inputs: result.shape[0])
        return result.reshaped([planes.channels, planes.height, planes.width, -1]).permuted([1, 2, 0, 3])
            .reshaped(result.shape)
    }

    /// An array of Martinet's, in the file's order of axes.
    func toFile(_ array: NDArray, _ role: WeightRole, planes: FlattenedImage? = nil) -> NDArray {
        var array = array
        if role == .dense, flattensChannelsFirst, let planes {
            planes.check(inputs: array.shape[0])
            array = array.reshaped([planes.height, planes.width, planes.channels, -1]).permuted([2, 0, 1, 3])
                .reshaped(array.shape)
        }
        return array.permuted(inverse(axes(role, rank: array.rank)))
    }

    private func inverse(_ axes: [Int]) -> [Int] {
        axes.indices.sorted { axes[$0] < axes[$1] }
    }
}

/// An image that is flattened before a fully connected layer: PyTorch flattens the channels first, Martinet last.
public struct FlattenedImage: Sendable, Hashable {
    public let height, width, channels: Int

    public init(height: Int, width: Int, channels: Int) {
        self.height = height
        self.width = width
        self.channels = channels
    }

    func check(inputs: Int) {
        require(
            height > 0 && width > 0 && channels > 0 && height * width * channels == inputs,
            "FlattenedImage: an image of \(height)x\(width) with \(channels) channels for a layer of \(inputs) inputs")
    }
}
