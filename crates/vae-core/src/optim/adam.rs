//! Adam (Kingma and Ba 2015, algorithm 1), with ε placed as PyTorch places it:
//!
//! ```text
//! m ← β₁·m + (1 − β₁)·g            v ← β₂·v + (1 − β₂)·g²
//! θ ← θ − η·λ·θ − η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε)
//! ```
//!
//! λ is a decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2; PyTorch's `AdamW`): it shrinks all
//! parameters towards 0 and does not enter the moments.
use std::sync::Mutex;

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, DType, InplaceOp1, Result, Storage, Tensor};
use rayon::prelude::*;

use crate::nn::parameters::{Layout, Vars};

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
    /// The constants of update `t`, counted from 1.
    pub fn constants(self, learning_rate: f64, t: u64) -> vae_kernels::Adam {
        let Self { beta1, beta2, epsilon, weight_decay } = self;
        vae_kernels::Adam::new(learning_rate, beta1, beta2, epsilon, weight_decay, t)
    }
}

/// Both moments of every part of θ.
#[derive(Debug)]
pub struct Adam {
    moments: Vec<Moments>,
}

/// Both moments of one part.
#[derive(Debug, Default)]
struct Moments {
    m: Vec<f32>,
    v: Vec<f32>,
}

impl Adam {
    /// Both moments at 0.
    pub fn new(layout: &Layout) -> Self {
        let zeros = |n| Moments { m: vec![0.0; n], v: vec![0.0; n] };
        Self { moments: layout.slots().iter().map(|slot| zeros(slot.len())).collect() }
    }

    /// The moments m and v of one part.
    pub fn moments(&self, slot: usize) -> (&[f32], &[f32]) {
        (&self.moments[slot].m, &self.moments[slot].v)
    }

    /// The moments m and v of one part, mutable.
    pub fn moments_mut(&mut self, slot: usize) -> (&mut [f32], &mut [f32]) {
        let Moments { m, v } = &mut self.moments[slot];
        (m, v)
    }

    /// Updates θ once, in f32, with the gradient of the backward pass; a part without one gets a gradient of 0.
    ///
    /// # Errors
    /// Device errors.
    pub fn update(&mut self, vars: &Vars, found: &GradStore, constants: vae_kernels::Adam) -> Result<()> {
        for (theta, moments) in vars.tensors().iter().zip(&mut self.moments) {
            let g = match found.get(theta) {
                Some(g) => g.flatten_all()?.to_dtype(DType::F32)?,
                None => Tensor::zeros(theta.elem_count(), DType::F32, theta.device())?,
            };
            update_part(theta, moments, &g, constants)?;
        }
        Ok(())
    }
}

/// Updates one part of θ: in place on the CPU, elsewhere through a copy.
fn update_part(theta: &Tensor, moments: &mut Moments, g: &Tensor, constants: vae_kernels::Adam) -> Result<()> {
    let (storage, layout) = g.storage_and_layout();
    if let (Storage::Cpu(storage), Some((start, end))) = (&*storage, layout.contiguous_offsets()) {
        let g = &storage.as_slice::<f32>()?[start..end];
        return theta
            .detach()
            .inplace_op1(&InPlace(Mutex::new(|theta: &mut [f32]| apply(theta, moments, g, constants))));
    }
    drop(storage);
    let mut values = theta.flatten_all()?.to_vec1::<f32>()?;
    apply(&mut values, moments, &g.to_vec1::<f32>()?, constants);
    theta.slice_set(&Tensor::from_vec(values, theta.shape(), theta.device())?, 0, 0)
}

/// Values per chunk. Chunks do not depend on the number of threads, so results do not either.
const CHUNK: usize = 8192;

/// Algorithm 1, on the threads of the current pool.
fn apply(theta: &mut [f32], Moments { m, v }: &mut Moments, g: &[f32], constants: vae_kernels::Adam) {
    let vae_kernels::Adam { mean_weight, decay, square_weight, keep, size, inverse_root, epsilon } = constants;
    let chunks = theta.par_chunks_mut(CHUNK).zip(m.par_chunks_mut(CHUNK)).zip(v.par_chunks_mut(CHUNK));
    chunks.zip(g.par_chunks(CHUNK)).for_each(|(((theta, m), v), g)| {
        for (((theta, m), v), &g) in theta.iter_mut().zip(m).zip(v).zip(g) {
            *m += mean_weight * (g - *m);
            *v = decay * *v + square_weight * g * g;
            *theta = keep * *theta - size * *m / (v.sqrt() * inverse_root + epsilon);
        }
    });
}

/// An in-place operation on an f32 tensor that owns its storage.
struct InPlace<W>(Mutex<W>);

impl<W: FnMut(&mut [f32])> InplaceOp1 for InPlace<W> {
    fn name(&self) -> &'static str {
        "adam"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, _: &candle_core::Layout) -> Result<()> {
        let CpuStorage::F32(values) = storage else { candle_core::bail!("θ is trained in f32") };
        match self.0.lock() {
            Ok(mut work) => work(values),
            Err(poisoned) => poisoned.into_inner()(values),
        }
        Ok(())
    }
}
