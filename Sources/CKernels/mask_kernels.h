// Where an array is positive, as bits: what the gradient of a ReLU needs, in a thirty-second of the array's memory.

#include "vectors.h"

typedef _Bool MK_CALL(mk_bool16) __attribute__((ext_vector_type(16)));

/// bits[i / 16] has bit i % 16 set where x[i] > 0; n / 16 words, rounded up. Unused bits are 0.
KERNEL(void mk_positive_bits)(long n, const float *x, unsigned short *bits) {
    long whole = n / 16;
    for (long word = 0; word < whole; word++) {
        mk_float16 values;
        MK_LOAD(values, x + word * 16);
        MK_CALL(mk_bool16) positive = __builtin_convertvector(values > 0, MK_CALL(mk_bool16));
        memcpy(bits + word, &positive, sizeof(unsigned short));
    }
    if (n > whole * 16) {
        unsigned rest = 0;
        for (long i = whole * 16; i < n; i++) rest |= (unsigned)(x[i] > 0) << (i - whole * 16);
        bits[whole] = (unsigned short)rest;
    }
}

/// out[i] = x[i] where bit i is set, else 0. `out` may be `x`.
KERNEL(void mk_select_bits)(long n, const unsigned short *bits, const float *x, float *out) {
    long whole = n / 16;
    for (long word = 0; word < whole; word++) {
        mk_float16 values;
        MK_LOAD(values, x + word * 16);
        MK_CALL(mk_bool16) positive;
        memcpy(&positive, bits + word, sizeof(unsigned short));
        mk_int16 mask = -__builtin_convertvector(positive, mk_int16);
        values = (mk_float16)((mk_int16)values & mask);
        MK_STORE(out + word * 16, values);
    }
    for (long i = whole * 16; i < n; i++) out[i] = (bits[whole] >> (i - whole * 16)) & 1 ? x[i] : 0;
}
