// q(z|x) in one dimension (posterior.rs): what the two numbers of the heads stand for, its draws, and its KL term.
#pragma once

#include "numbers.cuh"

enum Family : uint32_t { GAUSSIAN, LAPLACE, UNIFORM };

// |h| / b, kept finite where b is 0 in floats.
__device__ inline float widths_away(float magnitude, float b) {
    const float t = magnitude / b;
    return t < 1e30f ? t : 1e30f;
}

struct Posterior {
    uint32_t family;
    // Of the prior.
    float location, scale;
    // Is the KL that of the draws, not the closed form?
    uint32_t monte_carlo;

    // The point around which u is drawn, and the factor of epsilon.
    __device__ Pair center_and_width(float h, float s) const {
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
            return (exp_m1(s) - s) + fmaf(b, exp_m1(-widths_away(magnitude, b)), magnitude);
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

    // The gradients of h and s: from the sums over the draws of du and of du * width * epsilon.
    __device__ Pair backward(float h, float s, float sum, float moment, float beta) const {
        if (family == GAUSSIAN) {
            if (monte_carlo) return {sum, fmaf(beta, -0.5f, 0.5f * moment)};
            return {fmaf(beta, h, sum), fmaf(beta, 0.5f * exp_m1(s), 0.5f * moment)};
        }
        if (family == LAPLACE) {
            if (monte_carlo) return {sum, fmaf(beta, -1.0f, moment)};
            const float b = exp_(s), t = widths_away(fabsf(h), b), e = exp_m1(-t);
            const float slope = exp_m1(s) + b * fmaf(t, 1.0f + e, e);
            return {fmaf(beta, copysignf(-e, h), sum), fmaf(beta, slope, moment)};
        }
        const float w = softplus_and_sigmoid(s).second, rest = softplus_and_sigmoid(-s).second, t = tanh_(h);
        const float through_u = rest * fmaf(w * t, -sum, moment);
        return {sum * (rest * fmaf(-t, t, 1.0f)), fmaf(beta, -rest, through_u)};
    }
};
