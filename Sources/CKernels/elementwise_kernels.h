#include "function_kernels.h"

#define BINARY_CASE(operation, name, expression) \
    case operation: \
        for (long r = 0; r < rows; r++) { \
            const float *pa = a + r * a_row, *pb = b + r * b_row; \
            float *po = out + r * columns; \
            if (a_column && b_column) \
                for (long c = 0; c < columns; c++) { float x = pa[c], y = pb[c]; po[c] = (expression); } \
            else if (a_column) { \
                float y = pb[0]; \
                for (long c = 0; c < columns; c++) { float x = pa[c]; po[c] = (expression); } \
            } else if (b_column) { \
                float x = pa[0]; \
                for (long c = 0; c < columns; c++) { float y = pb[c]; po[c] = (expression); } \
            } else { \
                float x = pa[0], y = pb[0], value = (expression); \
                for (long c = 0; c < columns; c++) po[c] = value; \
            } \
        } \
        break;

/// out[r, c] = a[r * a_row + c * a_column] op b[r * b_row + c * b_column]; out is rows x columns, contiguous.
/// The column strides are 0 (broadcast) or 1. `out` may be `a` or `b` where that operand is not broadcast.
KERNEL(void mk_binary)(mk_binary_op op, long rows, long columns, const float *a, long a_row, long a_column,
                       const float *b, long b_row, long b_column, float *out) {
    switch (op) {
        MK_BINARY_OPERATIONS(BINARY_CASE)
    }
}

#undef BINARY_CASE

#define UNARY_CASE(operation, name, expression) \
    case operation: \
        for (long i = 0; i < n; i++) { float v = x[i]; out[i] = (expression); } \
        break;

/// out[i] = op(x[i]). `out` may be `x`.
KERNEL(void mk_unary)(mk_unary_op op, long n, const float *x, float *out) {
    switch (op) {
        MK_UNARY_OPERATIONS(UNARY_CASE)
    }
}

#undef UNARY_CASE

/// out[i] = x[i] * scale + offset. `out` may be `x`.
KERNEL(void mk_affine)(long n, const float *x, float scale, float offset, float *out) {
    for (long i = 0; i < n; i++) out[i] = x[i] * scale + offset;
}

/// out[i] = min(max(x[i], low), high); NaN stays NaN.
KERNEL(void mk_clamp)(long n, const float *x, float low, float high, float *out) {
    for (long i = 0; i < n; i++) {
        float v = x[i] < low ? low : x[i];
        out[i] = v > high ? high : v;
    }
}

/// out[i] = x[i] > 0 ? x[i] : slope * x[i].
KERNEL(void mk_leaky_relu)(long n, const float *x, float slope, float *out) {
    for (long i = 0; i < n; i++) out[i] = x[i] > 0 ? x[i] : slope * x[i];
}

/// The gradient of `mk_leaky_relu` by x, from the gradient by its result.
KERNEL(void mk_leaky_relu_gradient)(long n, const float *gradient, const float *x, float slope, float *out) {
    for (long i = 0; i < n; i++) out[i] = x[i] > 0 ? gradient[i] : slope * gradient[i];
}

/// out[i] = condition[i] != 0 ? a[i] : b[i].
KERNEL(void mk_where)(long n, const float *condition, const float *a, const float *b, float *out) {
    for (long i = 0; i < n; i++) out[i] = condition[i] != 0 ? a[i] : b[i];
}

/// y[i] += scale * x[i].
KERNEL(void mk_add_scaled)(long n, float scale, const float *x, float *y) {
    for (long i = 0; i < n; i++) y[i] += scale * x[i];
}
