// Elementwise arithmetic: the operations, each with its name in Swift and what it computes.
#pragma once

/// On two elements, x and y. Comparisons give 1 for true and 0 for false. Of the gradients, x is the gradient by the
/// operation's output, and y its output for sigmoid and tanh, its input for the others.
#define MK_BINARY_OPERATIONS(OPERATION) \
    OPERATION(MK_ADD, "add", x + y) \
    OPERATION(MK_SUBTRACT, "subtract", x - y) \
    OPERATION(MK_MULTIPLY, "multiply", x * y) \
    OPERATION(MK_DIVIDE, "divide", x / y) \
    OPERATION(MK_POWER, "power", powf(x, y)) \
    OPERATION(MK_MAXIMUM, "maximum", (x > y || x != x) ? x : y) \
    OPERATION(MK_MINIMUM, "minimum", (x < y || x != x) ? x : y) \
    OPERATION(MK_EQUAL, "equal", x == y ? 1.0f : 0.0f) \
    OPERATION(MK_NOT_EQUAL, "notEqual", x != y ? 1.0f : 0.0f) \
    OPERATION(MK_LESS, "less", x < y ? 1.0f : 0.0f) \
    OPERATION(MK_LESS_EQUAL, "lessOrEqual", x <= y ? 1.0f : 0.0f) \
    OPERATION(MK_GREATER, "greater", x > y ? 1.0f : 0.0f) \
    OPERATION(MK_GREATER_EQUAL, "greaterOrEqual", x >= y ? 1.0f : 0.0f) \
    OPERATION(MK_SIGMOID_GRADIENT, "sigmoidGradient", x * y * (1.0f - y)) \
    OPERATION(MK_TANH_GRADIENT, "tanhGradient", x * (1.0f - y * y)) \
    OPERATION(MK_GELU_GRADIENT, "geluGradient", x * MK_CALL(gelu_gradient1)(y)) \
    OPERATION(MK_SILU_GRADIENT, "siluGradient", x * MK_CALL(silu_gradient1)(y)) \
    OPERATION(MK_ERF_GRADIENT, "erfGradient", x * MK_CALL(erf_gradient1)(y)) \
    OPERATION(MK_MISH_GRADIENT, "mishGradient", x * MK_CALL(mish_gradient1)(y)) \
    OPERATION(MK_HARDSWISH_GRADIENT, "hardswishGradient", \
              x * (y <= -3 ? 0.0f : (y < 3 ? y * (1.0f / 3) + 0.5f : 1.0f))) \
    OPERATION(MK_HARDSIGMOID_GRADIENT, "hardsigmoidGradient", x * (y > -3 && y < 3 ? 1.0f / 6 : 0.0f))

/// On one element, v.
#define MK_UNARY_OPERATIONS(OPERATION) \
    OPERATION(MK_NEGATE, "negate", -v) \
    OPERATION(MK_ABS, "abs", fabsf(v)) \
    OPERATION(MK_SIGN, "sign", v > 0 ? 1.0f : (v < 0 ? -1.0f : v)) \
    OPERATION(MK_SQUARE, "square", v * v) \
    OPERATION(MK_SQRT, "sqrt", sqrtf(v)) \
    OPERATION(MK_RECIPROCAL, "reciprocal", 1.0f / v) \
    OPERATION(MK_EXP, "exp", MK_CALL(exp1)(v)) \
    OPERATION(MK_LOG, "log", MK_CALL(log1)(v)) \
    OPERATION(MK_SIN, "sin", sinf(v)) \
    OPERATION(MK_COS, "cos", cosf(v)) \
    OPERATION(MK_TANH, "tanh", MK_CALL(tanh1)(v)) \
    OPERATION(MK_SIGMOID, "sigmoid", MK_CALL(sigmoid1)(v)) \
    OPERATION(MK_RELU, "relu", v < 0 ? 0.0f : v) \
    OPERATION(MK_GELU, "gelu", MK_CALL(gelu1)(v)) \
    OPERATION(MK_SILU, "silu", MK_CALL(silu1)(v)) \
    OPERATION(MK_SOFTPLUS, "softplus", MK_CALL(softplus1)(v)) \
    OPERATION(MK_ERF, "erf", MK_CALL(erf1)(v)) \
    OPERATION(MK_EXPM1, "expm1", MK_CALL(expm1_1)(v)) \
    OPERATION(MK_LOG1P, "log1p", MK_CALL(log1p_1)(v)) \
    OPERATION(MK_FLOOR, "floor", MK_CALL(floor1)(v)) \
    OPERATION(MK_CEIL, "ceil", -MK_CALL(floor1)(-v)) \
    OPERATION(MK_ROUND, "round", MK_CALL(round1)(v)) \
    OPERATION(MK_MISH, "mish", v * MK_CALL(tanh_softplus1)(v)) \
    OPERATION(MK_HARDSWISH, "hardswish", v * MK_CALL(hardsigmoid1)(v)) \
    OPERATION(MK_HARDSIGMOID, "hardsigmoid", MK_CALL(hardsigmoid1)(v))

// Swift sees closed enumerations with these names.
#define MK_CASE(operation, name, expression) operation __attribute__((swift_name(name))),

typedef enum __attribute__((enum_extensibility(closed))) {
    MK_BINARY_OPERATIONS(MK_CASE)
} mk_binary_op __attribute__((swift_name("BinaryOperation")));

typedef enum __attribute__((enum_extensibility(closed))) {
    MK_UNARY_OPERATIONS(MK_CASE)
} mk_unary_op __attribute__((swift_name("UnaryOperation")));

#undef MK_CASE

/// The operation's name, for messages.
const char *mk_binary_name(mk_binary_op op);
