#define MK_FAMILY "elementwise_kernels.h"
#include "variants.h"

void mk_binary(mk_binary_op op, long rows, long columns, const float *a, long a_row, long a_column, const float *b,
               long b_row, long b_column, float *out) {
    MK_DISPATCH(mk_binary, (op, rows, columns, a, a_row, a_column, b, b_row, b_column, out))
}

void mk_unary(mk_unary_op op, long n, const float *x, float *out) { MK_DISPATCH(mk_unary, (op, n, x, out)) }

void mk_affine(long n, const float *x, float scale, float offset, float *out) {
    MK_DISPATCH(mk_affine, (n, x, scale, offset, out))
}

void mk_clamp(long n, const float *x, float low, float high, float *out) {
    MK_DISPATCH(mk_clamp, (n, x, low, high, out))
}

void mk_leaky_relu(long n, const float *x, float slope, float *out) { MK_DISPATCH(mk_leaky_relu, (n, x, slope, out)) }

void mk_leaky_relu_gradient(long n, const float *gradient, const float *x, float slope, float *out) {
    MK_DISPATCH(mk_leaky_relu_gradient, (n, gradient, x, slope, out))
}

void mk_where(long n, const float *condition, const float *a, const float *b, float *out) {
    MK_DISPATCH(mk_where, (n, condition, a, b, out))
}

void mk_add_scaled(long n, float scale, const float *x, float *y) { MK_DISPATCH(mk_add_scaled, (n, scale, x, y)) }
