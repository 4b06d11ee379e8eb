#!/usr/bin/env bash
# Counts where the sources step around the compiler's checks: lines outside MartinetCore and CKernels, tests left out.
#
#     scripts/unsafety.sh
set -euo pipefail
cd "$(dirname "$0")/.."

count() {
    printf '%6d  %s\n' "$(grep --recursive --include='*.swift' --exclude-dir=MartinetCore --exclude-dir=CKernels \
        --exclude-dir=Generated --extended-regexp "$1" Sources Examples | wc -l)" "$2"
}

# The reason that each carries is a comment, and does not count.
count '^[^/]*@unchecked' '@unchecked'
count '^[^/]*nonisolated\(unsafe\)' 'nonisolated(unsafe)'
count '^[^/]*Unsafe(Mutable)?(Raw)?(Buffer)?Pointer' 'unsafe pointers'
count '^[^/]*public .*Unsafe(Mutable)?(Raw)?(Buffer)?Pointer' 'unsafe pointers in what is public'
