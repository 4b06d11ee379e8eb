// Elementwise arithmetic.
#pragma once

typedef enum {
    MK_ADD, MK_SUBTRACT, MK_MULTIPLY, MK_DIVIDE, MK_POWER, MK_MAXIMUM, MK_MINIMUM,
    MK_EQUAL, MK_NOT_EQUAL, MK_LESS, MK_LESS_EQUAL, MK_GREATER, MK_GREATER_EQUAL,
    // Gradients: the first operand is the output's gradient, the second what the name says.
    MK_SIGMOID_GRADIENT,  // y
    MK_TANH_GRADIENT,     // y
    MK_GELU_GRADIENT,     // x
    MK_SILU_GRADIENT,     // x
} mk_binary_op;

typedef enum {
    MK_NEGATE, MK_ABS, MK_SIGN, MK_SQUARE, MK_SQRT, MK_RECIPROCAL, MK_EXP, MK_LOG,
    MK_SIN, MK_COS, MK_TANH, MK_SIGMOID, MK_RELU, MK_GELU, MK_SILU, MK_SOFTPLUS, MK_ERF,
} mk_unary_op;

/// out[r, c] = a[r * a_row + c * a_column] op b[r * b_row + c * b_column]; out is rows x columns, contiguous.
/// The column strides are 0 (broadcast) or 1. `out` may be `a` or `b` where that operand is not broadcast.
void mk_binary(mk_binary_op op, long rows, long columns, const float *a, long a_row, long a_column, const float *b,
               long b_row, long b_column, float *out);

/// out[i] = op(x[i]). `out` may be `x`.
void mk_unary(mk_unary_op op, long n, const float *x, float *out);

/// out[i] = x[i] * scale + offset. `out` may be `x`.
void mk_affine(long n, const float *x, float scale, float offset, float *out);

/// out[i] = min(max(x[i], low), high); NaN stays NaN.
void mk_clamp(long n, const float *x, float low, float high, float *out);

/// out[i] = x[i] > 0 ? x[i] : slope * x[i], and its gradient by x.
void mk_leaky_relu(long n, const float *x, float slope, float *out);
void mk_leaky_relu_gradient(long n, const float *gradient, const float *x, float slope, float *out);

/// out[i] = condition[i] != 0 ? a[i] : b[i].
void mk_where(long n, const float *condition, const float *a, const float *b, float *out);

/// y[i] += scale * x[i].
void mk_add_scaled(long n, float scale, const float *x, float *y);
