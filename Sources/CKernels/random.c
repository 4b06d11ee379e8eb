#define MK_FAMILY "random_kernels.h"
#include "variants.h"

void mk_uniform(long n, unsigned long long state, float low, float high, float *out) {
    MK_DISPATCH(mk_uniform, (n, state, low, high, out))
}

void mk_normal(long pairs, unsigned long long state, float mean, float deviation, float *out) {
    MK_DISPATCH(mk_normal, (pairs, state, mean, deviation, out))
}
