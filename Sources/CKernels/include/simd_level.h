#pragma once

enum { MK_SIMD_PLAIN = 0, MK_SIMD_AVX2 = 1, MK_SIMD_AVX512 = 2 };

/// The best level that this CPU has.
int mk_simd_supported(void);

/// The level in use.
int mk_simd_level(void);

/// Uses `level`, or the best that the CPU has where that is lower. For tests and measurements.
void mk_set_simd_level(int level);
