//! A build with CUDA: [`vae_kernels::gpu`], in the words of this crate.
use std::sync::Arc;

use candle_core::{Device, Tensor};
use serde_json::{Value, json};
use vae_kernels::Net;
pub(crate) use vae_kernels::gpu::MOST_STEPS as MAX_STEPS;
use vae_kernels::gpu::{self, Examples, GpuInference, How, Outcome, Plan, Values};

use crate::base::error::Result;
use crate::data::{Binarize, Dataset, Transform};
use crate::options::compute::Compute;

/// A GPU, open for as long as somebody computes on it.
#[derive(Debug, Clone)]
pub struct Gpu(Arc<gpu::Gpu>);

impl Gpu {
    /// The GPU of this number, from 0.
    ///
    /// # Errors
    /// [`Code::Device`](crate::Code::Device) with what the driver says if there is none, or it cannot be used.
    pub fn open(ordinal: usize) -> Result<Self> {
        Ok(Self(Arc::new(gpu::Gpu::open(ordinal)?)))
    }

    /// The same GPU with a stream of its own: what happens there waits for nothing that happens here.
    ///
    /// # Errors
    /// Those of [`Gpu::open`].
    pub(crate) fn with_own_stream(&self) -> Result<Self> {
        Self::open(self.0.ordinal())
    }

    pub(crate) fn device(&self) -> Device {
        self.0.device()
    }

    /// Its name.
    ///
    /// # Errors
    /// [`Code::Device`](crate::Code::Device).
    pub fn name(&self) -> Result<String> {
        Ok(self.0.name()?)
    }

    /// What there is to know of it, as JSON: `name`, `computeCapability`, `memory` and `freeMemory` in bytes,
    /// `processors`.
    ///
    /// # Errors
    /// [`Code::Device`](crate::Code::Device).
    pub fn describe(&self) -> Result<Value> {
        let ((free, all), (major, minor)) = (self.0.memory()?, self.0.capability()?);
        Ok(json!({
            "name": self.name()?,
            "computeCapability": format!("{major}.{minor}"),
            "memory": all,
            "freeMemory": free,
            "processors": self.0.processors(),
        }))
    }
}

/// The fused path of a trainer, on a GPU.
#[derive(Debug)]
pub(crate) struct Steps(gpu::Steps);

impl Steps {
    /// Steps on batches of up to `batch` examples with L = `draws`, which change these θ, m and v. The data set is
    /// copied to the GPU, bytes as bytes.
    pub(crate) fn new(
        gpu: &Gpu,
        net: Net,
        state: [Tensor; 3],
        (batch, draws): (usize, usize),
        (data, transform): (&Dataset, &Transform),
        compute: Compute,
    ) -> Result<Option<Self>> {
        let (bytes, floats);
        // One table says it all where every column goes the same way.
        let (table, columns, threshold) = match data.byte_values(transform) {
            Some(values) => (values, None, false),
            None => (transform.unscaled_bytes(), transform.columns(), transform.binarize() == Binarize::Threshold),
        };
        let (values, columns, threshold) = if data.is_u8() {
            bytes = (0..data.len()).filter_map(|row| data.bytes(row)).collect::<Vec<_>>().concat();
            (Values::Bytes(&bytes, &table), columns, threshold)
        } else {
            floats = data.to_f32(transform);
            (Values::Floats(&floats), None, false)
        };
        let dynamic = transform.binarize() == Binarize::Dynamic;
        let how = How { graphs: !compute.one_by_one, precision: compute.precision };
        let examples = Examples { values, columns, threshold, dynamic };
        Ok(gpu::Steps::new(&gpu.0, net, state, (batch, draws), &examples, how)?.map(Self))
    }

    /// Makes these steps, up to [`MAX_STEPS`], and waits for them. From a step on whose loss is not finite θ stays as it
    /// was before.
    pub(crate) fn run(&mut self, plans: &[Plan]) -> Result<Vec<Outcome>> {
        Ok(self.0.run(plans)?)
    }

    /// Copies a member's θ, m and v in.
    pub(crate) fn put(&mut self, member: usize, state: &[Tensor; 3]) -> Result<()> {
        Ok(self.0.put(member, state)?)
    }

    /// Copies them out, and waits.
    pub(crate) fn take(&self, member: usize, state: &[Tensor; 3]) -> Result<()> {
        Ok(self.0.take(member, state)?)
    }

    /// Lets a member rest.
    pub(crate) fn rest(&mut self, member: usize) -> Result<()> {
        Ok(self.0.rest(member)?)
    }
}

/// The fused path of everything but training, on a GPU.
#[derive(Debug)]
pub(crate) struct Inference(GpuInference);

impl Inference {
    /// That of a model with θ as it stands whenever it is asked.
    pub(crate) fn new(gpu: &Gpu, net: Net, theta: Tensor) -> Result<Option<Self>> {
        Ok(GpuInference::new(&gpu.0, net, theta)?.map(Self))
    }

    pub(crate) fn encode(&mut self, x: &[f32], mean: &mut [f32], log_var: &mut [f32]) -> Result<()> {
        Ok(self.0.encode(x, mean, log_var)?)
    }

    pub(crate) fn decode(&mut self, z: &[f32], out: &mut [f32]) -> Result<()> {
        Ok(self.0.decode(z, out)?)
    }

    pub(crate) fn terms(&mut self, z: &[f32], x: &[f32], draws: usize, sums: &mut [f64]) -> Result<()> {
        Ok(self.0.terms(z, x, draws, sums)?)
    }
}
