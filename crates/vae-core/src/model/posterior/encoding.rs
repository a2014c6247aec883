//! q(z|x) as numbers, for every call except training.
use super::LatentSpace;

/// q(z|x) of n examples.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoding {
    /// Its family and frame.
    pub latent: LatentSpace,
    /// h, (n, d).
    pub h: Vec<f32>,
    /// s, (n, d); `None` when deterministic.
    pub s: Option<Vec<f32>>,
}

/// The second parameter of each dimension, (n, d) each.
#[derive(Debug, Clone, PartialEq)]
pub enum RawScale {
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
    /// `E_q[z]`, (n, d): the embedding in every family.
    pub fn mean(&self) -> Vec<f32> {
        self.locs_and_scales().map(|(loc, _)| self.latent.at_unit(loc)).collect()
    }

    /// The second parameter of q.
    pub fn raw_scale(&self) -> RawScale {
        self.latent.family.rules().raw_scale(self)
    }

    /// The reparameterisation (the paper's eq. 8), L draws of each example.
    ///
    /// # Shapes
    /// ε (n·L, d), row b·L + l → z (n·L, d)
    pub fn sample(&self, epsilon: &[f32], d: usize) -> Vec<f32> {
        let shapes: Vec<(f32, f32)> = self.locs_and_scales().collect();
        let draws = epsilon.len() / self.h.len();
        let mut z = epsilon.to_vec();
        for (z, shapes) in z.chunks_exact_mut(draws * d).zip(shapes.chunks_exact(d)) {
            for z in z.chunks_exact_mut(d) {
                for (z, (loc, scale)) in z.iter_mut().zip(shapes) {
                    *z = self.latent.at_unit(loc + scale * *z);
                }
            }
        }
        z
    }

    /// KL(q(z|x) ‖ p(z)) of each example and dimension in nats, (n, d). Near the prior, e^s − 1 − s by exp would lose
    /// the digits that distinguish a collapsed dimension from a nearly collapsed one.
    pub fn kl(&self) -> Vec<f64> {
        let Some(s) = &self.s else { return vec![0.0; self.h.len()] };
        let kl = |(&h, &s): (&f32, &f32)| self.latent.family.rules().kl(f64::from(h), f64::from(s));
        self.h.iter().zip(s).map(kl).collect()
    }

    /// ln p(z) − ln q(z|x) of the draw made with ε, summed over the dimensions of an example.
    ///
    /// # Shapes
    /// ε (d)
    pub fn log_ratio(&self, example: usize, epsilon: &[f32]) -> f64 {
        let d = epsilon.len();
        let rules = self.latent.family.rules();
        let at = example * d..(example + 1) * d;
        let s = self.s.as_ref().map_or(&[][..], |s| &s[at.clone()]);
        let ratio = |((&h, &s), &epsilon): ((&f32, &f32), &f32)| {
            let (loc, scale) = rules.loc_and_scale(h, s);
            rules.log_ratio(f64::from(s), f64::from(epsilon), f64::from(loc + scale * epsilon))
        };
        self.h[at].iter().zip(s).zip(epsilon).map(ratio).sum()
    }

    /// The location of each u, and the factor of ε.
    pub(super) fn locs_and_scales(&self) -> impl Iterator<Item = (f32, f32)> {
        let rules = self.latent.family.rules();
        let s = |at: usize| self.s.as_ref().map_or(0.0, |s| s[at]);
        self.h.iter().enumerate().map(move |(at, &h)| rules.loc_and_scale(h, s(at)))
    }

    /// Each s plus a constant.
    pub(super) fn raw_scales_plus(&self, constant: f64) -> Vec<f32> {
        self.s.iter().flatten().map(|s| s + constant as f32).collect()
    }
}
