// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Martinet",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Martinet", targets: ["Martinet"]),
        .library(name: "MartinetVision", targets: ["MartinetVision"]),
        .library(name: "MartinetZoo", targets: ["MartinetZoo"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
    ],
    targets: [
        // The libraries underneath: linear algebra, gzip, checksums and pictures from the system, our own inner loops.
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
        .target(name: "CKernels"),

        // The framework. Each target imports only those above it in this list.
        .target(name: "MartinetCore", dependencies: ["COpenBLAS", "CKernels"]),
        .target(name: "Martinet", dependencies: ["MartinetCore"]),
        .target(
            name: "MartinetVision",
            dependencies: ["Martinet", "CZlib", "COpenSSL", "CTurboJPEG", "CPNG"]),
        .target(name: "MartinetZoo", dependencies: ["Martinet"]),
        // What the executables share.
        .target(
            name: "MartinetCommand",
            dependencies: [
                "Martinet", "MartinetVision", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        .executableTarget(
            name: "fashion-resnet",
            dependencies: [
                "Martinet", "MartinetCommand", "MartinetVision",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/FashionResNet", exclude: ["README.md"]),
        .executableTarget(
            name: "cnn-depth",
            dependencies: [
                "Martinet", "MartinetCommand", "MartinetVision",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/CNNDepth", exclude: ["README.md", "images"]),
        .executableTarget(
            name: "mini-resnet",
            dependencies: [
                "Martinet", "MartinetCommand", "MartinetVision",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/MiniResNet", exclude: ["README.md", "images"]),
        .executableTarget(
            name: "cifar-resnet",
            dependencies: [
                "Martinet", "MartinetCommand", "MartinetVision", "MartinetZoo",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/CIFARResNet", exclude: ["README.md"]),
        .executableTarget(
            name: "five-architectures",
            dependencies: [
                "Martinet", "MartinetCommand",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/FiveArchitectures", exclude: ["README.md"]),
        .executableTarget(
            name: "residual-block",
            dependencies: [
                "Martinet", "MartinetCommand", "MartinetVision",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/ResidualBlock", exclude: ["README.md"]),
        .executableTarget(
            name: "vanishing-gradients",
            dependencies: [
                "Martinet", "MartinetCommand", "MartinetVision",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/VanishingGradients", exclude: ["README.md", "images"]),
        .executableTarget(
            name: "martinet-bench",
            dependencies: [
                "CKernels", "Martinet", "MartinetCommand", "MartinetVision", "MartinetZoo",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/MartinetBench"),

        .testTarget(name: "MartinetCoreTests", dependencies: ["MartinetCore", "CKernels"]),
        .testTarget(
            name: "MartinetTests", dependencies: ["Martinet"], resources: [.copy("References")]),
        .testTarget(
            name: "MartinetVisionTests", dependencies: ["MartinetVision", "CZlib"], resources: [.copy("References")]),
        .testTarget(
            name: "MartinetZooTests", dependencies: ["MartinetZoo"], resources: [.copy("References")]),
    ],
    swiftLanguageModes: [.v6]
)
