//! Device handle, opened once, and a description of the engine on it.
use serde_json::{Value, json};
use vae_kernels::Isa;

use crate::base::error::Result;
use crate::base::threads::available;
use crate::engine::cuda::Gpu;
use crate::options::compute::{Compute, Device, HAS_CUDA, Precision, without_tensor_cores};

/// Compute capabilities of this build on this machine, as JSON: SIMD levels (fastest last), threads available to the
/// process, and `cuda`, true for a build with CUDA.
pub fn backends() -> Value {
    let levels: Vec<_> = Isa::available().map(Isa::name).collect();
    json!({ "isa": Isa::best().name(), "levels": levels, "threads": available(), "cuda": HAS_CUDA })
}

/// Handle to an opened device.
#[derive(Debug, Clone)]
pub(crate) enum DeviceHandle {
    /// The CPU, and the reason if opening a GPU failed.
    Cpu(Option<String>),
    /// A GPU.
    Gpu(Gpu),
}

impl DeviceHandle {
    /// Candle device for tensors.
    pub(crate) fn device(&self) -> candle_core::Device {
        match self {
            Self::Cpu(_) => candle_core::Device::Cpu,
            Self::Gpu(gpu) => gpu.device(),
        }
    }
}

impl Compute {
    /// Opens the device.
    ///
    /// # Errors
    /// [`Code::Device`](crate::Code::Device) if a requested GPU cannot be used.
    pub(crate) fn open_device(self) -> Result<DeviceHandle> {
        match self.device {
            Device::Cpu => Ok(DeviceHandle::Cpu(None)),
            Device::Auto if !HAS_CUDA => Ok(DeviceHandle::Cpu(None)),
            Device::Auto => match Gpu::open(0) {
                Ok(gpu) => Ok(DeviceHandle::Gpu(gpu)),
                Err(_) if self.precision == Precision::Tf32 => Err(without_tensor_cores()),
                Err(error) => Ok(DeviceHandle::Cpu(Some(error.what.clone()))),
            },
            Device::Cuda(number) => Gpu::open(number).map(DeviceHandle::Gpu),
        }
    }

    /// SIMD level of the fused path on this CPU, or the reason why there is none.
    pub(crate) fn fused(self) -> std::result::Result<Isa, &'static str> {
        match self.isa {
            _ if self.reference => Err("the reference path was requested"),
            Some(isa) => Ok(isa),
            None if Isa::best() == Isa::Scalar => {
                Err("this CPU lacks the vector instructions that it needs (AVX2 with FMA, or NEON)")
            }
            None => Ok(Isa::best()),
        }
    }
}

/// Description of the engine, for the `start` event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    /// Kernels of the fused path, or the reason for not using it.
    pub path: std::result::Result<Kernels, &'static str>,
    /// Name of the GPU, or the reason if opening one failed.
    pub gpu: std::result::Result<String, Option<String>>,
    /// Number of compute threads.
    pub threads: usize,
    /// True if the kernels skip zeros of the data.
    pub sparse: bool,
}

/// Implementation of the fused path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernels {
    /// Vector instructions of the CPU.
    Simd(Isa),
    /// CUDA, with this precision of matrix products.
    Cuda(Precision),
}

impl Kernels {
    /// Name in events and measurements.
    pub fn name(self) -> &'static str {
        match self {
            Self::Simd(isa) => isa.name(),
            Self::Cuda(_) => "cuda",
        }
    }
}

impl EngineInfo {
    /// Name of the device: "cpu" or "cuda".
    pub fn device(&self) -> &'static str {
        if self.gpu.is_ok() { "cuda" } else { "cpu" }
    }

    /// As JSON: device; path and, if not fused, the reason; threads; the GPU's name, or why there is none.
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
