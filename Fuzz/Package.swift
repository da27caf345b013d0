// swift-tools-version: 6.1
// SPDX-License-Identifier: Apache-2.0

// A package of its own: a libFuzzer target has no `main`, so no ordinary build can link it. The sources under test are
// linked in, since what is fuzzed is visible inside a package only. Run with `dev/fuzz.sh`.

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "swift-process-hub-fuzz",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "ValueFuzz", targets: ["ValueFuzz"]),
        .executable(name: "FrameFuzz", targets: ["FrameFuzz"]),
        .executable(name: "EnvelopeFuzz", targets: ["EnvelopeFuzz"]),
        .executable(name: "PeerFuzz", targets: ["PeerFuzz"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0")
    ],
    targets: [
        .target(
            name: "HubCore",
            dependencies: [.product(name: "DequeModule", package: "swift-collections")],
            swiftSettings: settings),
        .target(name: "HubWire", dependencies: ["HubCore"], swiftSettings: settings),
        .target(name: "FuzzSupport", dependencies: ["HubCore", "HubWire"], swiftSettings: settings),
        .executableTarget(name: "ValueFuzz", dependencies: ["HubWire"], swiftSettings: settings),
        .executableTarget(
            name: "FrameFuzz", dependencies: ["FuzzSupport", "HubCore", "HubWire"], swiftSettings: settings),
        .executableTarget(
            name: "EnvelopeFuzz", dependencies: ["FuzzSupport", "HubCore", "HubWire"], swiftSettings: settings),
        .executableTarget(name: "PeerFuzz", dependencies: ["HubCore", "HubWire"], swiftSettings: settings),
    ]
)
