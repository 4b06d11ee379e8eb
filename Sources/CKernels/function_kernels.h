// Functions of one element, for the families that include this file.
//
// Polynomials after the Cephes library (S. Moshier), written so that the compiler vectorises them: no branches, no calls.

/// 2^exponent, -126 <= exponent <= 127.
static inline float MK_CALL(power_of_two1)(int exponent) {
    union { unsigned i; float f; } bits = {(unsigned)(exponent + 127) << 23};
    return bits.f;
}

/// mantissa * 2^exponent, the mantissa near 1.
typedef struct {
    float mantissa;
    int exponent;
} MK_CALL(power);

/// exp(x - rest), -150 <= x <= 150, `rest` at most a few units in the last place of x. The mantissa is NaN where x is.
static inline MK_CALL(power) MK_CALL(power1)(float x, float rest) {
    // The sum's last bits are the nearest whole number, n.
    union { float f; int i; } shifted = {x * 1.44269504088896341f + 12582912.0f}, zero = {12582912.0f};
    float n = shifted.f - 12582912.0f;
    float r = x - n * 0.693359375f + n * 2.12194440e-4f - rest;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    MK_CALL(power) result = {p * r * r + r + 1.0f, shifted.i - zero.i};
    return result;
}

/// factor * 2^exponent, in two steps, so that what is large or denormal is rounded once.
static inline float MK_CALL(scaled1)(float factor, int exponent) {
    int half = exponent >> 1;
    return factor * MK_CALL(power_of_two1)(half) * MK_CALL(power_of_two1)(exponent - half);
}

static inline float MK_CALL(exp1)(float x) {
    // Clamped where the result is 0 or infinite anyway; `x > hi ? hi : x` keeps NaN.
    x = x > 89.0f ? 89.0f : x;
    x = x < -150.0f ? -150.0f : x;
    MK_CALL(power) power = MK_CALL(power1)(x, 0);
    return MK_CALL(scaled1)(power.mantissa, power.exponent);
}

/// exp(-scale * x * x), `scale` 1 or 1/2, |x| at most 12 or 17. What the square loses to rounding would be a large part of the
/// result.
static inline MK_CALL(power) MK_CALL(power_of_square1)(float x, float scale) {
    float square = x * x;
#if MK_LEVEL != MK_LEVEL_PLAIN || defined(__aarch64__)
    float rest = __builtin_fmaf(x, x, -square);
#else
    union { float f; int i; } high = {x};
    high.i &= ~0xfff;
    float rest = (high.f * high.f - square) + (x - high.f) * (x + high.f);
#endif
    return MK_CALL(power1)(-scale * square, scale * rest);
}

/// log(x / (1 - rest)), `rest` at most a unit in the last place of 1.
static inline float MK_CALL(log_parts1)(float x, float rest) {
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
    float y = m * z * p + e * -2.12194440e-4f - 0.5f * z - rest;
    float result = m + y + e * 0.693359375f;
    result = x == 0 ? -INFINITY : result;
    result = x < 0 ? NAN : result;
    result = x == INFINITY ? INFINITY : result;
    return x != x ? x : result;
}

static inline float MK_CALL(log1)(float x) { return MK_CALL(log_parts1)(x, 0); }

static inline float MK_CALL(tanh1)(float x) {
    float a = fabsf(x);
    float z = x * x;
    float p = -5.70498872745e-3f;
    p = p * z + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    float near = a + a * z * p;
    float far = 1.0f - 2.0f / (MK_CALL(exp1)(2.0f * a) + 1.0f);
    return copysignf(a < 0.625f ? near : far, x);
}

/// sigmoid(x) is yes / (yes + no): 1 and exp(-x), both times 2^-36, so that exp(-x) is finite where the result is not 0.
typedef struct {
    float yes, no;
} MK_CALL(odds);

/// x, or where sigmoid(x) is 1 or 0, as x * sigmoid(x) is x or 0, the nearest to it where it is not.
static inline float MK_CALL(within_odds1)(float x) {
    x = x > 60.0f ? 60.0f : x;
    return x < -112.0f ? -112.0f : x;
}

static inline MK_CALL(odds) MK_CALL(odds1)(float x) {
    MK_CALL(power) power = MK_CALL(power1)(-MK_CALL(within_odds1)(x), 0);
    MK_CALL(odds) result = {0x1p-36f, power.mantissa * MK_CALL(power_of_two1)(power.exponent - 36)};
    return result;
}

static inline float MK_CALL(sigmoid1)(float x) {
    MK_CALL(odds) odds = MK_CALL(odds1)(x);
    return odds.yes / (odds.yes + odds.no);
}

/// Multiplied with `yes` at last: x * sigmoid(x) has more digits than sigmoid(x), where that is denormal.
static inline float MK_CALL(silu1)(float x) {
    MK_CALL(odds) odds = MK_CALL(odds1)(x);
    float product = MK_CALL(within_odds1)(x) / (odds.yes + odds.no) * odds.yes;
    return x > 60.0f ? x : product;
}

static inline float MK_CALL(silu_gradient1)(float x) {
    MK_CALL(odds) odds = MK_CALL(odds1)(x);
    float inverse = 1.0f / (odds.yes + odds.no);
    return inverse * (1.0f + MK_CALL(within_odds1)(x) * (odds.no * inverse)) * odds.yes;
}

/// Polynomials by N. Juffa: of erf itself, and of log(1 - erf) where erf is near 1.
static inline float MK_CALL(erf1)(float x) {
    float a = fabsf(x);
    float z = x * x;
    float near = -5.96761703e-4f;
    near = near * z + 4.99119423e-3f;
    near = near * z - 2.67681349e-2f;
    near = near * z + 1.12819925e-1f;
    near = near * z - 3.76125336e-1f;
    near = near * z + 1.28379166e-1f;
    near = near * x + x;
    // Beyond 4 it is 1.
    float c = a > 4.0f ? 4.0f : a;
    float far = -1.72853470e-5f * c + 3.83197126e-4f;
    far = far * (c * c) + (-3.88396438e-3f * c + 2.42546219e-2f);
    far = far * c - 1.06777877e-1f;
    far = far * c - 6.34846687e-1f;
    far = far * c - 1.28717512e-1f;
    far = far * c - c;
    MK_CALL(power) rest = MK_CALL(power1)(far, 0);
    far = 1.0f - rest.mantissa * MK_CALL(power_of_two1)(rest.exponent);
    far = x < 0 ? -far : far;
    return a > 0.927734375f ? far : near;
}

static inline float MK_CALL(erf_gradient1)(float x) {
    float a = fabsf(x);
    MK_CALL(power) power = MK_CALL(power_of_square1)(a > 11.0f ? 11.0f : a, 1.0f);
    return MK_CALL(scaled1)(power.mantissa * 1.12837916709551257f, power.exponent);
}

static inline float MK_CALL(softplus1)(float x) {
    float positive = x > 0 ? x : 0;
    float e = MK_CALL(exp1)(-fabsf(x));
    // log1p(e) keeps its precision for small e: what 1 + e has lost is put back.
    float u = 1.0f + e;
    float log1p = MK_CALL(log_parts1)(u, (u - 1.0f - e) / u);
    return x != x ? x : positive + log1p;
}

/// exp(t * t / 2) times the part of the normal distribution beyond t, 0 <= t <= 15: a fraction of polynomials without
/// cancellation, whose relative error is below 1.1e-8. Terms in pairs: fewer roundings stand one upon the other.
static inline float MK_CALL(normal_tail1)(float t) {
    float z = t * t;
    float n = 0.1839692f + 0.040881135f * t + z * 0.004153227f;
    n = 0.5f + t * (0.43928355f + t * n);
    float d = 1.2055486f + 0.47140884f * t + z * (0.10247992f + 0.010410485f * t);
    d = 1.0f + t * (1.676452f + t * d);
    return n / d;
}

/// max(x, 0) - |x| tail(|x|). Where x is negative 1 + erf would have lost its digits.
static inline float MK_CALL(gelu1)(float x) {
    // Beyond 15 the tail is 0; `t > hi ? hi : t` keeps NaN.
    float t = fabsf(x);
    t = t > 15.0f ? 15.0f : t;
    MK_CALL(power) power = MK_CALL(power_of_square1)(t, 0.5f);
    float tail = MK_CALL(scaled1)(power.mantissa * (t * MK_CALL(normal_tail1)(t)), power.exponent);
    return (x < 0 ? 0 : x) - tail;
}

static inline float MK_CALL(gelu_gradient1)(float x) {
    float t = fabsf(x);
    t = t > 15.0f ? 15.0f : t;
    MK_CALL(power) power = MK_CALL(power_of_square1)(t, 0.5f);
    float tail = MK_CALL(normal_tail1)(t) - t * 0.3989422804014327f;
    tail = MK_CALL(scaled1)(power.mantissa * tail, power.exponent);
    return x < 0 ? tail : 1.0f - tail;
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
