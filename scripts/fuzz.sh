#!/usr/bin/env bash
# Feeds a reader of files what libFuzzer thinks of, from the small files in Tests/Fuzz/Corpora on.
#
#     scripts/fuzz.sh READER SECONDS [ARGUMENTS OF LIBFUZZER]
#
# READER is one of those in Tests/Fuzz/Sources/MartinetFuzz/Readers.swift. What it grows is kept in
# Tests/Fuzz/.build/corpora; an input that crashes, hangs or takes too much memory in Tests/Fuzz/.build/findings.
set -euo pipefail
cd "$(dirname "$0")/.."

reader=${1:?usage: scripts/fuzz.sh READER SECONDS [ARGUMENTS OF LIBFUZZER]}
seconds=${2:?usage: scripts/fuzz.sh READER SECONDS [ARGUMENTS OF LIBFUZZER]}
shift 2

# On the command line only: a package with such flags in its manifest could not be depended on.
build=("${SWIFT:-swift}" build --package-path Tests/Fuzz -c release --product martinet-fuzz
    -Xswiftc -sanitize=fuzzer -Xswiftc -sanitize-coverage=edge,inline-8bit-counters,pc-table,trace-cmp
    -Xswiftc -sanitize=address -Xswiftc -use-ld=lld -Xswiftc -no-whole-module-optimization)
"${build[@]}"
program=$("${build[@]}" --show-bin-path)/martinet-fuzz

grown=Tests/Fuzz/.build/corpora/$reader
findings=Tests/Fuzz/.build/findings/$reader
mkdir -p "$grown" "$findings"
# libcurl, which Foundation loads, leaks a little.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0}
export MARTINET_ALLOCATOR=system MARTINET_THREADS=1
exec "$program" "$reader" "$grown" "Tests/Fuzz/Corpora/$reader" -artifact_prefix="$findings/" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 "$@"
