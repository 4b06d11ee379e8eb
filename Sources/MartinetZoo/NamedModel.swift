import Martinet

/// A network of this module by the name that it is known by: torchvision's, `efficientnet-lite0` and its kin, or `cifar-resnet20`
/// for the paper's networks for CIFAR.
///
/// ```swift
/// let model = NamedModel("resnet50")!.make(classes: 5)
/// ```
public struct NamedModel: Sendable {
    /// Such as "resnet50".
    public let name: String

    /// The shape of the images that it is made for, `[height, width, channels]`; other heights and widths will do.
    public let inputShape: [Int]

    /// The number of classes that it is made for.
    public let classes: Int

    /// Height and width of the smallest image that it takes; what is smaller has no pixel left somewhere inside.
    public let smallestSize: Int

    /// Where a network comes from, which says what weights for it have been trained on as a rule.
    public enum Family: Sendable, Hashable {
        /// torchvision's networks for ImageNet.
        case torchvision
        /// Keras's networks for ImageNet, which see other images than torchvision's.
        case keras
        /// The paper's networks for CIFAR.
        case cifar
    }

    public let family: Family

    private typealias Maker = @Sendable (_ inputChannels: Int, _ classes: Int) -> any Module<Tensor, Tensor>

    private let make: Maker

    /// A new network with random weights.
    ///
    /// - Parameters:
    ///   - inputChannels: 3 for colour, 1 for grey; nil for what it is made for.
    ///   - classes: the number of outputs (logits); nil for what it is made for.
    public func make(inputChannels: Int? = nil, classes: Int? = nil) -> any Module<Tensor, Tensor> {
        make(inputChannels ?? inputShape[2], classes ?? self.classes)
    }

    /// The network of that name; nil if there is none.
    ///
    /// - Parameter name: one of `names`, or `cifar-resnet` or `cifar-plain` with any depth of 6n + 2 from 8 to 1202.
    public init?(_ name: String) {
        self.name = name
        if let entry = Self.imageNet[name] {
            (family, make, smallestSize) = (entry.family, entry.make, entry.smallestSize)
            inputShape = [entry.size, entry.size, 3]
            classes = 1000
        } else if let make = Self.cifar(name) {
            (family, self.make, smallestSize) = (.cifar, make, 1)
            inputShape = [32, 32, 3]
            classes = 10
        } else {
            return nil
        }
    }

    /// All names, those for ImageNet first; of networks for CIFAR the paper's depths.
    public static var names: [String] {
        imageNet.keys.sorted { $0.count != $1.count ? $0.count < $1.count : $0 < $1 }
            + [20, 32, 44, 56, 110, 1202].map { "cifar-resnet\($0)" }
            + [20, 32, 44, 56, 110].map { "cifar-plain\($0)" }
    }

    private struct Entry: Sendable {
        let family: Family
        let size, smallestSize: Int
        let make: Maker

        init(_ family: Family = .torchvision, size: Int = 224, smallestSize: Int = 1, make: @escaping Maker) {
            self.family = family
            self.size = size
            self.smallestSize = smallestSize
            self.make = make
        }
    }

    private static let imageNet: [String: Entry] = networks.merging(
        EfficientNetLite.Variant.allCases.map { variant in
            (
                "efficientnet-\(variant)",
                Entry(size: variant.imageSize) { EfficientNetLite(variant, inputChannels: $0, classes: $1) }
            )
        }, uniquingKeysWith: { first, _ in first })

    private static let networks: [String: Entry] = [
        "resnet18": Entry { ResNet(.resNet18, inputChannels: $0, classes: $1) },
        "resnet34": Entry { ResNet(.resNet34, inputChannels: $0, classes: $1) },
        "resnet50": Entry { ResNet(.resNet50, inputChannels: $0, classes: $1) },
        "resnet101": Entry { ResNet(.resNet101, inputChannels: $0, classes: $1) },
        "resnet152": Entry { ResNet(.resNet152, inputChannels: $0, classes: $1) },
        "wide_resnet50_2": Entry { ResNet.wide(.resNet50, inputChannels: $0, classes: $1) },
        "wide_resnet101_2": Entry { ResNet.wide(.resNet101, inputChannels: $0, classes: $1) },
        "resnext50_32x4d": Entry { ResNet.resNeXt(.resNet50, inputChannels: $0, classes: $1) },
        "resnext101_32x8d": Entry { ResNet.resNeXt(.resNet101, widthPerGroup: 8, inputChannels: $0, classes: $1) },
        "keras-resnet50": Entry(.keras) { ResNet.keras(.resNet50, inputChannels: $0, classes: $1) },
        "keras-resnet101": Entry(.keras) { ResNet.keras(.resNet101, inputChannels: $0, classes: $1) },
        "keras-resnet152": Entry(.keras) { ResNet.keras(.resNet152, inputChannels: $0, classes: $1) },
        "densenet121": Entry(smallestSize: 29) { DenseNet(.denseNet121, inputChannels: $0, classes: $1) },
        "plain18": Entry { ResNet(.resNet18, shortcut: .none, inputChannels: $0, classes: $1) },
        "plain34": Entry { ResNet(.resNet34, shortcut: .none, inputChannels: $0, classes: $1) },
    ]

    /// One of the networks of the paper's section 4.2, whose shortcuts have no parameters.
    private static func cifar(_ name: String) -> Maker? {
        let parts = name.split(separator: "-")
        guard parts.count == 2, parts[0] == "cifar" else { return nil }
        let kind = parts[1].prefix { !$0.isNumber }
        guard let depth = Int(parts[1].dropFirst(kind.count)), (8...1202).contains(depth), (depth - 2) % 6 == 0 else {
            return nil
        }
        switch kind {
        case "resnet":
            return { ResNet.cifar(depth: depth, shortcut: .zeroPadding, inputChannels: $0, classes: $1) }
        case "plain": return { ResNet.cifar(depth: depth, shortcut: .none, inputChannels: $0, classes: $1) }
        default: return nil
        }
    }
}
