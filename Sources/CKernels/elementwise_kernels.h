#include "function_kernels.h"

#define BINARY_CASE(op, expression) \
    case op: \
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

KERNEL(void mk_binary)(mk_binary_op op, long rows, long columns, const float *a, long a_row, long a_column,
                       const float *b, long b_row, long b_column, float *out) {
    switch (op) {
        BINARY_CASE(MK_ADD, x + y)
        BINARY_CASE(MK_SUBTRACT, x - y)
        BINARY_CASE(MK_MULTIPLY, x * y)
        BINARY_CASE(MK_DIVIDE, x / y)
        BINARY_CASE(MK_POWER, powf(x, y))
        BINARY_CASE(MK_MAXIMUM, (x > y || x != x) ? x : y)
        BINARY_CASE(MK_MINIMUM, (x < y || x != x) ? x : y)
        BINARY_CASE(MK_EQUAL, x == y ? 1.0f : 0.0f)
        BINARY_CASE(MK_NOT_EQUAL, x != y ? 1.0f : 0.0f)
        BINARY_CASE(MK_LESS, x < y ? 1.0f : 0.0f)
        BINARY_CASE(MK_LESS_EQUAL, x <= y ? 1.0f : 0.0f)
        BINARY_CASE(MK_GREATER, x > y ? 1.0f : 0.0f)
        BINARY_CASE(MK_GREATER_EQUAL, x >= y ? 1.0f : 0.0f)
        BINARY_CASE(MK_SIGMOID_GRADIENT, x * y * (1.0f - y))
        BINARY_CASE(MK_TANH_GRADIENT, x * (1.0f - y * y))
        BINARY_CASE(MK_GELU_GRADIENT, x * MK_CALL(gelu_gradient1)(y))
        BINARY_CASE(MK_SILU_GRADIENT, x * MK_CALL(silu_gradient1)(y))
    }
}

#undef BINARY_CASE

#define UNARY_CASE(op, expression) \
    case op: \
        for (long i = 0; i < n; i++) { float v = x[i]; out[i] = (expression); } \
        break;

KERNEL(void mk_unary)(mk_unary_op op, long n, const float *x, float *out) {
    switch (op) {
        UNARY_CASE(MK_NEGATE, -v)
        UNARY_CASE(MK_ABS, fabsf(v))
        UNARY_CASE(MK_SIGN, v > 0 ? 1.0f : (v < 0 ? -1.0f : v))
        UNARY_CASE(MK_SQUARE, v * v)
        UNARY_CASE(MK_SQRT, sqrtf(v))
        UNARY_CASE(MK_RECIPROCAL, 1.0f / v)
        UNARY_CASE(MK_EXP, MK_CALL(exp1)(v))
        UNARY_CASE(MK_LOG, MK_CALL(log1)(v))
        UNARY_CASE(MK_SIN, sinf(v))
        UNARY_CASE(MK_COS, cosf(v))
        UNARY_CASE(MK_TANH, MK_CALL(tanh1)(v))
        UNARY_CASE(MK_SIGMOID, MK_CALL(sigmoid1)(v))
        UNARY_CASE(MK_RELU, v < 0 ? 0.0f : v)
        UNARY_CASE(MK_GELU, 0.5f * v * (1.0f + MK_CALL(erf1)(v * 0.70710678118654752f)))
        UNARY_CASE(MK_SILU, v * MK_CALL(sigmoid1)(v))
        UNARY_CASE(MK_SOFTPLUS, MK_CALL(softplus1)(v))
        UNARY_CASE(MK_ERF, MK_CALL(erf1)(v))
    }
}

#undef UNARY_CASE

KERNEL(void mk_affine)(long n, const float *x, float scale, float offset, float *out) {
    for (long i = 0; i < n; i++) out[i] = x[i] * scale + offset;
}

KERNEL(void mk_clamp)(long n, const float *x, float low, float high, float *out) {
    for (long i = 0; i < n; i++) {
        float v = x[i] < low ? low : x[i];
        out[i] = v > high ? high : v;
    }
}

KERNEL(void mk_leaky_relu)(long n, const float *x, float slope, float *out) {
    for (long i = 0; i < n; i++) out[i] = x[i] > 0 ? x[i] : slope * x[i];
}

KERNEL(void mk_leaky_relu_gradient)(long n, const float *gradient, const float *x, float slope, float *out) {
    for (long i = 0; i < n; i++) out[i] = x[i] > 0 ? gradient[i] : slope * gradient[i];
}

KERNEL(void mk_where)(long n, const float *condition, const float *a, const float *b, float *out) {
    for (long i = 0; i < n; i++) out[i] = condition[i] != 0 ? a[i] : b[i];
}

KERNEL(void mk_add_scaled)(long n, float scale, const float *x, float *y) {
    for (long i = 0; i < n; i++) y[i] += scale * x[i];
}
