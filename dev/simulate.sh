#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the simulator, optimised, on many more seeds than the suite does.
#
#   dev/simulate.sh [SEEDS [FIRST]]     so many seeds of each profile and of drawn mixtures (default 500), from FIRST on
#   dev/simulate.sh planted [MOST [FIRST [BUGS]]]
#                                       how many seeds each planted bug takes, at most so many (default 20000), from
#                                       FIRST on; only those bugs, if they are named (a comma between them)
#   dev/simulate.sh same [SEEDS]        the same seeds give the same traces: twice, with deterministic hashing, and in a
#                                       debug build
#   dev/simulate.sh traffic             what membership sends in a quiet cluster of 50, 200 and 1000 nodes
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

# A package of the simulator and what it needs, so that nothing else is built.
package=.build/simulate
mkdir -p "$package/Sources" "$package/Tests"
for target in HubCore HubWire HubSimulator phub-sim; do ln -sfn "$root/Sources/$target" "$package/Sources/$target"; done
for target in TestSupport HubSimulatorTests; do ln -sfn "$root/Tests/$target" "$package/Tests/$target"; done
ln -sfn "$root/Simulation" "$package/Simulation"
{
    printf '// swift-tools-version: 6.1\nimport PackageDescription\n'
    sed -n '/^let settings/,/^]/p' Package.swift
    cat <<'SWIFT'
let package = Package(
    name: "swift-process-hub",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
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
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(
            name: "HubSimulatorTests",
            dependencies: [
                "HubSimulator", "HubCore", "HubWire", "TestSupport",
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: settings),
    ]
)
SWIFT
} >"$package/Package.swift"

export SWIFT_BACKTRACE=enable=no
simulator() { # configuration
    local runtime=()
    # Linked into the program the runtime costs less to call: 6 %. Apple's platforms have their own.
    if [ "$1" = release ] && [ "$(uname)" = Linux ]; then runtime=(--static-swift-stdlib); fi
    swift build --package-path "$package" -c "$1" --product phub-sim ${runtime[@]+"${runtime[@]}"} >&2
    echo "$package/.build/$1/phub-sim"
}

case "${1:-}" in
planted)
    export PHUB_PLANTED_SEEDS=${2:-20000} PHUB_PLANTED_FIRST=${3:-1} PHUB_PLANTED_BUGS=${4:-}
    swift test --package-path "$package" -c release -Xswiftc -enable-testing --filter 'Planted.*Tests' |
        grep -E '^\||✘|Test run'
    ;;
same)
    seeds=${2:-50}
    release=$(simulator release)
    debug=$(simulator debug)
    traces() { for ((seed = 1; seed <= seeds; seed++)); do "$@" --seed "$seed" --seconds 30 | head -1; done; }
    traces "$release" >"$package/first"
    traces "$release" | diff "$package/first" -
    SWIFT_DETERMINISTIC_HASHING=1 traces "$release" | diff "$package/first" -
    traces "$debug" | diff "$package/first" -
    echo "$seeds seeds, the same traces four times"
    ;;
traffic)
    "$(simulator release)" --traffic
    ;;
*)
    release=$(simulator release)
    seeds=${1:-500}
    first=${2:-1}
    for profile in calm lossy flapping pausing partitions churn slow; do
        echo "== $profile"
        "$release" --seeds "$seeds" --start-seed "$first" --nodes 3-9 --profile "$profile"
    done
    echo "== drawn"
    "$release" --seeds "$seeds" --start-seed "$first" --nodes 3-9
    echo "== drawn, five nodes"
    "$release" --seeds "$seeds" --start-seed "$first" --nodes 5
    ;;
esac
