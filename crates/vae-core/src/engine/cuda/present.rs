//! Build with CUDA: [`vae_kernels::gpu`] with the types of this crate.
use std::sync::Arc;

use candle_core::{Device, Tensor};
use serde_json::{Value, json};
use vae_kernels::Net;
pub(crate) use vae_kernels::gpu::MAX_STEPS;
use vae_kernels::gpu::{self, DataSet, DataValues, GpuInference, LaunchOptions, StepPlan, StepResult};

use crate::base::error::Result;
use crate::data::{Binarize, Dataset, Transform};
use crate::options::compute::Compute;

/// Handle to an open GPU, shared by its users.
#[derive(Debug, Clone)]
pub struct Gpu(Arc<gpu::Gpu>);

impl Gpu {
    /// Opens the GPU of this number, from 0.
    ///
    /// # Errors
    /// [`Code::Device`](crate::Code::Device) with the driver's message if there is no such GPU or it cannot be used.
    pub fn open(ordinal: usize) -> Result<Self> {
        Ok(Self(Arc::new(gpu::Gpu::open(ordinal)?)))
    }

    /// Opens the same GPU with its own stream, independent of this one.
    ///
    /// # Errors
    /// Same as [`Gpu::open`].
    pub(crate) fn with_own_stream(&self) -> Result<Self> {
        Self::open(self.0.ordinal())
    }

    pub(crate) fn device(&self) -> Device {
        self.0.device()
    }

    /// Name of the GPU.
    ///
    /// # Errors
    /// [`Code::Device`](crate::Code::Device).
    pub fn name(&self) -> Result<String> {
        Ok(self.0.name()?)
    }

    /// Description as JSON: `name`, `computeCapability`, `memory` and `freeMemory` in bytes, `processors`.
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

/// Fused training steps on a GPU.
#[derive(Debug)]
pub(crate) struct CudaSteps(gpu::GpuSteps);

impl CudaSteps {
    /// Prepares steps on batches of up to `batch` examples with L = `draws` that update this θ, m and v in place.
    /// Copies the data set to the GPU, bytes as bytes.
    pub(crate) fn new(
        gpu: &Gpu,
        net: Net,
        state: [Tensor; 3],
        (batch, draws): (usize, usize),
        (data, transform): (&Dataset, &Transform),
        compute: Compute,
    ) -> Result<Option<Self>> {
        let (bytes, floats);
        // One table suffices if every column is transformed the same way.
        let (table, columns, threshold) = match data.byte_values(transform) {
            Some(values) => (values, None, false),
            None => (data.unscaled_bytes(transform), transform.columns(), transform.binarize() == Binarize::Threshold),
        };
        let (values, columns, threshold) = if data.is_u8() {
            bytes = (0..data.len()).filter_map(|row| data.bytes(row)).collect::<Vec<_>>().concat();
            (DataValues::Bytes(&bytes, &table), columns, threshold)
        } else {
            floats = data.to_f32(transform);
            (DataValues::Floats(&floats), None, false)
        };
        let dynamic = transform.binarize() == Binarize::Dynamic;
        let options = LaunchOptions { graphs: !compute.one_by_one, precision: compute.precision };
        let examples = DataSet { values, columns, threshold, dynamic };
        Ok(gpu::GpuSteps::new(&gpu.0, net, state, (batch, draws), &examples, options)?.map(Self))
    }

    /// Runs up to [`MAX_STEPS`] steps and waits for them. After the first non-finite loss, θ stays unchanged.
    pub(crate) fn run(&mut self, plans: &[StepPlan]) -> Result<Vec<StepResult>> {
        Ok(self.0.run(plans)?)
    }

    /// Copies a member's θ, m and v to the device state.
    pub(crate) fn put(&mut self, member: usize, state: &[Tensor; 3]) -> Result<()> {
        Ok(self.0.put(member, state)?)
    }

    /// Copies a member's θ, m and v back, and waits.
    pub(crate) fn take(&self, member: usize, state: &[Tensor; 3]) -> Result<()> {
        Ok(self.0.take(member, state)?)
    }

    /// Excludes a member from the next steps.
    pub(crate) fn suspend(&mut self, member: usize) -> Result<()> {
        Ok(self.0.suspend(member)?)
    }
}

/// Fused forward passes on a GPU.
#[derive(Debug)]
pub(crate) struct CudaInference(GpuInference);

impl CudaInference {
    /// Prepares forward passes that read the current θ at each call.
    pub(crate) fn new(gpu: &Gpu, net: Net, theta: Tensor) -> Result<Option<Self>> {
        Ok(GpuInference::new(&gpu.0, net, theta)?.map(Self))
    }

    pub(crate) fn encode(&mut self, x: &[f32], mean: &mut [f32], raw_scale: &mut [f32]) -> Result<()> {
        Ok(self.0.encode(x, mean, raw_scale)?)
    }

    pub(crate) fn decode(&mut self, z: &[f32], out: &mut [f32]) -> Result<()> {
        Ok(self.0.decode(z, out)?)
    }

    pub(crate) fn terms(&mut self, z: &[f32], x: &[f32], draws: usize, sums: &mut [f64]) -> Result<()> {
        Ok(self.0.terms(z, x, draws, sums)?)
    }
}
