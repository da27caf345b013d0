#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the packages beside this one, without optimisation: the benchmarks, and the fuzz targets, which only link with
# their sanitizer. A change of the library may not leave them behind.
set -euo pipefail
cd "$(dirname "$0")/.."

swift build --package-path Benchmarks -Xswiftc -warnings-as-errors
swift build --package-path Fuzz --sanitize fuzzer -Xswiftc -sanitize=fuzzer
