//! Build without CUDA: uninhabited stand-ins.
use candle_core::{Device, Tensor};
use serde_json::Value;
use vae_kernels::Net;
use vae_kernels::gpu::{StepPlan, StepResult};

use crate::base::error::{Code, Error, Result};
use crate::data::{Dataset, Transform};
use crate::options::compute::Compute;

/// Maximum steps per [`CudaSteps::run`].
pub(crate) const MAX_STEPS: usize = 1;

/// Uninhabited: no GPU.
#[derive(Debug, Clone, Copy)]
pub enum Gpu {}

/// Uninhabited.
#[derive(Debug)]
pub(crate) enum CudaSteps {}

/// Uninhabited.
#[derive(Debug)]
pub(crate) enum CudaInference {}

impl Gpu {
    /// # Errors
    /// [`Code::Device`], always.
    pub fn open(_ordinal: usize) -> Result<Self> {
        Err(Error::new(Code::Device, "this build computes on the CPU only"))
    }

    pub(crate) fn with_own_stream(&self) -> Result<Self> {
        match *self {}
    }

    pub(crate) fn device(&self) -> Device {
        match *self {}
    }

    /// Name of the GPU.
    pub fn name(&self) -> Result<String> {
        match *self {}
    }

    /// Description as JSON.
    pub fn describe(&self) -> Result<Value> {
        match *self {}
    }
}

impl CudaSteps {
    pub(crate) fn new(
        gpu: &Gpu,
        _: Net,
        _: [Tensor; 3],
        _: (usize, usize),
        _: (&Dataset, &Transform),
        _: Compute,
    ) -> Result<Option<Self>> {
        match *gpu {}
    }

    pub(crate) fn run(&mut self, _: &[StepPlan]) -> Result<Vec<StepResult>> {
        match *self {}
    }

    pub(crate) fn put(&mut self, _: usize, _: &[Tensor; 3]) -> Result<()> {
        match *self {}
    }

    pub(crate) fn take(&self, _: usize, _: &[Tensor; 3]) -> Result<()> {
        match *self {}
    }

    pub(crate) fn suspend(&mut self, _: usize) -> Result<()> {
        match *self {}
    }
}

impl CudaInference {
    pub(crate) fn new(gpu: &Gpu, _: Net, _: Tensor) -> Result<Option<Self>> {
        match *gpu {}
    }

    pub(crate) fn encode(&mut self, _: &[f32], _: &mut [f32], _: &mut [f32]) -> Result<()> {
        match *self {}
    }

    pub(crate) fn decode(&mut self, _: &[f32], _: &mut [f32]) -> Result<()> {
        match *self {}
    }

    pub(crate) fn terms(&mut self, _: &[f32], _: &[f32], _: usize, _: &mut [f64]) -> Result<()> {
        match *self {}
    }
}
