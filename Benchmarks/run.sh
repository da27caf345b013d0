#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the benchmarks in release mode, runs them and prints one table; ends with 1 if a bar was measured and missed.
set -euo pipefail
cd "$(dirname "$0")"
swift build -c release --product HubBenchmarks >&2
exec .build/release/HubBenchmarks "$@"
