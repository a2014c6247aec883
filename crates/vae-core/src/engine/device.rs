//! Where a model is computed, found once, and what computes there.
use serde_json::{Value, json};
use vae_kernels::Isa;

use crate::base::error::Result;
use crate::base::threads::available;
use crate::engine::cuda::Gpu;
use crate::options::compute::{Compute, Device, HAS_CUDA, Precision, without_tensor_cores};

/// What this build can compute with here, as JSON: the CPU's levels, the fastest last, the threads that the process may
/// use, and whether it is a build with CUDA.
pub fn backends() -> Value {
    let levels: Vec<_> = Isa::available().map(Isa::name).collect();
    json!({ "isa": Isa::best().name(), "levels": levels, "threads": available(), "cuda": HAS_CUDA })
}

/// A device that has been found.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// The CPU, and why it is not a GPU that was looked for.
    Cpu(Option<String>),
    /// A GPU.
    Gpu(Gpu),
}

impl Place {
    /// Where tensors live.
    pub(crate) fn device(&self) -> candle_core::Device {
        match self {
            Self::Cpu(_) => candle_core::Device::Cpu,
            Self::Gpu(gpu) => gpu.device(),
        }
    }
}

impl Compute {
    /// Finds the device.
    ///
    /// # Errors
    /// [`Code::Device`](crate::Code::Device) if a GPU that was asked for cannot be used.
    pub(crate) fn place(self) -> Result<Place> {
        match self.device {
            Device::Cpu => Ok(Place::Cpu(None)),
            Device::Auto if !HAS_CUDA => Ok(Place::Cpu(None)),
            Device::Auto => match Gpu::open(0) {
                Ok(gpu) => Ok(Place::Gpu(gpu)),
                Err(_) if self.precision == Precision::Tf32 => Err(without_tensor_cores()),
                Err(error) => Ok(Place::Cpu(Some(error.what.clone()))),
            },
            Device::Cuda(number) => Gpu::open(number).map(Place::Gpu),
        }
    }

    /// The level at which the fused path computes here, or why there is none.
    pub(crate) fn fused(self) -> std::result::Result<Isa, &'static str> {
        match self.isa {
            _ if self.reference => Err("the reference path was asked for"),
            Some(isa) => Ok(isa),
            None if Isa::best() == Isa::Scalar => {
                Err("this CPU lacks the vector instructions that it needs (AVX2 with FMA, or NEON)")
            }
            None => Ok(Isa::best()),
        }
    }
}

/// What computes, as the `start` event tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    /// What the fused path is made of here, or why it is not taken.
    pub path: std::result::Result<Kernels, &'static str>,
    /// The GPU's name, or why it is not a GPU that was looked for.
    pub gpu: std::result::Result<String, Option<String>>,
    /// How many threads compute.
    pub threads: usize,
    /// Are zeros of the data left out?
    pub sparse: bool,
}

/// What the fused path is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernels {
    /// Vector instructions of the CPU.
    Simd(Isa),
    /// CUDA, with products so exact.
    Cuda(Precision),
}

impl Kernels {
    /// The name in events and measurements.
    pub fn name(self) -> &'static str {
        match self {
            Self::Simd(isa) => isa.name(),
            Self::Cuda(_) => "cuda",
        }
    }
}

impl EngineInfo {
    /// The device's name: "cpu" or "cuda".
    pub fn device(&self) -> &'static str {
        if self.gpu.is_ok() { "cuda" } else { "cpu" }
    }

    /// As JSON: device; path and, if it is not the fused one, the reason; threads; the GPU's name, or why there is none.
    pub fn to_json(&self) -> Value {
        let mut json = json!({ "device": self.device() });
        match self.path {
            Ok(kernels) => {
                json["path"] = json!("fused");
                json["isa"] = json!(kernels.name());
                json["threads"] = json!(self.threads);
                json["sparse"] = json!(self.sparse);
                if let Kernels::Cuda(precision) = kernels {
                    json["precision"] = json!(precision.name());
                }
            }
            Err(reason) => {
                json["path"] = json!("reference");
                json["reason"] = json!(reason);
                json["threads"] = json!(self.threads);
            }
        }
        match &self.gpu {
            Ok(name) => json["gpu"] = json!(name),
            Err(Some(reason)) => json["noGpu"] = json!(reason),
            Err(None) => {}
        }
        json
    }
}
