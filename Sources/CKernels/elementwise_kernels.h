// Polynomials after the Cephes library (S. Moshier), written so that the compiler vectorises them: no branches, no calls.

static inline float MK_CALL(exp1)(float x) {
    // Clamped where the result is 0 or infinite anyway; `x > hi ? hi : x` keeps NaN.
    x = x > 89.0f ? 89.0f : x;
    x = x < -104.0f ? -104.0f : x;
    float n = (x * 1.44269504088896341f + 12582912.0f) - 12582912.0f;
    float r = x - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    // 2^n in two factors, so that n = 128 and denormal results work.
    int whole = x == x ? (int)n : 0;
    int half = whole >> 1;
    union { int i; float f; } first = {(half + 127) << 23}, second = {(whole - half + 127) << 23};
    return p * first.f * second.f;
}

static inline float MK_CALL(log1)(float x) {
    float scaled = x < 1.17549435e-38f ? x * 8388608.0f : x;
    float shift = x < 1.17549435e-38f ? -23.0f : 0.0f;
    union { float f; int i; } bits = {scaled};
    int exponent = ((bits.i >> 23) & 0xff) - 126;
    bits.i = (bits.i & 0x007fffff) | 0x3f000000;
    float m = bits.f;
    int small = m < 0.707106781186547524f;
    float e = (float)(exponent - small) + shift;
    m = small ? m + m - 1.0f : m - 1.0f;
    float z = m * m;
    float p = 7.0376836292e-2f;
    p = p * m - 1.1514610310e-1f;
    p = p * m + 1.1676998740e-1f;
    p = p * m - 1.2420140846e-1f;
    p = p * m + 1.4249322787e-1f;
    p = p * m - 1.6668057665e-1f;
    p = p * m + 2.0000714765e-1f;
    p = p * m - 2.4999993993e-1f;
    p = p * m + 3.3333331174e-1f;
    float y = m * z * p + e * -2.12194440e-4f - 0.5f * z;
    float result = m + y + e * 0.693359375f;
    result = x == 0 ? -INFINITY : result;
    result = x < 0 ? NAN : result;
    result = x == INFINITY ? INFINITY : result;
    return x != x ? x : result;
}

static inline float MK_CALL(tanh1)(float x) {
    float a = fabsf(x);
    float z = x * x;
    float p = -5.70498872745e-3f;
    p = p * z + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    float near = x + x * z * p;
    float far = 1.0f - 2.0f / (MK_CALL(exp1)(2.0f * a) + 1.0f);
    far = x < 0 ? -far : far;
    return a < 0.625f ? near : far;
}

static inline float MK_CALL(sigmoid1)(float x) { return 1.0f / (1.0f + MK_CALL(exp1)(-x)); }

/// Abramowitz and Stegun 7.1.26: absolute error below 1.5e-7.
static inline float MK_CALL(erf1)(float x) {
    float a = fabsf(x);
    float t = 1.0f / (1.0f + 0.3275911f * a);
    float p = 1.061405429f;
    p = p * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    float y = 1.0f - p * t * MK_CALL(exp1)(-a * a);
    return x < 0 ? -y : y;
}

static inline float MK_CALL(softplus1)(float x) {
    float positive = x > 0 ? x : 0;
    float e = MK_CALL(exp1)(-fabsf(x));
    // log1p(e) keeps its precision for small e: log(u) e / (u - 1) with u = 1 + e.
    float u = 1.0f + e;
    float log1p = u == 1.0f ? e : MK_CALL(log1)(u) * e / (u - 1.0f);
    return x != x ? x : positive + log1p;
}

static inline float MK_CALL(gelu_gradient1)(float x) {
    float cdf = 0.5f * (1.0f + MK_CALL(erf1)(x * 0.70710678118654752f));
    return cdf + x * 0.3989422804014327f * MK_CALL(exp1)(-0.5f * x * x);
}

static inline float MK_CALL(silu_gradient1)(float x) {
    float s = MK_CALL(sigmoid1)(x);
    return s * (1.0f + x * (1.0f - s));
}

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
        BINARY_CASE(MK_RELU_GRADIENT, y > 0 ? x : 0.0f)
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

KERNEL(void mk_uniform)(long n, unsigned long long state, float low, float high, float *out) {
    float span = high - low;
    for (long i = 0; i < n; i++) {
        uint64_t z = state + (uint64_t)(i + 1) * 0x9e3779b97f4a7c15ull;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
        z = z ^ (z >> 31);
        float value = low + span * ((float)(int32_t)(z >> 40) * 0x1p-24f);
        // Rounding may reach the open end.
        out[i] = value < high ? value : low;
    }
}
