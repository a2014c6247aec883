// The elementary functions, random numbers and orders of the CPU path (elementary.rs, philox.rs, noise.rs,
// permutation.rs), operation by operation, so that they give the same bits. The reasons are given there.
//
// Compiled without contraction of a*b + c: fused operations are written as fmaf, as with mul_add there.
#pragma once

struct Pair {
    float first, second;
};

#ifdef HOST
inline float as_float(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

inline uint32_t as_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
#else
__device__ inline float as_float(uint32_t bits) { return __uint_as_float(bits); }

__device__ inline uint32_t as_bits(float x) { return __float_as_uint(x); }
#endif

// Infinity and a NaN, as bits.
static constexpr uint32_t INFINITE = 0x7F800000u, UNDEFINED = 0x7FC00000u;

// The polynomial with these coefficients, highest power first, at x.
template <int N>
__device__ inline float horner(const float (&coefficients)[N], float x) {
    float sum = coefficients[0];
#pragma unroll
    for (int i = 1; i < N; i++) sum = fmaf(sum, x, coefficients[i]);
    return sum;
}

// 2^n for -126 <= n <= 127.
__device__ inline float power_of_two(int n) { return as_float(uint32_t(n + 127) << 23); }

// e^r - 1 and n with x = n ln 2 + r.
__device__ inline float exp_m1_reduced(float x, int &n) {
    const float table[] = {0.0013926176f, 0.008363173f, 0.041666556f, 0.16666578f, 0.5f};
    const float ln_2 = 0.693147180559945309417f, ln_2_low = -1.9046543e-9f, log2_e = 1.44269504088896340736f;
    const float rounder = 12582912.0f;
    x = x > 89.0f ? 89.0f : x;
    x = x < -104.0f ? -104.0f : x;
    const float rounded = fmaf(x, log2_e, rounder);
    const float whole = rounded - rounder;
    const float r_high = fmaf(whole, -ln_2, x);
    const float r_low = whole * -ln_2_low;
    const float r = r_high + r_low;
    n = int(as_bits(rounded) - as_bits(rounder));
    return r_high + fmaf(horner(table, r), r * r, r_low);
}

__device__ inline float exp_(float x) {
    int n;
    const float p = exp_m1_reduced(x, n);
    return (1.0f + p) * power_of_two(n >> 1) * power_of_two(n - (n >> 1));
}

__device__ inline float exp_m1(float x) {
    int n;
    const float p = exp_m1_reduced(x, n);
    const int low = n >> 1, high = n - low;
    const float scaled = fmaf(p, power_of_two(low), power_of_two(low) - power_of_two(-high));
    return copysignf(scaled * power_of_two(high), x);
}

__device__ inline float tanh_(float x) {
    float magnitude = fabsf(x);
    magnitude = magnitude > 10.0f ? 10.0f : magnitude;
    const float t = exp_m1(2.0f * magnitude);
    const float v = t < 2.0f ? 0.5f * t : 1.0f;
    const float numerator = t < 2.0f ? t : 2.0f;
    return copysignf(fmaf(v, -(numerator / (t + 2.0f)), v), x);
}

// ln(1 + f) for small f.
__device__ inline float ln_1p_reduced(float f) {
    const float table[] = {0.06971612f,  -0.11479734f, 0.1168542f,   -0.12425687f, 0.14249058f,
                           -0.16667803f, 0.20000716f,  -0.24999997f, 0.3333333f};
    return fmaf(f * f, fmaf(horner(table, f), f, -0.5f), f);
}

__device__ inline float ln_(float x) {
    const bool is_denormal = x < 1.17549435e-38f;
    const float scaled = is_denormal ? x * 8388608.0f : x;
    const uint32_t sqrt_half = as_bits(0.5f * 1.41421356237309504880f);
    const int exponent = int(as_bits(scaled) - sqrt_half) >> 23;
    const float f = as_float(as_bits(scaled) - (uint32_t(exponent) << 23)) - 1.0f;
    const float e = float(is_denormal ? exponent - 23 : exponent);
    float ln_x = fmaf(e, 0.693147180559945309417f, fmaf(e, -1.9046543e-9f, ln_1p_reduced(f)));
    ln_x = x < as_float(INFINITE) ? ln_x : x;
    ln_x = x < 0.0f ? as_float(UNDEFINED) : ln_x;
    return x == 0.0f ? -as_float(INFINITE) : ln_x;
}

// softplus(x) and sigmoid(x).
__device__ inline Pair softplus_and_sigmoid(float x) {
    const float sqrt_2 = 1.41421356237309504880f;
    const float t = exp_(-fabsf(x));
    const bool is_upper = t > sqrt_2 - 1.0f;
    const float f = is_upper ? fmaf(t, 0.5f, -0.5f) : t;
    const float ln_1p_t = (is_upper ? 0.693147180559945309417f : 0.0f) + ln_1p_reduced(f);
    const float v = x < 0.0f ? t : 1.0f;
    return {(x > 0.0f ? x : 0.0f) + ln_1p_t, fmaf(v, -(t / (1.0f + t)), v)};
}

// sin 2 pi x and cos 2 pi x.
__device__ inline Pair sin_cos_turns(float x) {
    const float sines[] = {-75.7263f, 81.59952f, -41.341698f};
    const float cosines[] = {59.424107f, -85.44882f, 64.93937f, -19.739208f};
    const float tau = 6.28318530717958647693f, tau_low = -1.7484556e-7f, rounder = 12582912.0f;
    const uint32_t sign = 1u << 31;
    float turns = fabsf(x);
    turns = turns < 8388608.0f ? turns : turns * 0.0f;
    turns = turns - ((turns + rounder) - rounder);
    const float rounded = fmaf(turns, 4.0f, rounder);
    const float t = fmaf(rounded - rounder, -0.25f, turns);
    const float y = t * t;
    const float sin_t = fmaf(t, tau, t * fmaf(horner(sines, y), y, tau_low));
    const float cos_t = fmaf(horner(cosines, y), y, 1.0f);
    const uint32_t q = as_bits(rounded);
    const float sin_x = (q & 1) == 0 ? sin_t : cos_t;
    const float cos_x = (q & 1) == 0 ? cos_t : sin_t;
    const uint32_t sin_sign = (q << 30 ^ as_bits(x)) & sign;
    const uint32_t cos_sign = (q + 1) << 30 & sign;
    return {as_float(as_bits(sin_x) ^ sin_sign), as_float(as_bits(cos_x) ^ cos_sign)};
}

struct Words {
    uint32_t w[4];
};

// Philox4x32-10 (Salmon et al., SC '11).
__device__ inline Words philox(uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t k0, uint32_t k1) {
#pragma unroll
    for (int round = 0; round < 10; round++) {
        const uint64_t p0 = uint64_t(0xD2511F53u) * c0, p1 = uint64_t(0xCD9E8D57u) * c2;
        const uint32_t n0 = uint32_t(p1 >> 32) ^ c1 ^ k0, n2 = uint32_t(p0 >> 32) ^ c3 ^ k1;
        c0 = n0, c1 = uint32_t(p1), c2 = n2, c3 = uint32_t(p0);
        k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    return {{c0, c1, c2, c3}};
}

// The normal number of word `dimension` of a row at a step: Box and Muller make two of each pair of words.
__device__ inline float normal(const uint32_t (&key)[2], uint64_t step, uint32_t row, uint32_t dimension) {
    const float ulp = 1.0f / 4294967296.0f;
    const Words words = philox(uint32_t(step), uint32_t(step >> 32), row, dimension / 4, key[0], key[1]);
    const uint32_t pair = dimension % 4 / 2 * 2;
    const float u = fmaf(float(words.w[pair]), ulp, 0.5f * ulp);
    const float r = sqrtf(-2.0f * ln_(u));
    const Pair angle = sin_cos_turns(float(int32_t(words.w[pair + 1])) * ulp);
    return r * (dimension % 2 == 0 ? angle.second : angle.first);
}

// Word `dimension` of a row at a step, as a Laplace number.
__device__ inline float laplace(const uint32_t (&key)[2], uint64_t step, uint32_t row, uint32_t dimension) {
    const float ulp = 1.0f / 2147483648.0f;
    const Words words = philox(uint32_t(step), uint32_t(step >> 32), row, dimension / 4, key[0], key[1]);
    const uint32_t word = words.w[dimension % 4];
    const float magnitude = -ln_(fmaf(float(int32_t(word & 0x7FFFFFFFu)), ulp, 0.5f * ulp));
    return word >> 31 == 0 ? magnitude : -magnitude;
}

// Word `dimension` of a row at a step, in [-1, 1].
__device__ inline float symmetric(const uint32_t (&key)[2], uint64_t step, uint32_t row, uint32_t dimension) {
    const Words words = philox(uint32_t(step), uint32_t(step >> 32), row, dimension / 4, key[0], key[1]);
    return float(int32_t(words.w[dimension % 4])) * (1.0f / 2147483648.0f);
}

// The uniform in [0, 1) of a row at a step.
__device__ inline float uniform(const uint32_t (&key)[2], uint64_t step, uint32_t row, uint32_t dimension) {
    const Words words = philox(uint32_t(step), uint32_t(step >> 32), row, dimension / 4, key[0], key[1]);
    return float(words.w[dimension % 4] >> 8) * (1.0f / 16777216.0f);
}

// The finaliser of MurmurHash3 with a key.
__device__ inline uint32_t mix(uint32_t x, uint32_t key) {
    x += key;
    x = (x ^ x >> 16) * 0x85EBCA6Bu ^ key;
    x = (x ^ x >> 13) * 0xC2B2AE35u;
    return x ^ x >> 16;
}

// The element at a position of a pseudo-random order of 0..n: a Feistel network over a power of two, repeated until the
// value is below n.
__device__ inline uint32_t permuted(uint64_t n, uint32_t bits, const uint32_t (&keys)[8], uint32_t position) {
    uint64_t element = position;
    do {
        uint32_t left_bits = bits / 2, right_bits = bits - left_bits;
        uint32_t right = uint32_t(element) & ((1u << right_bits) - 1);
        uint32_t left = uint32_t(element >> right_bits);
        const uint32_t width = right_bits;
#pragma unroll
        for (int round = 0; round < 8; round++) {
            const uint32_t next = left ^ (mix(right, keys[round]) & ((1u << left_bits) - 1));
            left = right, right = next;
            const uint32_t swapped = left_bits;
            left_bits = right_bits, right_bits = swapped;
        }
        element = uint64_t(left) << width | right;
    } while (element >= n);
    return uint32_t(element);
}
