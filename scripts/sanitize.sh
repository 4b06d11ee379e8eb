#!/usr/bin/env bash
# Runs the tests under sanitizers: a finding fails the run.
#
#     scripts/sanitize.sh "address thread" [REGEX OF TESTS]
#
# A sanitizer instruments Swift and our C kernels. OpenBLAS is not instrumented: it runs on one thread within each of our
# workers, so it starts no threads that could race, and what it does to memory outside of its arguments goes unseen.
set -euo pipefail
cd "$(dirname "$0")/.."

sanitizers=${1:-address thread}
tests=${2:-.}

# By default a race is reported and the tests pass all the same, and a forked process may start no threads.
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:die_after_fork=0}
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1}
# Each array a block of its own, so that what is written past its end is seen.
export MARTINET_ALLOCATOR=system
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/scripts/leaks.supp:print_suppressions=0}

for sanitizer in $sanitizers; do
    echo "sanitize: $sanitizer"
    # Debian's default linker warns about every symbol of the sanitizer's that it cannot export; lld, Swift's own, does not.
    "${SWIFT:-swift}" test --disable-xctest --sanitize="$sanitizer" --scratch-path ".build/sanitize-$sanitizer" \
        -Xswiftc -use-ld=lld --filter "$tests"
done
