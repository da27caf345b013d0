#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests under the thread sanitizer and the address sanitizer, each in a build folder of its own, one test after
# another: what is many times slower must not also share the machine, or deadlines pass that are not at fault. A failed
# expectation prints the values it saw, which reads running event loops: look at failures first, then at races.
# Usage: dev/sanitize.sh [thread|address] [arguments of swift test…]; without a name both run.
set -euo pipefail
cd "$(dirname "$0")/.."

sanitizers=(thread address)
case "${1:-}" in
thread | address)
    sanitizers=("$1")
    shift
    ;;
esac

export SWIFT_BACKTRACE=enable=no
# Where turns are never short, nothing can be asked of how short they are.
export PHUB_SANITIZED=1
export TSAN_OPTIONS="halt_on_error=0 exitcode=66 ${TSAN_OPTIONS:-}"
export ASAN_OPTIONS="detect_leaks=0 ${ASAN_OPTIONS:-}"
for sanitizer in "${sanitizers[@]}"; do
    echo "== $sanitizer sanitizer"
    swift test --sanitize "$sanitizer" --scratch-path ".build-$sanitizer" --no-parallel "$@"
done
