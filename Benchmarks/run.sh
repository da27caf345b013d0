#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the benchmarks in release mode, on Linux linked with the runtime as servers mostly are, runs them and prints one
# table; ends with 1 if a bar was measured and missed.
set -euo pipefail
cd "$(dirname "$0")"
runtime=()
if [ "$(uname)" = Linux ]; then runtime=(--static-swift-stdlib); fi
swift build -c release --product HubBenchmarks ${runtime[@]+"${runtime[@]}"} >&2
exec .build/release/HubBenchmarks "$@"
