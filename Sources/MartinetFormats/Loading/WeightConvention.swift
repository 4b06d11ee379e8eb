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

    private let order: @Sendable (WeightRole) -> [Int]?
    private let translate: @Sendable (String) -> String

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
        self.name = name
        self.flattensChannelsFirst = flattensChannelsFirst
        order = axes
        translate = rename
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
    public func rename(_ name: String) -> String { translate(name) }

    /// Where each of Martinet's axes is in the file, for a tensor with as many axes.
    func axes(_ role: WeightRole, rank: Int) -> [Int] {
        guard let axes = order(role), axes.count == rank else { return Array(0..<rank) }
        return axes
    }

    /// The shape in the file of a tensor that has `shape` in Martinet.
    func fileShape<Size>(_ shape: [Size], _ role: WeightRole) -> [Size] {
        inverse(axes(role, rank: shape.count)).map { shape[$0] }
    }

    /// An array of the file, in Martinet's order of axes.
    ///
    /// - Parameter planes: the image that is flattened before this fully connected layer, where one is.
    func fromFile(_ array: NDArray, _ role: WeightRole, planes: FlattenedImage? = nil) -> NDArray {
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
