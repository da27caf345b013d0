#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds all fuzz targets and runs each for so many seconds (30 by default) from its committed corpus. Fails on a
# finding; the input that caused it then lies under Fuzz/.build-fuzz/findings.
# A second argument names the one target to run, for instance: dev/fuzz.sh 60 ValueFuzz
set -euo pipefail
cd "$(dirname "$0")/../Fuzz"

seconds=${1:-30}
declare -A corpora=([ValueFuzz]=Values [FrameFuzz]=Frames [EnvelopeFuzz]=Envelopes [PeerFuzz]=Peers)
targets=(ValueFuzz FrameFuzz EnvelopeFuzz PeerFuzz)
if [[ -n ${2:-} ]]; then targets=("$2"); fi

# The backtracer can hang for minutes after a crash.
export SWIFT_BACKTRACE=enable=no
findings=.build-fuzz/findings
for target in "${targets[@]}"; do
    # The flag for the compiler says both again: of two single ones its front end takes the last, and would fuzz blindly.
    swift build -c release --scratch-path .build-fuzz --sanitize fuzzer --sanitize address \
        -Xswiftc -sanitize=fuzzer,address --product "$target"
done
mkdir -p "$findings"
for target in "${targets[@]}"; do
    # What a run learns goes beside the build, not into the committed corpus.
    learned=.build-fuzz/learned/$target
    mkdir -p "$learned"
    seeds=Corpus/${corpora[$target]}
    echo "== $target, $seconds s"
    status=0
    .build-fuzz/release/"$target" "$learned" "$seeds" -max_total_time="$seconds" -max_len=4096 -timeout=5 \
        -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$findings/$target-" >"$learned.log" 2>&1 || status=$?
    grep -E '^(Done|stat::|==|SUMMARY|.*Fatal error)' "$learned.log" || true
    if grep -q 'instrumented for coverage' "$learned.log"; then
        echo "$target is built without coverage"
        exit 1
    fi
    if ((status != 0)); then
        echo "$target failed ($status): Fuzz/$findings, Fuzz/$learned.log"
        exit 1
    fi
done
