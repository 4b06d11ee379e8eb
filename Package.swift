// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Martinet",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Martinet", targets: ["Martinet"]),
        .library(name: "MartinetVision", targets: ["MartinetVision"]),
        .library(name: "MartinetZoo", targets: ["MartinetZoo"]),
        .library(name: "MartinetONNX", targets: ["MartinetONNX"]),
        .library(name: "MartinetTensorBoard", targets: ["MartinetTensorBoard"]),
        .library(name: "MartinetFormats", targets: ["MartinetFormats"]),
        .library(name: "MartinetCharts", targets: ["MartinetCharts"]),
        .executable(name: "martinet", targets: ["MartinetTool"]),
    ],
    traits: [
        .trait(name: "HDF5", description: "Reads Keras's weights: .h5, .weights.h5 and .keras. Needs libhdf5.")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        // For ONNX and TensorBoard: fetched with this package, but compiled only for those who use either.
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        // The libraries underneath: linear algebra, gzip, checksums and images from the system, our own inner loops.
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas",
            providers: [.apt(["libopenblas-dev", "liblapacke-dev"]), .brew(["openblas"])]),
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"]), .brew(["openssl"])]),
        .systemLibrary(
            name: "CTurboJPEG", pkgConfig: "libturbojpeg",
            providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
        .systemLibrary(
            name: "CPNG", pkgConfig: "libpng",
            providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        .systemLibrary(
            name: "CHDF5", pkgConfig: "hdf5",
            providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
        // Keras's files, which a process of its own reads; without the trait there is nothing in it.
        .target(
            name: "CHDF5Reader", dependencies: [.target(name: "CHDF5", condition: .when(traits: ["HDF5"]))],
            cSettings: [.define("MARTINET_HDF5", .when(traits: ["HDF5"]))]),
        .target(name: "CKernels"),

        // The framework. Each target imports only those above it in this list.
        // What everything stands on: mistakes that speak in every build.
        .target(name: "MartinetBase"),
        .target(
            name: "MartinetCore", dependencies: ["COpenBLAS", "CKernels", "MartinetBase"],
            // Elsewhere LAPACKE is within OpenBLAS, as Homebrew builds it.
            linkerSettings: [.linkedLibrary("lapacke", .when(platforms: [.linux]))]),
        .target(name: "Martinet", dependencies: ["MartinetBase", "MartinetCore"]),
        // Curves and bars as SVG images.
        .target(name: "MartinetCharts", dependencies: ["Martinet", "MartinetBase"]),
        // Files, archives, checksums and downloads.
        .target(name: "MartinetFiles", dependencies: ["CZlib", "COpenSSL", "MartinetBase"]),
        // Writes PNG, for all who make images.
        .target(name: "MartinetPNG", dependencies: ["CPNG", "MartinetBase"]),
        .target(
            name: "MartinetVision",
            dependencies: ["Martinet", "MartinetBase", "MartinetFiles", "MartinetPNG", "CTurboJPEG", "CPNG"]),
        .target(
            name: "MartinetFormats",
            dependencies: [
                "Martinet", "MartinetBase", "MartinetFiles", "CZlib",
                .target(name: "CHDF5Reader", condition: .when(traits: ["HDF5"])),
            ]),
        .target(name: "MartinetZoo", dependencies: ["Martinet", "MartinetBase"]),
        // Formats that need protocol buffers. Their generated code comes from Protocols; see scripts/generate-protobuf.sh.
        .target(
            name: "MartinetONNX",
            dependencies: [
                "Martinet", "MartinetBase", "MartinetFiles", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]),
        .target(
            name: "MartinetTensorBoard",
            dependencies: [
                "Martinet", "MartinetBase", "MartinetPNG",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]),
        // What the executables share.
        .target(
            name: "MartinetCommand",
            dependencies: [
                "Martinet", "MartinetBase", "MartinetCharts", "MartinetFormats", "MartinetVision",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // The command line. Its product is called martinet.
        .executableTarget(
            name: "MartinetTool",
            dependencies: [
                "Martinet", "MartinetCharts", "MartinetCommand", "MartinetFiles", "MartinetFormats", "MartinetONNX",
                "MartinetVision", "MartinetZoo", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        exercise("fashion-resnet", in: "FashionResNet"),
        exercise("cnn-depth", in: "CNNDepth", hasImages: true),
        exercise("mini-resnet", in: "MiniResNet", hasImages: true),
        exercise("cifar-resnet", in: "CIFARResNet"),
        exercise("five-architectures", in: "FiveArchitectures"),
        exercise("residual-block", in: "ResidualBlock"),
        exercise("vanishing-gradients", in: "VanishingGradients", hasImages: true),
        exercise("pretrained-resnet50", in: "PretrainedClassification"),
        exercise("pretrained-efficientnet", in: "PretrainedEfficientNet"),
        exercise("transfer-learning", in: "TransferLearning"),
        .executableTarget(
            name: "martinet-bench",
            dependencies: [
                "CKernels", "Martinet", "MartinetCharts", "MartinetCommand", "MartinetFormats", "MartinetVision",
                "MartinetZoo", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/MartinetBench"),

        // What other programs read back in Tests/Interchange.
        .executableTarget(
            name: "interchange-samples",
            dependencies: ["Martinet", "MartinetONNX", "MartinetTensorBoard", "MartinetZoo"],
            path: "Tests/Interchange/Samples"),
        .executableTarget(
            name: "interchange-weights", dependencies: ["MartinetFormats", "MartinetVision", "MartinetZoo"],
            path: "Tests/Interchange/Weights"),

        program("program-regression", in: "Regression"),
        program("program-autoencoder", in: "Autoencoder"),
        program("program-two-inputs", in: "TwoInputs"),
        program("program-pixel-mask", in: "PixelMask"),
        program("program-own-data", in: "OwnData"),
        .testTarget(name: "MartinetProgramTests", dependencies: ["MartinetTestSupport"]),

        .target(name: "MartinetTestSupport", dependencies: ["MartinetBase", "MartinetFiles"], path: "Tests/Support"),
        .testTarget(
            name: "MartinetFilesTests", dependencies: ["MartinetBase", "MartinetFiles", "MartinetTestSupport"]),
        .testTarget(name: "MartinetCoreTests", dependencies: ["MartinetBase", "MartinetCore", "CKernels"]),
        .testTarget(
            name: "MartinetTests", dependencies: ["Martinet", "MartinetBase"],
            resources: [.copy("References"), .copy("Training/Checkpoints")]),
        .testTarget(name: "MartinetChartsTests", dependencies: ["MartinetCharts"]),
        .testTarget(
            name: "MartinetVisionTests",
            dependencies: ["MartinetBase", "MartinetVision", "MartinetTestSupport", "CZlib"],
            resources: [.copy("References")]),
        .testTarget(
            name: "MartinetFormatsTests",
            dependencies: ["MartinetFormats", "MartinetTestSupport", "MartinetVision", "MartinetZoo", "CZlib"],
            resources: [.copy("References")]),
        .testTarget(
            name: "MartinetZooTests", dependencies: ["MartinetZoo"], resources: [.copy("References")]),
        .testTarget(
            name: "MartinetTensorBoardTests", dependencies: ["MartinetTensorBoard", "MartinetVision"]),
        .testTarget(
            name: "MartinetToolTests",
            dependencies: [
                "MartinetFormats", "MartinetONNX", "MartinetTestSupport", "MartinetVision", "MartinetZoo",
            ]),
        .testTarget(
            name: "MartinetONNXTests", dependencies: ["MartinetONNX", "MartinetZoo"], resources: [.copy("References")]),
    ],
    swiftLanguageModes: [.v6]
)

/// The program of an exercise, which may use everything; its README, and the images in that, are no part of it.
func exercise(_ name: String, in folder: String, hasImages: Bool = false) -> Target {
    .executableTarget(
        name: name,
        dependencies: [
            "Martinet", "MartinetCharts", "MartinetCommand", "MartinetFormats", "MartinetVision", "MartinetZoo",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        path: "Examples/\(folder)", exclude: ["README.md"] + (hasImages ? ["images"] : []))
}

/// A user's program, which sees only what is public, and which the tests run.
func program(_ name: String, in folder: String) -> Target {
    .executableTarget(name: name, dependencies: ["Martinet"], path: "Tests/Programs/\(folder)", packageAccess: false)
}
