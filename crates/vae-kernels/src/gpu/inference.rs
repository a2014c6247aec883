//! Both networks without their gradients on a GPU: the memory of [`Looks`], and its launches.
use std::sync::Arc;

use candle_core::cuda_backend::cudarc::driver::CudaSlice;
use candle_core::{Result, Tensor};

use super::device::Gpu;
use super::looks::Looks;
use super::parts::{Launch, Memory, Plan};
use crate::net::Net;

/// Rows of a call's memory; what has more is done in parts.
const ROWS: usize = 1024;

/// A model on a GPU, for any number of rows at once: [`Inference`](crate::Inference) for θ that lies there.
#[derive(Debug)]
pub struct GpuInference {
    gpu: Arc<Gpu>,
    looks: Looks,
    memory: Memory,
    work: CudaSlice<f32>,
    plan: CudaSlice<Plan>,
    _theta: Tensor,
}

impl GpuInference {
    /// The layers of a model, with θ (P) as it stands whenever it is asked.
    ///
    /// `None` if a call's memory has 2³² numbers or more.
    ///
    /// # Errors
    /// Those of the driver, above all for want of memory.
    ///
    /// # Panics
    /// If the layers do not fit onto each other or overlap in θ.
    pub fn new(gpu: &Arc<Gpu>, net: Net, theta: Tensor) -> Result<Option<Self>> {
        assert!(theta.elem_count() >= net.len(), "θ is as long as the layers say");
        let Some(looks) = Looks::new(net, ROWS, gpu.processors()) else { return Ok(None) };
        let (work, plan) = (gpu.zeros(looks.space())?, gpu.zeros(1)?);
        let memory = Memory {
            theta: gpu.address_of(&theta)?,
            work: gpu.address(&work),
            plan: gpu.address(&plan),
            ..Memory::default()
        };
        Ok(Some(Self { gpu: Arc::clone(gpu), looks, memory, work, plan, _theta: theta }))
    }

    /// μ and, unless the posterior is a point, ln σ².
    ///
    /// # Shapes
    /// x (n, D) → mean (n, d), `log_var` (n, d) or empty
    ///
    /// # Errors
    /// Those of the driver.
    ///
    /// # Panics
    /// If the lengths do not fit each other.
    pub fn encode(&mut self, x: &[f32], mean: &mut [f32], log_var: &mut [f32]) -> Result<()> {
        let (d, input, places) = (self.looks.net().latent(), self.looks.net().input(), *self.looks.places());
        for (part, x) in x.chunks(ROWS * input).enumerate() {
            let rows = x.len() / input;
            let codes = part * ROWS * d..(part * ROWS + rows) * d;
            self.gpu.write(&mut self.work, places.x as usize, x)?;
            self.run(rows, &self.looks.encode(&self.memory, rows))?;
            self.gpu.read(&self.work, places.mean as usize, &mut mean[codes.clone()])?;
            if !log_var.is_empty() {
                self.gpu.read(&self.work, places.log_var as usize, &mut log_var[codes])?;
            }
        }
        Ok(())
    }

    /// The decoder's output.
    ///
    /// # Shapes
    /// z (n, d) → (n, D)
    ///
    /// # Errors
    /// Those of the driver.
    ///
    /// # Panics
    /// If the lengths do not fit each other.
    pub fn decode(&mut self, z: &[f32], out: &mut [f32]) -> Result<()> {
        let (d, input, places) = (self.looks.net().latent(), self.looks.net().input(), *self.looks.places());
        for (z, out) in z.chunks(ROWS * d).zip(out.chunks_mut(ROWS * input)) {
            let rows = z.len() / d;
            self.gpu.write(&mut self.work, places.z as usize, z)?;
            self.run(rows, &self.looks.decode(&self.memory, rows))?;
            self.gpu.read(&self.work, places.out as usize, &mut out[..rows * input])?;
        }
        Ok(())
    }

    /// Σ over the dimensions of the likelihood's term, accumulated in f64; row r of z explains row r / `draws` of x.
    ///
    /// # Shapes
    /// z (n·draws, d), x (n, D) → sums (n·draws)
    ///
    /// # Errors
    /// Those of the driver.
    ///
    /// # Panics
    /// If the lengths do not fit each other.
    pub fn terms(&mut self, z: &[f32], x: &[f32], draws: usize, sums: &mut [f64]) -> Result<()> {
        let (d, input) = (self.looks.net().latent(), self.looks.net().input());
        // Some examples with all their draws, or some of the draws of one.
        let examples = (ROWS / draws).max(1);
        let parts = z.chunks(examples * draws * d).zip(x.chunks(examples * input));
        for ((z, x), sums) in parts.zip(sums.chunks_mut(examples * draws)) {
            for (z, sums) in z.chunks(ROWS * d).zip(sums.chunks_mut(ROWS)) {
                self.terms_of(z, x, draws, sums)?;
            }
        }
        Ok(())
    }

    fn terms_of(&mut self, z: &[f32], x: &[f32], draws: usize, sums: &mut [f64]) -> Result<()> {
        let places = *self.looks.places();
        self.gpu.write(&mut self.work, places.z as usize, z)?;
        self.gpu.write(&mut self.work, places.x as usize, x)?;
        let (launches, parts) = self.looks.terms(&self.memory, sums.len(), draws);
        self.run(sums.len(), &launches)?;
        let mut words = vec![0.0f32; 2 * sums.len() * parts];
        self.gpu.read(&self.work, places.sums as usize, &mut words)?;
        for (sum, words) in sums.iter_mut().zip(words.chunks_exact(2 * parts)) {
            let double =
                |pair: &[f32]| f64::from_bits(u64::from(pair[1].to_bits()) << 32 | u64::from(pair[0].to_bits()));
            *sum = words.chunks_exact(2).map(double).sum();
        }
        Ok(())
    }

    fn run(&mut self, rows: usize, launches: &[Launch]) -> Result<()> {
        self.gpu.write(&mut self.plan, 0, &[Plan::for_rows(rows as u32)])?;
        for launch in launches {
            // SAFETY: the addresses are those of θ and of memory that this holds, and the rows fit into it.
            unsafe { self.gpu.launch(launch)? };
        }
        Ok(())
    }
}
