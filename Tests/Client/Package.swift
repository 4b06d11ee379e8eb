// swift-tools-version: 6.2
// A package of somebody else's, which depends on Martinet like any other would.
import PackageDescription

let package = Package(
    name: "Client",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "Martinet", path: "../..")
    ],
    targets: [
        .executableTarget(name: "Client", dependencies: [.product(name: "Martinet", package: "Martinet")]),
        .executableTarget(name: "Mistakes", dependencies: [.product(name: "Martinet", package: "Martinet")]),
    ],
    swiftLanguageModes: [.v6]
)
