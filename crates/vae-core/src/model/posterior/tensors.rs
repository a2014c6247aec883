//! q(z|x) as tensors that training differentiates: [`Encoding`](super::Encoding) in the reference path.
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

use super::{Family, LatentSpace};
use crate::nn::activation::{sigmoid_of, softplus, softplus_of};
use crate::nn::real::{Real, has_loops, in_precision_of, real, slice, zip_map};

/// q(z|x) for a batch.
#[derive(Debug, Clone)]
pub struct Posterior {
    /// What h and s stand for.
    pub latent: LatentSpace,
    /// h, (B, d).
    pub h: Tensor,
    /// s, (B, d); `None` when deterministic.
    pub s: Option<Tensor>,
}

impl Posterior {
    /// u = centre + width·ε, L draws of each example, in units of the prior.
    ///
    /// # Shapes
    /// ε (B·L, d), row b·L + l → u (B·L, d)
    pub fn sample(&self, epsilon: &Tensor) -> Result<Tensor> {
        let rows = epsilon.dim(0)?;
        let Some(s) = &self.s else { return self.repeat(&self.h, rows) };
        let (center, width) = match self.latent.family {
            Family::Gaussian | Family::Deterministic => (self.h.clone(), (s * 0.5)?.exp()?),
            Family::Laplace => (self.h.clone(), s.exp()?),
            Family::Uniform => ((sigmoid_of(&s.neg()?)? * self.h.tanh()?)?, sigmoid_of(s)?),
        };
        self.repeat(&center, rows)? + (self.repeat(&width, rows)? * epsilon)?
    }

    /// z = location + scale·u.
    pub fn code(&self, u: &Tensor) -> Result<Tensor> {
        u.affine(self.latent.prior.scale, self.latent.prior.location)
    }

    /// Rows of examples as rows of their draws.
    ///
    /// # Shapes
    /// (B, d) → (B·L, d)
    fn repeat(&self, of_examples: &Tensor, rows: usize) -> Result<Tensor> {
        let (b, d) = of_examples.dims2()?;
        if rows == b {
            return Ok(of_examples.clone());
        }
        of_examples.unsqueeze(1)?.broadcast_as((b, rows / b, d))?.contiguous()?.reshape((rows, d))
    }

    /// KL(q(z|x) ‖ p(z)) of each example and dimension, (B, d), in its closed form (eq. 11).
    pub fn kl(&self) -> Result<Tensor> {
        let family = self.latent.family;
        match &self.s {
            Some(s) if has_loops(&self.h) => self.h.contiguous()?.apply_op2(&s.contiguous()?, Kl(family, Part::Value)),
            Some(s) => kl_expression(family, &self.h, s),
            None => self.h.detach().zeros_like(),
        }
    }

    /// ln q(z|x) − ln p(z) of each draw and dimension (eq. 9), u being what ε has led to.
    ///
    /// # Shapes
    /// ε, u (B·L, d) → (B·L, d)
    pub fn kl_of_draws(&self, epsilon: &Tensor, u: &Tensor) -> Result<Tensor> {
        let Some(s) = &self.s else { return u.detach().zeros_like() };
        let s = self.repeat(s, u.dim(0)?)?;
        match self.latent.family {
            Family::Gaussian => ((u.sqr()? - epsilon.sqr()?)? - s)? * 0.5,
            Family::Laplace => (magnitude(u)? - epsilon.abs()?)? - s,
            Family::Uniform => softplus_of(&s.neg()?),
            Family::Deterministic => u.detach().zeros_like(),
        }
    }

    /// ln q(u|x) of each draw, up to a constant, where u stays where it is.
    ///
    /// # Shapes
    /// u (B·L, d) → (B·L)
    pub fn log_density(&self, u: &Tensor) -> Result<Tensor> {
        let (u, rows) = (u.detach(), u.dim(0)?);
        let Some(s) = &self.s else { return u.zeros_like()?.sum(1) };
        let (h, s) = (self.repeat(&self.h, rows)?, self.repeat(s, rows)?);
        let away = (u - h)?;
        let each = match self.latent.family {
            Family::Laplace => ((magnitude(&away)? * s.neg()?.exp()?)? + s)?,
            _ => (((away.sqr()? * s.neg()?.exp()?)? + s)? * 0.5)?,
        };
        each.neg()?.sum(1)
    }
}

/// |u|, with the gradient 0 at 0.
fn magnitude(u: &Tensor) -> Result<Tensor> {
    u * u.detach().sign()?
}

/// The closed forms in candle's own operations, for a device that there is no loop for.
fn kl_expression(family: Family, h: &Tensor, s: &Tensor) -> Result<Tensor> {
    match family {
        Family::Gaussian => (h.sqr()? + ((s.exp()? - 1.0)? - s)?)? * 0.5,
        Family::Laplace => {
            let (h, b) = (magnitude(h)?, s.exp()?);
            let tail = (h.neg()? / &b)?.exp()? - 1.0;
            ((&b - 1.0)? - s)? + (h + (b * tail?)?)?
        }
        Family::Uniform => softplus_of(&s.neg()?),
        Family::Deterministic => h.detach().zeros_like(),
    }
}

impl Family {
    /// KL of a dimension in its closed form.
    pub(super) fn kl<T: Real>(self, h: T, s: T) -> T {
        match self {
            Self::Gaussian => real::<T>(0.5) * (h * h + (s.exp_m1() - s)),
            Self::Laplace => (s.exp_m1() - s) + (h.abs() + s.exp() * (-widths_away(h, s)).exp_m1()),
            Self::Uniform => softplus(-s),
            Self::Deterministic => T::zero(),
        }
    }

    /// ∂KL/∂h. The kink of |h| at 0 has gradient 0.
    fn kl_by_h<T: Real>(self, h: T, s: T) -> T {
        match self {
            Self::Gaussian => h,
            Self::Laplace if h == T::zero() => T::zero(),
            Self::Laplace => -(-widths_away(h, s)).exp_m1() * h.signum(),
            Self::Uniform | Self::Deterministic => T::zero(),
        }
    }

    /// ∂KL/∂s.
    fn kl_by_s<T: Real>(self, h: T, s: T) -> T {
        match self {
            Self::Gaussian => real::<T>(0.5) * s.exp_m1(),
            Self::Laplace => {
                let t = widths_away(h, s);
                s.exp_m1() + s.exp() * ((-t).exp_m1() + t * (-t).exp())
            }
            Self::Uniform => -(T::one() + s.exp()).recip(),
            Self::Deterministic => T::zero(),
        }
    }
}

/// |h|/b, kept finite where b is 0 in floats: what it is used in has long reached its limit.
fn widths_away<T: Real>(h: T, s: T) -> T {
    let (t, most) = (h.abs() / s.exp(), real::<T>(1e30));
    if t < most { t } else { most }
}

/// The KL or a derivative of it, in one pass.
struct Kl(Family, Part);

#[derive(Clone, Copy)]
enum Part {
    Value,
    ByH,
    ByS,
}

impl CustomOp2 for Kl {
    fn name(&self) -> &'static str {
        "kl"
    }

    fn cpu_fwd(&self, h: &CpuStorage, hl: &Layout, s: &CpuStorage, sl: &Layout) -> Result<(CpuStorage, Shape)> {
        fn kl<T: Real>(Kl(family, part): &Kl, h: &[T], s: &[T]) -> CpuStorage {
            let of = match part {
                Part::Value => Family::kl,
                Part::ByH => Family::kl_by_h,
                Part::ByS => Family::kl_by_s,
            };
            T::to_cpu_storage_owned(zip_map(h, s, |h, s| of(*family, h, s)))
        }
        let out = in_precision_of!(h, T => kl::<T>(self, slice(h, hl)?, slice(s, sl)?));
        Ok((out, hl.shape().clone()))
    }

    fn bwd(&self, h: &Tensor, s: &Tensor, _kl: &Tensor, dkl: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (h, s) = (h.detach(), s.detach());
        let by = |part| dkl * h.apply_op2_no_bwd(&s, &Kl(self.0, part))?;
        Ok((Some(by(Part::ByH)?), Some(by(Part::ByS)?)))
    }
}
