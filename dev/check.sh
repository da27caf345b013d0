#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Format, build and tests. The rules of the repository itself (licence lines, sizes, imports, paths and tests that the
# documents name) are tests too: Tests/IntegrationTests/RepositoryTests.swift.
# Arguments go to `swift test`, for instance: dev/check.sh --filter Gate
set -euo pipefail
cd "$(dirname "$0")/.."

# The packages beside ours link our sources in; only what is their own is checked with them.
mapfile -t others < <(find Benchmarks Fuzz Examples -name '*.swift' -not -path '*/.build*' 2>/dev/null)
swift format lint --strict --recursive Sources Tests Package.swift "${others[@]}"
export SWIFT_BACKTRACE=enable=no
swift test -Xswiftc -warnings-as-errors "$@"
