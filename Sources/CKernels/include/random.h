// Random numbers of SplitMix64, whose n-th output is a function of the state and n alone.
#pragma once

/// out[i] = low + (high - low) * u, with u uniform in [0, 1) from the i-th output of SplitMix64 started at `state`.
void mk_uniform(long n, unsigned long long state, float low, float high, float *out);

/// Normal numbers by Box and Muller's transform, the pair out[2 i], out[2 i + 1] from the outputs 2 i and 2 i + 1 of SplitMix64
/// started at `state`.
void mk_normal(long pairs, unsigned long long state, float mean, float deviation, float *out);
