// Where an array is positive, as bits: what the gradient of a ReLU needs, in a thirty-second of the array's memory.
#pragma once

/// bits[i / 16] has bit i % 16 set where x[i] > 0; n / 16 words, rounded up. Unused bits are 0.
void mk_positive_bits(long n, const float *x, unsigned short *bits);

/// out[i] = x[i] where bit i is set, else 0. `out` may be `x`.
void mk_select_bits(long n, const unsigned short *bits, const float *x, float *out);
