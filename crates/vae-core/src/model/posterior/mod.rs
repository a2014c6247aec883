//! The approximate posterior q(z|x), what the encoder says about the latent code of an example, and the prior p(z).
//!
//! Both belong to one family, and everything is measured in units of the prior: z = location + scale·u, so that p(u) is the
//! standard member of the family. Of each dimension the encoder puts out two numbers (h, s). With ε drawn from the standard
//! member,
//!
//! ```text
//! gaussian       u = h + σ·ε            s = ln σ²    KL = ½(h² + e^s − 1 − s)                  (eq. 10)
//! laplace        u = h + b·ε            s = ln b     KL = −ln b + |h| + b·e^(−|h|/b) − 1
//! uniform        u = (1−w)·tanh h + w·ε  s: w = σ(s)  KL = −ln w
//! deterministic  u = h                               KL counts as 0
//! ```
//!
//! The standard uniform prior is [−1, 1], in which an interval of this form always lies: outside, the KL is ∞.
use serde_json::{Value, json};
use vae_kernels::noise::{Key, fill_noise};

use crate::base::error::Result;
use crate::base::json_reader::Fields;

mod encoding;
mod keras_slip;
mod tensors;

pub use encoding::{Encoding, Spread};
pub use tensors::Posterior;

/// The family of q(z|x) and p(z).
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

impl Family {
    /// Every family by its name in options and files.
    pub const NAMES: [(&'static str, Family); 4] = [
        ("gaussian", Family::Gaussian),
        ("laplace", Family::Laplace),
        ("uniform", Family::Uniform),
        ("deterministic", Family::Deterministic),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, family)| *family == self).map_or("", |(name, _)| name)
    }

    /// The standard deviation of its standard member.
    pub fn standard_deviation(self) -> f64 {
        match self {
            Self::Gaussian | Self::Deterministic => 1.0,
            Self::Laplace => 2f64.sqrt(),
            Self::Uniform => 3f64.sqrt().recip(),
        }
    }

    /// The layer whose output s is; none if q(z|x) is a point.
    pub(crate) fn spread(self) -> Option<&'static str> {
        match self {
            Self::Gaussian => Some("log_var"),
            Self::Laplace => Some("log_scale"),
            Self::Uniform => Some("logit_width"),
            Self::Deterministic => None,
        }
    }

    /// As the kernels know it; a point is drawn as a gaussian without width.
    pub fn kernel(self) -> vae_kernels::Family {
        match self {
            Self::Gaussian | Self::Deterministic => vae_kernels::Family::Gaussian,
            Self::Laplace => vae_kernels::Family::Laplace,
            Self::Uniform => vae_kernels::Family::Uniform,
        }
    }
}

/// p(z), the same in every dimension.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// Its centre.
    pub location: f64,
    /// σ of a gaussian, b of a Laplace distribution, half of a uniform's interval.
    pub scale: f64,
}

impl Default for Prior {
    fn default() -> Self {
        Self { location: 0.0, scale: 1.0 }
    }
}

impl Prior {
    /// Reads `{ location, scale }`, of a uniform `{ low, high }`.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the path of what is wrong.
    pub(crate) fn from_json(family: Family, options: &Fields) -> Result<Self> {
        let Some(value) = options.get("prior") else { return Ok(Self::default()) };
        let number = |fields: &Fields, name, otherwise| -> Result<f64> {
            Ok(fields.number(name, "a number", f64::is_finite)?.unwrap_or(otherwise))
        };
        match family {
            Family::Deterministic => Err(options.refuse("prior", "nothing, as a deterministic posterior has no prior")),
            Family::Uniform => {
                let fields = Fields::within("prior", value, ["low", "high"])?;
                let (low, high) = (number(&fields, "low", -1.0)?, number(&fields, "high", 1.0)?);
                if low >= high {
                    return Err(fields.refuse("high", &format!("a number above low, {low}")));
                }
                Ok(Self { location: (low + high) / 2.0, scale: (high - low) / 2.0 })
            }
            Family::Gaussian | Family::Laplace => {
                let fields = Fields::within("prior", value, ["location", "scale"])?;
                let scale = fields.number("scale", "a number above 0", |scale| scale > 0.0 && scale.is_finite())?;
                Ok(Self { location: number(&fields, "location", 0.0)?, scale: scale.unwrap_or(1.0) })
            }
        }
    }

    /// As it is written in options.
    pub(crate) fn to_json(self, family: Family) -> Value {
        let Self { location, scale } = self;
        match family {
            Family::Deterministic => Value::Null,
            Family::Uniform => json!({ "low": location - scale, "high": location + scale }),
            Family::Gaussian | Family::Laplace => json!({ "location": location, "scale": scale }),
        }
    }
}

/// How latent codes are distributed: q(z|x) and p(z).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LatentSpace {
    /// The family of both.
    pub family: Family,
    /// p(z).
    pub prior: Prior,
}

impl LatentSpace {
    /// So many codes from the prior, those of this step under this key; (rows, d).
    pub(crate) fn draw(&self, key: Key, step: u64, rows: usize, d: usize) -> Vec<f32> {
        let mut z = vec![0.0; rows * d];
        fill_noise(self.family.kernel(), key, step, 0, d, &mut z);
        z.iter_mut().for_each(|u| *u = self.of_unit(*u));
        z
    }

    /// z, of which u is measured in units of the prior.
    pub(crate) fn of_unit(&self, u: f32) -> f32 {
        (self.prior.scale as f32).mul_add(u, self.prior.location as f32)
    }
}
