// Which instruction set the kernels use: the best that the CPU has, or what MARTINET_SIMD asks for.

#include "CKernels.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_int level = MK_SIMD_PLAIN;

int mk_simd_supported(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
        return MK_SIMD_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return MK_SIMD_AVX2;
#endif
    return MK_SIMD_PLAIN;
}

int mk_simd_level(void) { return atomic_load_explicit(&level, memory_order_relaxed); }

void mk_set_simd_level(int wanted) {
    int supported = mk_simd_supported();
    atomic_store_explicit(&level, wanted < supported ? wanted : supported, memory_order_relaxed);
}

__attribute__((constructor)) static void choose_simd_level(void) {
    static const char *const names[] = {"plain", "avx2", "avx512"};
    int chosen = mk_simd_supported();
    const char *wanted = getenv("MARTINET_SIMD");
    if (wanted && *wanted) {
        int index = -1;
        for (int i = 0; i < 3; i++)
            if (strcmp(wanted, names[i]) == 0) index = i;
        if (index < 0)
            fprintf(stderr, "martinet: MARTINET_SIMD is \"%s\", expected plain, avx2 or avx512; using %s\n", wanted,
                    names[chosen]);
        else if (index > chosen)
            fprintf(stderr, "martinet: MARTINET_SIMD is %s, which this CPU does not have; using %s\n", wanted,
                    names[chosen]);
        else
            chosen = index;
    }
    mk_set_simd_level(chosen);
}
