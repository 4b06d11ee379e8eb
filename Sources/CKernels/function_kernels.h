// Functions of one element, for the families that include this file.
//
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

// Of small x, exp(x) - 1 and log(1 + x) have few digits left: what was lost is made up for by the ratio of the exact and the rounded
// argument (W. Kahan).

static inline float MK_CALL(expm1_1)(float x) {
    float u = MK_CALL(exp1)(x);
    float d = u - 1.0f;
    float exact = d * (x / MK_CALL(log1)(u));
    exact = fabsf(x) > 1.0f ? d : exact;
    return d == 0 || x != x ? x : exact;
}

static inline float MK_CALL(log1p_1)(float x) {
    float u = 1.0f + x;
    float d = u - 1.0f;
    float exact = MK_CALL(log1)(u) * (x / d);
    exact = u == INFINITY || u <= 0 ? MK_CALL(log1)(u) : exact;
    return d == 0 || x != x ? x : exact;
}

// From 2^23 on all floats are whole.

static inline float MK_CALL(floor1)(float x) {
    int isSmall = fabsf(x) < 8388608.0f;
    float whole = (float)(int)(isSmall ? x : 0);
    whole = whole > x ? whole - 1.0f : whole;
    return isSmall ? copysignf(whole, x) : x;
}

/// Halves to the even neighbour.
static inline float MK_CALL(round1)(float x) {
    float a = fabsf(x);
    float whole = (a + 8388608.0f) - 8388608.0f;
    return a < 8388608.0f ? copysignf(whole, x) : x;
}

/// tanh(log(1 + exp(x))).
static inline float MK_CALL(tanh_softplus1)(float x) {
    float e = MK_CALL(exp1)(x > 20 ? 20 : x);
    float n = e * (e + 2.0f);
    return x > 20 ? 1.0f : n / (n + 2.0f);
}

static inline float MK_CALL(mish_gradient1)(float x) {
    float t = MK_CALL(tanh_softplus1)(x);
    return t + x * MK_CALL(sigmoid1)(x) * (1.0f - t * t);
}

static inline float MK_CALL(hardsigmoid1)(float x) {
    float y = x * (1.0f / 6) + 0.5f;
    y = y < 0 ? 0 : y;
    return y > 1 ? 1 : y;
}
