//! Forward passes of both networks on a GPU: the memory of [`InferenceProgram`], and its launches.
use std::sync::Arc;

use candle_core::cuda_backend::cudarc::driver::CudaSlice;
use candle_core::{Result, Tensor};

use super::device::Gpu;
use super::inference_program::InferenceProgram;
use super::kernel_args::{Addresses, Launch, StepPlan};
use crate::net::Net;

/// Maximum rows per launch; larger calls are split.
const ROWS_PER_PASS: usize = 1024;

/// A model with θ on a GPU, for any number of rows; the counterpart of [`Inference`](crate::Inference).
#[derive(Debug)]
pub struct GpuInference {
    gpu: Arc<Gpu>,
    program: InferenceProgram,
    memory: Addresses,
    work: CudaSlice<f32>,
    plan: CudaSlice<StepPlan>,
    _theta: Tensor,
}

impl GpuInference {
    /// Layers of a model; each call uses the current values of θ (P).
    ///
    /// `None` if a call's memory has 2³² numbers or more.
    ///
    /// # Errors
    /// Driver errors, above all out of memory.
    ///
    /// # Panics
    /// If the layers do not fit onto each other or overlap in θ.
    pub fn new(gpu: &Arc<Gpu>, net: Net, theta: Tensor) -> Result<Option<Self>> {
        assert!(theta.elem_count() >= net.len(), "θ has all layers");
        let Some(program) = InferenceProgram::new(net, ROWS_PER_PASS, gpu.processors()) else { return Ok(None) };
        let work = gpu.zeros(program.space())?;
        let plan = gpu.zeros(1)?;
        let memory = Addresses {
            theta: gpu.address_of(&theta)?,
            work: gpu.address(&work),
            plan: gpu.address(&plan),
            ..Addresses::default()
        };
        Ok(Some(Self { gpu: Arc::clone(gpu), program, memory, work, plan, _theta: theta }))
    }

    /// Computes μ and, unless the posterior is a point, the raw scale.
    ///
    /// # Shapes
    /// x (n, D) → mean (n, d), `raw_scale` (n, d) or empty
    ///
    /// # Errors
    /// Driver errors.
    ///
    /// # Panics
    /// If the lengths do not match.
    pub fn encode(&mut self, x: &[f32], mean: &mut [f32], raw_scale: &mut [f32]) -> Result<()> {
        let d = self.program.net().latent();
        let input = self.program.net().input();
        let offsets = *self.program.offsets();
        for (part, x) in x.chunks(ROWS_PER_PASS * input).enumerate() {
            let rows = x.len() / input;
            let codes = part * ROWS_PER_PASS * d..(part * ROWS_PER_PASS + rows) * d;
            self.gpu.write(&mut self.work, offsets.x as usize, x)?;
            self.run(rows, &self.program.encode(&self.memory, rows))?;
            self.gpu.read(&self.work, offsets.mean as usize, &mut mean[codes.clone()])?;
            if !raw_scale.is_empty() {
                self.gpu.read(&self.work, offsets.raw_scale as usize, &mut raw_scale[codes])?;
            }
        }
        Ok(())
    }

    /// Computes the decoder's output.
    ///
    /// # Shapes
    /// z (n, d) → (n, D)
    ///
    /// # Errors
    /// Driver errors.
    ///
    /// # Panics
    /// If the lengths do not match.
    pub fn decode(&mut self, z: &[f32], out: &mut [f32]) -> Result<()> {
        let d = self.program.net().latent();
        let input = self.program.net().input();
        let offsets = *self.program.offsets();
        for (z, out) in z.chunks(ROWS_PER_PASS * d).zip(out.chunks_mut(ROWS_PER_PASS * input)) {
            let rows = z.len() / d;
            self.gpu.write(&mut self.work, offsets.z as usize, z)?;
            self.run(rows, &self.program.decode(&self.memory, rows))?;
            self.gpu.read(&self.work, offsets.out as usize, &mut out[..rows * input])?;
        }
        Ok(())
    }

    /// Computes Σ over the dimensions of the likelihood's term, accumulated in f64; row r of z belongs to row r /
    /// `draws` of x.
    ///
    /// # Shapes
    /// z (n·draws, d), x (n, D) → sums (n·draws)
    ///
    /// # Errors
    /// Driver errors.
    ///
    /// # Panics
    /// If the lengths do not match.
    pub fn terms(&mut self, z: &[f32], x: &[f32], draws: usize, sums: &mut [f64]) -> Result<()> {
        let (d, input) = (self.program.net().latent(), self.program.net().input());
        // Several examples with all their draws, or some draws of one example.
        let examples = (ROWS_PER_PASS / draws).max(1);
        let chunks = z.chunks(examples * draws * d).zip(x.chunks(examples * input));
        for ((z, x), sums) in chunks.zip(sums.chunks_mut(examples * draws)) {
            for (z, sums) in z.chunks(ROWS_PER_PASS * d).zip(sums.chunks_mut(ROWS_PER_PASS)) {
                self.terms_of(z, x, draws, sums)?;
            }
        }
        Ok(())
    }

    fn terms_of(&mut self, z: &[f32], x: &[f32], draws: usize, sums: &mut [f64]) -> Result<()> {
        let offsets = *self.program.offsets();
        self.gpu.write(&mut self.work, offsets.z as usize, z)?;
        self.gpu.write(&mut self.work, offsets.x as usize, x)?;
        let (launches, blocks) = self.program.terms(&self.memory, sums.len(), draws);
        self.run(sums.len(), &launches)?;
        let mut words = vec![0.0f32; 2 * sums.len() * blocks];
        self.gpu.read(&self.work, offsets.sums as usize, &mut words)?;
        for (sum, words) in sums.iter_mut().zip(words.chunks_exact(2 * blocks)) {
            let double =
                |pair: &[f32]| f64::from_bits(u64::from(pair[1].to_bits()) << 32 | u64::from(pair[0].to_bits()));
            *sum = words.chunks_exact(2).map(double).sum();
        }
        Ok(())
    }

    fn run(&mut self, rows: usize, launches: &[Launch]) -> Result<()> {
        self.gpu.write(&mut self.plan, 0, &[StepPlan::for_rows(rows as u32)])?;
        for launch in launches {
            // SAFETY: the addresses point to θ and to memory owned here, which has room for the rows.
            unsafe { self.gpu.launch(launch)? };
        }
        Ok(())
    }
}
