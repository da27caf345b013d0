// swift-tools-version: 6.1
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "swift-process-hub",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "ProcessHub", targets: ["ProcessHub"]),
        .executable(name: "phub", targets: ["phub"]),
        .executable(name: "phub-sim", targets: ["phub-sim"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    ],
    targets: [
        .target(
            name: "HubCore",
            dependencies: [.product(name: "DequeModule", package: "swift-collections")],
            swiftSettings: settings),
        .target(name: "HubWire", dependencies: ["HubCore"], swiftSettings: settings),
        .target(name: "HubSimulator", dependencies: ["HubCore", "HubWire"], swiftSettings: settings),
        .executableTarget(
            name: "phub-sim",
            dependencies: ["HubSimulator", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: settings),
        .target(
            name: "HubTransport",
            dependencies: [
                "HubCore", "HubWire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings),
        .target(name: "CSwiftRuntime"),
        .target(
            name: "ProcessHub",
            dependencies: [
                "CSwiftRuntime", "HubCore", "HubWire", "HubTransport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .target(name: "DemoProcesses", dependencies: ["ProcessHub"], swiftSettings: settings),
        .executableTarget(
            name: "phub",
            dependencies: [
                "ProcessHub", "DemoProcesses",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(name: "HubCoreTests", dependencies: ["HubCore", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "HubWireTests", dependencies: ["HubWire", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "HubSimulatorTests",
            dependencies: [
                "HubSimulator", "HubCore", "HubWire", "TestSupport",
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "HubTransportTests",
            dependencies: [
                "HubTransport", "TestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            resources: [.copy("Certificates")],
            swiftSettings: settings),
        .testTarget(
            name: "ProcessHubTests",
            dependencies: [
                "ProcessHub", "HubCore", "HubWire", "HubTransport", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "phub", "ProcessHub", "DemoProcesses", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
    ]
)
