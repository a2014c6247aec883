//! q(z|x) as numbers: what every call but training goes by.
use vae_kernels::elementary::{exp, sigmoid, tanh};

use super::{Family, LatentSpace};

/// q(z|x) of n examples.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoding {
    /// What h and s stand for.
    pub latent: LatentSpace,
    /// h, (n, d).
    pub h: Vec<f32>,
    /// s, (n, d); `None` when deterministic.
    pub s: Option<Vec<f32>>,
}

/// What a family says of each dimension besides the mean, (n, d) each.
#[derive(Debug, Clone, PartialEq)]
pub enum Spread {
    /// Nothing.
    None,
    /// ln σ².
    LogVar(Vec<f32>),
    /// ln b.
    LogScale(Vec<f32>),
    /// The ends of the interval.
    Interval(Vec<f32>, Vec<f32>),
}

impl Encoding {
    /// E_q[z], (n, d): the embedding in every family.
    pub fn mean(&self) -> Vec<f32> {
        self.centers_and_widths().map(|(center, _)| self.latent.of_unit(center)).collect()
    }

    /// What the family says besides.
    pub fn spread(&self) -> Spread {
        let scale = self.latent.prior.scale;
        let Some(s) = &self.s else { return Spread::None };
        let shifted = |by: f64| s.iter().map(|s| s + by as f32).collect();
        match self.latent.family {
            Family::Deterministic => Spread::None,
            Family::Gaussian => Spread::LogVar(shifted(2.0 * scale.ln())),
            Family::Laplace => Spread::LogScale(shifted(scale.ln())),
            Family::Uniform => {
                let end = |sign: f32| {
                    self.centers_and_widths()
                        .map(move |(center, width)| self.latent.of_unit(sign.mul_add(width, center)))
                };
                Spread::Interval(end(-1.0).collect(), end(1.0).collect())
            }
        }
    }

    /// The reparameterisation (the paper's eq. 8), L draws of each example.
    ///
    /// # Shapes
    /// ε (n·L, d), row b·L + l → z (n·L, d)
    pub fn sample(&self, epsilon: &[f32], d: usize) -> Vec<f32> {
        let shapes: Vec<(f32, f32)> = self.centers_and_widths().collect();
        let draws = epsilon.len() / self.h.len();
        let mut z = epsilon.to_vec();
        for (z, shapes) in z.chunks_exact_mut(draws * d).zip(shapes.chunks_exact(d)) {
            for z in z.chunks_exact_mut(d) {
                for (z, (center, width)) in z.iter_mut().zip(shapes) {
                    *z = self.latent.of_unit(center + width * *z);
                }
            }
        }
        z
    }

    /// KL(q(z|x) ‖ p(z)) of each example and dimension in nats, (n, d). Near the prior, e^s − 1 − s by exp would lose the
    /// digits that tell a collapsed dimension from a nearly collapsed one.
    pub fn kl(&self) -> Vec<f64> {
        let Some(s) = &self.s else { return vec![0.0; self.h.len()] };
        let kl = |(&h, &s): (&f32, &f32)| self.latent.family.kl(f64::from(h), f64::from(s));
        self.h.iter().zip(s).map(kl).collect()
    }

    /// ln p(z) − ln q(z|x) of the draw that ε leads to, summed over the dimensions of an example.
    ///
    /// # Shapes
    /// ε (d)
    pub fn log_ratio(&self, example: usize, epsilon: &[f32]) -> f64 {
        let d = epsilon.len();
        let at = example * d..(example + 1) * d;
        let s = self.s.as_ref().map_or(&[][..], |s| &s[at.clone()]);
        let ratio = |((&h, &s), &epsilon): ((&f32, &f32), &f32)| {
            let (center, width) = self.center_and_width(h, s);
            let u = f64::from(center + width * epsilon);
            let (epsilon, s) = (f64::from(epsilon), f64::from(s));
            match self.latent.family {
                Family::Gaussian => 0.5 * (epsilon * epsilon + s - u * u),
                Family::Laplace => epsilon.abs() + s - u.abs(),
                Family::Uniform => -(-s).exp().ln_1p(),
                Family::Deterministic => 0.0,
            }
        };
        self.h[at].iter().zip(s).zip(epsilon).map(ratio).sum()
    }

    fn centers_and_widths(&self) -> impl Iterator<Item = (f32, f32)> {
        let s = |at: usize| self.s.as_ref().map_or(0.0, |s| s[at]);
        self.h.iter().enumerate().map(move |(at, &h)| self.center_and_width(h, s(at)))
    }

    /// The point around which u is drawn, and the factor of ε.
    fn center_and_width(&self, h: f32, s: f32) -> (f32, f32) {
        match self.latent.family {
            Family::Gaussian => (h, exp(0.5 * s)),
            Family::Laplace => (h, exp(s)),
            Family::Uniform => (sigmoid(-s) * tanh(h), sigmoid(s)),
            Family::Deterministic => (h, 0.0),
        }
    }
}
