#define MK_FAMILY "normalization_kernels.h"
#include "vectors.h"
#include "variants.h"

void mk_column_moments(long rows, long columns, const float *x, double *mean, double *deviation) {
    MK_DISPATCH(mk_column_moments, (rows, columns, x, mean, deviation))
}

void mk_normalize_columns(long rows, long columns, const float *x, const float *mean, const float *scale,
                          const float *shift, const float *addend, int relu, float *out) {
    MK_DISPATCH(mk_normalize_columns, (rows, columns, x, mean, scale, shift, addend, relu, out))
}

void mk_normalize_gradient_sums(long rows, long columns, const float *dy, const float *x, const float *mean,
                                double *sums, double *products) {
    MK_DISPATCH(mk_normalize_gradient_sums, (rows, columns, dy, x, mean, sums, products))
}

void mk_normalize_gradient(long rows, long columns, const float *dy, const float *x, const float *mean,
                           const float *scale, const float *mean_dy, const float *slope, float *dx) {
    MK_DISPATCH(mk_normalize_gradient, (rows, columns, dy, x, mean, scale, mean_dy, slope, dx))
}

void mk_normalize_columns_bits(long rows, long columns, const float *x, const float *mean, const float *scale,
                               const float *shift, const float *addend, float *out, unsigned short *bits) {
    MK_DISPATCH(mk_normalize_columns_bits, (rows, columns, x, mean, scale, shift, addend, out, bits))
}

void mk_normalize_gradient_sums_bits(long rows, long columns, const float *dy, const unsigned short *bits, const float *x,
                                     const float *mean, float *selected, double *sums, double *products) {
    MK_DISPATCH(mk_normalize_gradient_sums_bits, (rows, columns, dy, bits, x, mean, selected, sums, products))
}

void mk_normalize_gradient_bits(long rows, long columns, const float *dy, const unsigned short *bits, const float *x,
                                const float *mean, const float *scale, const float *mean_dy, const float *slope,
                                float *dx) {
    MK_DISPATCH(mk_normalize_gradient_bits, (rows, columns, dy, bits, x, mean, scale, mean_dy, slope, dx))
}
