// swift-tools-version: 6.2
// Feeds the readers of files what libFuzzer thinks of. scripts/fuzz.sh builds and runs it; docs/fuzzing.md says more.
import PackageDescription

let package = Package(
    name: "Fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "Martinet", path: "../..")
    ],
    targets: [
        .target(name: "CLibFuzzer"),
        .executableTarget(
            name: "martinet-fuzz",
            dependencies: [
                "CLibFuzzer", .product(name: "MartinetFormats", package: "Martinet"),
                .product(name: "MartinetONNX", package: "Martinet"),
                .product(name: "MartinetVision", package: "Martinet"),
            ],
            path: "Sources/MartinetFuzz"),
    ],
    swiftLanguageModes: [.v6]
)
