//! q(z|x) in one dimension: its two parameters from the heads, its draws, and its KL term.
//!
//! Everything is measured in units of the prior, z = location + scale·u, so that p(u) is the standard member of the
//! family. With (h, s) from the heads and ε drawn from that member,
//!
//! ```text
//! gaussian  u = h + e^(s/2)·ε             KL = ½(h² + e^s − 1 − s)
//! laplace   u = h + e^s·ε                 KL = −s + |h| + e^s·e^(−|h|/e^s) − 1
//! uniform   u = (1 − w)·tanh h + w·ε      KL = −ln w,   w = σ(s)
//! ```
//!
//! The uniform prior is on [−1, 1], which always contains an interval of this form; outside it the KL would be ∞. By
//! Monte Carlo the KL of a draw is ln q(u|x) − ln p(u), whose gradient flows through u as well.
use crate::elementary::{exp, exp_m1, sigmoid, softplus, tanh};
use crate::lanes::{LANES, lanes};

/// The family of q(z|x) and p(z).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Family {
    /// Normal distributions; s = ln σ².
    #[default]
    Gaussian,
    /// Laplace distributions; s = ln b.
    Laplace,
    /// Uniform distributions on an interval.
    Uniform,
}

/// q(z|x) as the kernels compute it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posterior {
    /// Its family.
    pub family: Family,
    /// Location of the prior.
    pub location: f32,
    /// Scale of the prior: σ, b, or half of the interval.
    pub scale: f32,
    /// True if the KL is estimated from the draws (eq. 9), not in closed form (eq. 11).
    pub monte_carlo: bool,
}

impl Default for Posterior {
    fn default() -> Self {
        Self { family: Family::Gaussian, location: 0.0, scale: 1.0, monte_carlo: false }
    }
}

type Lanes = [f32; LANES];

impl Posterior {
    /// Location of u, and the factor of ε.
    #[inline(always)]
    pub(crate) fn loc_and_scale(self, h: &Lanes, s: &Lanes) -> (Lanes, Lanes) {
        match self.family {
            Family::Gaussian => (*h, lanes(|lane| exp(0.5 * s[lane]))),
            Family::Laplace => (*h, lanes(|lane| exp(s[lane]))),
            Family::Uniform => (lanes(|lane| sigmoid(-s[lane]) * tanh(h[lane])), lanes(|lane| sigmoid(s[lane]))),
        }
    }

    /// Closed form of the KL term. It uses exp_m1, because near the prior exp would lose the digits of e^s − 1 − s that
    /// distinguish a collapsed dimension from a nearly collapsed one.
    #[inline(always)]
    pub(crate) fn kl(self, h: &Lanes, s: &Lanes) -> Lanes {
        match self.family {
            Family::Gaussian => lanes(|lane| 0.5 * h[lane].mul_add(h[lane], exp_m1(s[lane]) - s[lane])),
            Family::Laplace => lanes(|lane| {
                let magnitude = h[lane].abs();
                let b = exp(s[lane]);
                (exp_m1(s[lane]) - s[lane]) + b.mul_add(exp_m1(-scaled_distance(magnitude, b)), magnitude)
            }),
            Family::Uniform => lanes(|lane| softplus(-s[lane])),
        }
    }

    /// ln q(u|x) − ln p(u) at the u drawn with ε.
    #[inline(always)]
    pub(crate) fn kl_of_draw(self, s: &Lanes, epsilon: &Lanes, u: &Lanes) -> Lanes {
        match self.family {
            Family::Gaussian => lanes(|lane| {
                let (e, u) = (epsilon[lane], u[lane]);
                0.5 * (u.mul_add(u, -(e * e)) - s[lane])
            }),
            Family::Laplace => lanes(|lane| (u[lane].abs() - epsilon[lane].abs()) - s[lane]),
            Family::Uniform => lanes(|lane| softplus(-s[lane])),
        }
    }

    /// Derivative of −ln p by u, for the gradient of a draw's KL.
    #[inline(always)]
    pub(crate) fn prior_slope(self, u: f32) -> f32 {
        match self.family {
            Family::Gaussian => u,
            Family::Laplace if u == 0.0 => 0.0,
            Family::Laplace => 1f32.copysign(u),
            Family::Uniform => 0.0,
        }
    }

    /// Gradients of h and s from Σ ∂u over the draws, Σ ∂u·(scale·ε), and β.
    #[inline(always)]
    pub(crate) fn backward(self, h: f32, s: f32, sum: f32, moment: f32, beta: f32) -> (f32, f32) {
        match (self.family, self.monte_carlo) {
            (Family::Gaussian, false) => (beta.mul_add(h, sum), beta.mul_add(0.5 * exp_m1(s), 0.5 * moment)),
            (Family::Gaussian, true) => (sum, beta.mul_add(-0.5, 0.5 * moment)),
            (Family::Laplace, false) => {
                let b = exp(s);
                let t = scaled_distance(h.abs(), b);
                let e = exp_m1(-t);
                let slope = exp_m1(s) + b * t.mul_add(1.0 + e, e);
                (beta.mul_add((-e).copysign(h), sum), beta.mul_add(slope, moment))
            }
            (Family::Laplace, true) => (sum, beta.mul_add(-1.0, moment)),
            (Family::Uniform, _) => {
                let w = sigmoid(s);
                let rest = sigmoid(-s);
                let t = tanh(h);
                let through_u = rest * (w * t).mul_add(-sum, moment);
                (sum * (rest * (-t).mul_add(t, 1.0)), beta.mul_add(-rest, through_u))
            }
        }
    }
}

/// |h|/b, kept finite where b underflows to 0: the expressions that use it have reached their limits by then.
#[inline(always)]
fn scaled_distance(magnitude: f32, b: f32) -> f32 {
    let t = magnitude / b;
    if t < 1e30 { t } else { 1e30 }
}
