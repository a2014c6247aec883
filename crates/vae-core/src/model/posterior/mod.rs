//! The approximate posterior q(z|x): the distribution of an example's latent code, given by the encoder's output.
//!
//! For each dimension the encoder outputs a location h and, unless q is a point, a raw scale s. Both are in units of a
//! *frame*, z = location + scale·u, taken from the standard prior (0 and 1 by default), so that p(u) is the standard
//! member of the family. With ε drawn from the standard member,
//!
//! ```text
//! gaussian       u = h + σ·ε            s = ln σ²    KL = ½(h² + e^s − 1 − s)                  (eq. 10)
//! laplace        u = h + b·ε            s = ln b     KL = −ln b + |h| + b·e^(−|h|/b) − 1
//! uniform        u = (1−w)·tanh h + w·ε  s: w = σ(s)  KL = −ln w
//! deterministic  u = h                               KL counts as 0
//! ```
//!
//! The standard uniform prior is U[−1, 1]; an interval of this form always lies inside it. Outside, the KL would be ∞.
//!
//! Each family has a file here, an implementation of `FamilyRules`, and a variant of [`Family`].
use candle_core::{Result, Tensor};
use vae_kernels::noise::{Key, fill_noise};

mod deterministic;
mod encoding;
mod gaussian;
mod laplace;
mod location_scale;
mod prior_options;
mod tensors;
mod uniform;

pub use encoding::{Encoding, RawScale};
pub use location_scale::LocationScale;
pub use prior_options::PriorOptions;
pub use tensors::Posterior;

/// The family of q(z|x), and of the standard prior.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Family {
    /// N(μ, diag σ²), the VAE.
    #[default]
    Gaussian,
    /// Laplace(μ, b) in each dimension.
    Laplace,
    /// U[a, b] in each dimension.
    Uniform,
    /// A point: z = μ(x). The vanilla autoencoder, whose KL counts as 0.
    Deterministic,
}

/// The formulas of a family, in units of the frame: on numbers for a trained model, on tensors for training.
trait FamilyRules: Sync {
    /// The name of the encoder layer that outputs s; `None` if q(z|x) is a point.
    fn scale_head(&self) -> Option<&'static str>;
    /// The distribution of ε, for the noise generator.
    fn noise(&self) -> vae_kernels::Family;
    /// The standard deviation of the standard member.
    fn standard_deviation(&self) -> f64;

    /// The location of u, and the factor of ε.
    fn loc_and_scale(&self, h: f32, s: f32) -> (f32, f32);
    /// KL(q ‖ standard member) of a dimension.
    fn kl(&self, h: f64, s: f64) -> f64;
    /// ln p(u) − ln q(u) of a dimension, with u the draw made with ε.
    fn log_ratio(&self, s: f64, epsilon: f64, u: f64) -> f64;
    /// The second parameter of q in units of z, (n, d).
    fn raw_scale(&self, encoding: &Encoding) -> RawScale;

    /// [`FamilyRules::loc_and_scale`] on tensors.
    fn loc_and_scale_of(&self, h: &Tensor, s: &Tensor) -> Result<(Tensor, Tensor)>;
    /// ln of the factor of ε.
    fn log_scale_of(&self, s: &Tensor) -> Result<Tensor>;
    /// [`FamilyRules::kl`] on tensors.
    fn kl_of(&self, h: &Tensor, s: &Tensor) -> Result<Tensor>;
    /// ln of the standard member's density.
    fn log_standard(&self, u: &Tensor) -> Result<Tensor>;
}

impl Family {
    /// Every family by its name in options and files.
    pub const NAMES: [(&'static str, Family); 4] = [
        ("gaussian", Family::Gaussian),
        ("laplace", Family::Laplace),
        ("uniform", Family::Uniform),
        ("deterministic", Family::Deterministic),
    ];

    fn rules(self) -> &'static dyn FamilyRules {
        match self {
            Self::Gaussian => &gaussian::Gaussian,
            Self::Laplace => &laplace::Laplace,
            Self::Uniform => &uniform::Uniform,
            Self::Deterministic => &deterministic::Deterministic,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, family)| *family == self).map_or("", |(name, _)| name)
    }

    /// The standard deviation of its standard member.
    pub fn standard_deviation(self) -> f64 {
        self.rules().standard_deviation()
    }

    /// The name of the encoder layer that outputs s; `None` if q(z|x) is a point.
    pub(crate) fn scale_head(self) -> Option<&'static str> {
        self.rules().scale_head()
    }

    /// The distribution of ε, for the noise generator; gaussian if q(z|x) is a point.
    pub fn noise(self) -> vae_kernels::Family {
        self.rules().noise()
    }
}

/// The space of latent codes: the family of q(z|x), and the frame of its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LatentSpace {
    /// The family.
    pub family: Family,
    /// The frame, location and scale of the standard prior.
    pub prior: LocationScale,
}

impl LatentSpace {
    /// Draws codes from the standard prior at `step` of `key`; (rows, d).
    pub(crate) fn draw(&self, key: Key, step: u64, rows: usize, d: usize) -> Vec<f32> {
        let mut z = vec![0.0; rows * d];
        fill_noise(self.family.noise(), key, step, 0, d, &mut z);
        z.iter_mut().for_each(|u| *u = self.at_unit(*u));
        z
    }

    /// Variance of the standard prior in each dimension: s² of a gaussian, 2b² of a Laplace distribution, w²/12 of an
    /// interval of width w; 1 for a point.
    pub(crate) fn standard_variance(&self) -> f64 {
        (self.prior.scale * self.family.standard_deviation()).powi(2)
    }

    /// ln p(z) of the standard prior in each dimension, (rows, d).
    pub(crate) fn log_standard(&self, z: &Tensor) -> Result<Tensor> {
        self.family.rules().log_standard(&self.to_unit(z)?)? - self.prior.scale.ln()
    }

    /// u = (z − location)/scale.
    fn to_unit(self, z: &Tensor) -> Result<Tensor> {
        z.affine(self.prior.scale.recip(), -self.prior.location / self.prior.scale)
    }

    /// z = location + scale·u.
    pub(crate) fn at_unit(self, u: f32) -> f32 {
        (self.prior.scale as f32).mul_add(u, self.prior.location as f32)
    }
}
