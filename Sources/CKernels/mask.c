#define MK_FAMILY "mask_kernels.h"
#include "variants.h"

void mk_positive_bits(long n, const float *x, unsigned short *bits) { MK_DISPATCH(mk_positive_bits, (n, x, bits)) }

void mk_select_bits(long n, const unsigned short *bits, const float *x, float *out) {
    MK_DISPATCH(mk_select_bits, (n, bits, x, out))
}
