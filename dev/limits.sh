#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests that measure what is promised, with the very numbers of the promises, one after another: calls that end a
# second after their deadline at the latest while their peer is killed or stopped, 3 000 connections at once, 1 000 pairs
# of simultaneous dials, 200 nodes killed, and nodes that agree within 2 s and find a silent one in 2 and 5 s. Nothing
# else should run meanwhile. In the whole suite the same tests take the same steps with generous bounds.
# Arguments go to `swift test`, for instance: dev/limits.sh --skip-build
set -euo pipefail
cd "$(dirname "$0")/.."

export SWIFT_BACKTRACE=enable=no PHUB_STRICT=1
swift test --no-parallel -Xswiftc -warnings-as-errors \
    --filter '(PeerDeath|Flood|Nodes|StormRun|Switchboard|Readme)Tests' "$@"
