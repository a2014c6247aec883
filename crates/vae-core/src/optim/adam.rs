//! Adam (Kingma and Ba 2015, algorithm 1), with ε placed as PyTorch places it:
//!
//! ```text
//! m ← β₁·m + (1 − β₁)·g            v ← β₂·v + (1 − β₂)·g²
//! θ ← θ − η·λ·θ − η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε)
//! ```
//!
//! λ is a decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2; PyTorch's `AdamW`): it takes all parameters
//! towards 0 and has no part in the moments.
use candle_core::{CpuStorage, InplaceOp2, InplaceOp3, Layout, Result, Tensor};
use rayon::prelude::*;

use crate::base::error;
use crate::nn::parameters::{self, Parameters};
use crate::nn::real::{CHUNK, Real, has_loops, in_precision_of, real, slice, slice_mut, values_f32};

/// The constants of Adam.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamOptions {
    /// β₁, the decay of the first moment.
    pub beta1: f64,
    /// β₂, the decay of the second moment.
    pub beta2: f64,
    /// ε, added to √v̂.
    pub epsilon: f64,
    /// λ, the decoupled weight decay.
    pub weight_decay: f64,
}

impl Default for AdamOptions {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
    }
}

impl AdamOptions {
    /// The constants of update `t`, counted from 1, as the kernels know them.
    pub(crate) fn constants(self, learning_rate: f64, t: u64) -> vae_kernels::Adam {
        let Self { beta1, beta2, epsilon, weight_decay } = self;
        vae_kernels::Adam::new(learning_rate, beta1, beta2, epsilon, weight_decay, t)
    }
}

/// The optimiser's state: both moments, stored like θ.
#[derive(Debug, Clone)]
pub struct Adam {
    options: AdamOptions,
    layout: parameters::Layout,
    m: Tensor,
    v: Tensor,
}

impl Adam {
    /// Both moments at 0.
    pub fn new(options: AdamOptions, parameters: &Parameters) -> error::Result<Self> {
        let theta = parameters.theta().detach();
        let layout = parameters.layout().clone();
        Ok(Self { options, layout, m: theta.zeros_like()?, v: theta.zeros_like()? })
    }

    /// The moments (m, v) as numbers, in the plain order of θ.
    pub fn moments(&self) -> error::Result<(Vec<f32>, Vec<f32>)> {
        let plain = |moment| error::Result::Ok(self.layout.to_plain(&values_f32(moment)?));
        Ok((plain(&self.m)?, plain(&self.v)?))
    }

    /// Overwrites the moments with numbers in the plain order of θ.
    ///
    /// # Errors
    /// [`Code::Internal`](crate::Code::Internal) if there are not as many as parameters.
    pub fn set_moments(&self, m: &[f32], v: &[f32]) -> error::Result<()> {
        for (moment, plain) in [(&self.m, m), (&self.v, v)] {
            let stored = Tensor::from_vec(self.layout.to_stored(plain)?, self.layout.len(), moment.device())?;
            moment.slice_set(&stored.to_dtype(moment.dtype())?, 0, 0)?;
        }
        Ok(())
    }

    /// The moments (m, v) as they are stored.
    pub(crate) fn stored_moments(&self) -> (&Tensor, &Tensor) {
        (&self.m, &self.v)
    }

    /// [`AdamOptions::constants`] of its own.
    pub(crate) fn constants(&self, learning_rate: f64, t: u64) -> vae_kernels::Adam {
        self.options.constants(learning_rate, t)
    }

    /// One update of θ from its gradient; `t` counts updates from 1.
    pub fn update(&self, parameters: &Parameters, learning_rate: f64, t: u64) -> Result<()> {
        let Some(g) = parameters.gradient() else { candle_core::bail!("these parameters are not being trained") };
        let AdamOptions { beta1, beta2, epsilon, weight_decay } = self.options;
        if !has_loops(g) {
            return self.update_by_expressions(&parameters.theta().detach(), g, learning_rate, t);
        }
        // In f64: β₂ᵗ is close to 1 for thousands of steps.
        let correction = |beta: f64| 1.0 - beta.powf(t as f64);
        self.m.inplace_op2(g, &FirstMoment { beta1 })?;
        self.v.inplace_op2(g, &SecondMoment { beta2 })?;
        let keep = 1.0 - learning_rate * weight_decay;
        let step = Step { keep, size: learning_rate / correction(beta1), root: correction(beta2).sqrt(), epsilon };
        parameters.theta().inplace_op3(&self.m, &self.v, &step)
    }

    /// The same in candle's own operations, for a device that there is no loop for.
    fn update_by_expressions(&self, theta: &Tensor, g: &Tensor, learning_rate: f64, t: u64) -> Result<()> {
        let (AdamOptions { beta1, beta2, epsilon, weight_decay }, Self { m, v, .. }) = (self.options, self);
        let correction = |beta: f64| 1.0 - beta.powf(t as f64);
        m.slice_set(&(m + ((g - m)? * (1.0 - beta1))?)?, 0, 0)?;
        v.slice_set(&((v * beta2)? + (g.sqr()? * (1.0 - beta2))?)?, 0, 0)?;
        let root = ((v.sqrt()? / correction(beta2).sqrt())? + epsilon)?;
        let step = ((m / root)? * (learning_rate / correction(beta1)))?;
        theta.slice_set(&((theta * (1.0 - learning_rate * weight_decay))? - step)?, 0, 0)
    }
}

struct FirstMoment {
    beta1: f64,
}

impl InplaceOp2 for FirstMoment {
    fn name(&self) -> &'static str {
        "adam m"
    }

    fn cpu_fwd(&self, m: &mut CpuStorage, ml: &Layout, g: &CpuStorage, gl: &Layout) -> Result<()> {
        fn update<T: Real>(m: &mut [T], g: &[T], beta1: f64) {
            let weight = real::<T>(1.0 - beta1);
            for_each(m, g, |m, g| *m += weight * (g - *m));
        }
        in_precision_of!(g, T => update::<T>(slice_mut(m, ml)?, slice(g, gl)?, self.beta1));
        Ok(())
    }
}

struct SecondMoment {
    beta2: f64,
}

impl InplaceOp2 for SecondMoment {
    fn name(&self) -> &'static str {
        "adam v"
    }

    fn cpu_fwd(&self, v: &mut CpuStorage, vl: &Layout, g: &CpuStorage, gl: &Layout) -> Result<()> {
        fn update<T: Real>(v: &mut [T], g: &[T], beta2: f64) {
            let (keep, weight) = (real::<T>(beta2), real::<T>(1.0 - beta2));
            for_each(v, g, |v, g| *v = keep * *v + weight * g * g);
        }
        in_precision_of!(g, T => update::<T>(slice_mut(v, vl)?, slice(g, gl)?, self.beta2));
        Ok(())
    }
}

fn for_each<T: Real>(values: &mut [T], g: &[T], f: impl Fn(&mut T, T) + Sync) {
    values.par_chunks_mut(CHUNK).zip(g.par_chunks(CHUNK)).for_each(|(values, g)| {
        for (value, &g) in values.iter_mut().zip(g) {
            f(value, g);
        }
    });
}

/// θ ← keep · θ − size · m / (√v/root + ε)
struct Step {
    keep: f64,
    size: f64,
    root: f64,
    epsilon: f64,
}

impl InplaceOp3 for Step {
    fn name(&self) -> &'static str {
        "adam step"
    }

    fn cpu_fwd(
        &self,
        theta: &mut CpuStorage,
        tl: &Layout,
        m: &CpuStorage,
        ml: &Layout,
        v: &CpuStorage,
        vl: &Layout,
    ) -> Result<()> {
        fn update<T: Real>(theta: &mut [T], m: &[T], v: &[T], step: &Step) {
            let (keep, size) = (real::<T>(step.keep), real::<T>(step.size));
            let (root, epsilon) = (real::<T>(step.root), real::<T>(step.epsilon));
            let chunks = theta.par_chunks_mut(CHUNK).zip(m.par_chunks(CHUNK)).zip(v.par_chunks(CHUNK));
            chunks.for_each(|((theta, m), v)| {
                for ((theta, &m), &v) in theta.iter_mut().zip(m).zip(v) {
                    *theta = keep * *theta - size * m / (v.sqrt() / root + epsilon);
                }
            });
        }
        in_precision_of!(m, T => update::<T>(slice_mut(theta, tl)?, slice(m, ml)?, slice(v, vl)?, self));
        Ok(())
    }
}
