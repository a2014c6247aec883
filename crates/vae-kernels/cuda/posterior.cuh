// q(z|x) in one dimension (posterior.rs): its two parameters from the heads, its draws, and its KL term.
#pragma once

#include "numbers.cuh"

enum Family : uint32_t { GAUSSIAN, LAPLACE, UNIFORM };

// |h| / b, kept finite where b is 0 in floats.
__device__ inline float scaled_distance(float magnitude, float b) {
    const float t = magnitude / b;
    return t < 1e30f ? t : 1e30f;
}

struct Posterior {
    uint32_t family;
    // Location and scale of the prior.
    float location, scale;
    // 1 if the KL is estimated from the draws, not in closed form.
    uint32_t monte_carlo;

    // Location of u, and the factor of epsilon.
    __device__ Pair loc_and_scale(float h, float s) const {
        switch (family) {
        case GAUSSIAN: return {h, exp_(0.5f * s)};
        case LAPLACE: return {h, exp_(s)};
        default: return {softplus_and_sigmoid(-s).second * tanh_(h), softplus_and_sigmoid(s).second};
        }
    }

    __device__ float epsilon(const uint32_t (&key)[2], uint64_t step, uint32_t row, uint32_t dimension) const {
        switch (family) {
        case GAUSSIAN: return normal(key, step, row, dimension);
        case LAPLACE: return laplace(key, step, row, dimension);
        default: return symmetric(key, step, row, dimension);
        }
    }

    __device__ float kl(float h, float s) const {
        switch (family) {
        case GAUSSIAN: return 0.5f * fmaf(h, h, exp_m1(s) - s);
        case LAPLACE: {
            const float magnitude = fabsf(h), b = exp_(s);
            return (exp_m1(s) - s) + fmaf(b, exp_m1(-scaled_distance(magnitude, b)), magnitude);
        }
        default: return softplus_and_sigmoid(-s).first;
        }
    }

    __device__ float kl_of_draw(float s, float epsilon, float u) const {
        switch (family) {
        case GAUSSIAN: return 0.5f * (fmaf(u, u, -(epsilon * epsilon)) - s);
        case LAPLACE: return (fabsf(u) - fabsf(epsilon)) - s;
        default: return softplus_and_sigmoid(-s).first;
        }
    }

    __device__ float prior_slope(float u) const {
        switch (family) {
        case GAUSSIAN: return u;
        case LAPLACE: return u == 0.0f ? 0.0f : copysignf(1.0f, u);
        default: return 0.0f;
        }
    }

    // Gradients of h and s, from the sums over the draws of du and of du * scale * epsilon.
    __device__ Pair backward(float h, float s, float sum, float moment, float beta) const {
        if (family == GAUSSIAN) {
            if (monte_carlo) return {sum, fmaf(beta, -0.5f, 0.5f * moment)};
            return {fmaf(beta, h, sum), fmaf(beta, 0.5f * exp_m1(s), 0.5f * moment)};
        }
        if (family == LAPLACE) {
            if (monte_carlo) return {sum, fmaf(beta, -1.0f, moment)};
            const float b = exp_(s), t = scaled_distance(fabsf(h), b), e = exp_m1(-t);
            const float slope = exp_m1(s) + b * fmaf(t, 1.0f + e, e);
            return {fmaf(beta, copysignf(-e, h), sum), fmaf(beta, slope, moment)};
        }
        const float w = softplus_and_sigmoid(s).second, rest = softplus_and_sigmoid(-s).second, t = tanh_(h);
        const float through_u = rest * fmaf(w * t, -sum, moment);
        return {sum * (rest * fmaf(-t, t, 1.0f)), fmaf(beta, -rest, through_u)};
    }
};
