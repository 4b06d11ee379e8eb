// Compiles the kernel family named by MK_FAMILY once per instruction set. SwiftPM has no flags for one file and refuses
// unsafe flags in a dependency, so the target is set by a pragma, and each copy's functions get a suffix.
//
// A family's `_kernels.h` file writes every function as `KERNEL(void mk_name)(...)`, with its contract above it; its `.c` file
// defines MK_FAMILY and includes this file. From these signatures scripts/generate-kernels.py makes what callers see,
// include/kernels.h, and the functions that pick a copy, dispatch.c.

#include "CKernels.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define MK_JOIN_(a, b) a##b
#define MK_JOIN(a, b) MK_JOIN_(a, b)
#define KERNEL(name) __attribute__((visibility("hidden"))) MK_JOIN(name, MK_SUFFIX)
#define MK_CALL(name) MK_JOIN(name, MK_SUFFIX)

// MK_LEVEL is the copy being compiled, for families whose tile sizes depend on the number of registers. The target's own
// macros (__AVX512F__ and so on) do not tell: the pragmas below do not define them.
#define MK_LEVEL_PLAIN 0
#define MK_LEVEL_AVX2 1
#define MK_LEVEL_AVX512 2

#define MK_SUFFIX _plain
#define MK_LEVEL MK_LEVEL_PLAIN
#include MK_FAMILY
#undef MK_SUFFIX
#undef MK_LEVEL

// On arm64 NEON is part of the baseline, so the plain copy is already vectorised.
#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2,lzcnt,f16c"))), apply_to = function)
#define MK_SUFFIX _avx2
#define MK_LEVEL MK_LEVEL_AVX2
#include MK_FAMILY
#undef MK_SUFFIX
#undef MK_LEVEL
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx2,fma,bmi,bmi2,lzcnt,f16c"))), \
    apply_to = function)
#define MK_SUFFIX _avx512
#define MK_LEVEL MK_LEVEL_AVX512
#include MK_FAMILY
#undef MK_SUFFIX
#undef MK_LEVEL
#pragma clang attribute pop

#endif
