// Random numbers of SplitMix64, whose n-th output is a function of the state and n alone.

#include "function_kernels.h"

static inline uint64_t MK_CALL(split_mix)(uint64_t state, long i) {
    uint64_t z = state + (uint64_t)(i + 1) * 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

/// out[i] = low + (high - low) * u, with u uniform in [0, 1) from the i-th output of SplitMix64 started at `state`.
KERNEL(void mk_uniform)(long n, unsigned long long state, float low, float high, float *out) {
    float span = high - low;
    for (long i = 0; i < n; i++) {
        float value = low + span * ((float)(int32_t)(MK_CALL(split_mix)(state, i) >> 40) * 0x1p-24f);
        // Rounding may reach the open end.
        out[i] = value < high ? value : low;
    }
}

/// Normal numbers by Box and Muller's transform, the pair out[2 i], out[2 i + 1] from the outputs 2 i and 2 i + 1 of SplitMix64
/// started at `state`.
KERNEL(void mk_normal)(long pairs, unsigned long long state, float mean, float deviation, float *out) {
    for (long i = 0; i < pairs; i++) {
        // In (0, 1], so that the logarithm is finite.
        float u = (float)(int64_t)((MK_CALL(split_mix)(state, 2 * i) >> 11) + 1) * 0x1p-53f;
        float radius = deviation * sqrtf(-2.0f * MK_CALL(log1)(u));
        // A turn's 2^24-th parts, from the nearest quarter.
        float turn = (float)(int32_t)(MK_CALL(split_mix)(state, 2 * i + 1) >> 40) * 0x1p-24f;
        int quarter = (int)(4.0f * turn + 0.5f);
        float x = (turn - 0.25f * (float)quarter) * 6.283185307179586f, z = x * x;
        float sine = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * x + x;
        float cosine = ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z
                       - 0.5f * z + 1.0f;
        float first = quarter & 1 ? sine : cosine, second = quarter & 1 ? cosine : sine;
        out[2 * i] = mean + radius * ((quarter + 1) & 2 ? -first : first);
        out[2 * i + 1] = mean + radius * (quarter & 2 ? -second : second);
    }
}
