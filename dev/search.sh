#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Searches gates and calls through many more orders of events than the suite does, optimised, and lists how many states
# each planted bug took. The first argument is the number of states (default one million; about half a minute).
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

# A package of HubCore and its tests alone, so that nothing else is built.
package=.build/search
mkdir -p "$package/Sources" "$package/Tests"
ln -sfn "$root/Sources/HubCore" "$package/Sources/HubCore"
ln -sfn "$root/Tests/HubCoreTests" "$package/Tests/HubCoreTests"
{
    printf '// swift-tools-version: 6.1\nimport PackageDescription\n'
    sed -n '/^let settings/,/^]/p' Package.swift
    cat <<'SWIFT'
let package = Package(
    name: "swift-process-hub",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://github.com/apple/swift-collections", from: "1.6.0")],
    targets: [
        .target(
            name: "HubCore",
            dependencies: [.product(name: "DequeModule", package: "swift-collections")],
            swiftSettings: settings),
        .testTarget(name: "HubCoreTests", dependencies: ["HubCore"], swiftSettings: settings),
    ]
)
SWIFT
} >"$package/Package.swift"

export SWIFT_BACKTRACE=enable=no
export PHUB_SEARCH_STATES=${1:-1000000}
swift test --package-path "$package" -c release -Xswiftc -enable-testing --filter CallSearchTests |
    grep -vE '^(◇|\[|Test Suite)'
