#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Format, build and tests. The rules of the repository itself (licence lines, sizes, imports, paths and tests that the
# documents name) are tests too: Tests/IntegrationTests/RepositoryTests.swift.
# Arguments go to `swift test`, for instance: dev/check.sh --filter Gate
# What failed is told once more at the end, after thousands of lines of what passed.
set -euo pipefail
cd "$(dirname "$0")/.."

# The packages beside ours link our sources in; only what is their own is checked with them.
mapfile -t others < <(find Benchmarks Fuzz Examples -name '*.swift' -not -path '*/.build*' 2>/dev/null)
swift format lint --strict --recursive Sources Tests Package.swift "${others[@]}"

export SWIFT_BACKTRACE=enable=no
log=$(mktemp)
trap 'rm -f "$log"' EXIT
swift test -Xswiftc -warnings-as-errors "$@" 2>&1 | tee "$log" && exit 0

# A failed expectation is a line with its mark and place, and indented lines after it; a crash has a line of its own.
echo "What failed:"
grep -E -A 4 'recorded an issue|(^|: )error:|Fatal error|signal code' "$log" | grep -vE '^(--|◇|✔|✘ Test run)' | head -80 || true
grep -E '^✘ Test run|^✔ Test run' "$log" || true
exit 1
