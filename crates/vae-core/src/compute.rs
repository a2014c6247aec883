//! How something is computed: along which path, with which instructions. It changes the time, not the result, unless one
//! asks for less precision.
//!
//! The **fused path** is [`vae_kernels`]: the whole step hand-written, in f32, for the CPU and for a GPU. The **reference
//! path** is this crate's equations on candle's tensors, with its autograd: the oracle of the tests, and what computes
//! where the fused path cannot.
use serde_json::{Value, json};
use vae_kernels::Isa;
pub use vae_kernels::gpu::Precision;

use crate::error::{Code, Error, Result};
use crate::gpu::Gpu;

/// What to compute with, where that is not left to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compute {
    /// Where.
    pub device: Device,
    /// The SIMD level of the fused path; `None`: the fastest that the CPU has.
    pub isa: Option<Isa>,
    /// Take the reference path even where the fused one would do?
    pub reference: bool,
    /// Are zeros of the data left out of the sums over them?
    pub sparsity: Sparsity,
    /// How exactly a GPU takes the products of a training step.
    pub precision: Precision,
    /// Launch a GPU's kernels one by one instead of many steps as one graph?
    pub one_by_one: bool,
    /// Launch a GPU's steps together with those of other runs in this process whose models and data are alike, of so many
    /// at once; `None`: every run its own.
    pub members: Option<usize>,
}

/// Where to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// The first GPU that CUDA knows, if this build and this machine have one; else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The GPU of this number in CUDA's order.
    Cuda(usize),
}

/// Whether this build can compute on GPUs of NVIDIA's.
pub const HAS_CUDA: bool = cfg!(feature = "cuda");

impl Device {
    /// The device of that name: "auto", "cpu", "cuda" or "cuda:1". `None` if it is none's.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(Self::Auto),
            "cpu" => Some(Self::Cpu),
            "cuda" => Some(Self::Cuda(0)),
            _ => name.strip_prefix("cuda:")?.parse().ok().map(Self::Cuda),
        }
    }

    /// Its name.
    pub fn name(self) -> String {
        match self {
            Self::Auto => "auto".to_owned(),
            Self::Cpu => "cpu".to_owned(),
            Self::Cuda(0) => "cuda".to_owned(),
            Self::Cuda(number) => format!("cuda:{number}"),
        }
    }
}

/// Whether zeros of the data are left out of the sums over them. The result is the same to the bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sparsity {
    /// Where it pays.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// Below this share of values that are not 0, leaving out the others pays wherever they stand. Measured on the reference
/// VAE at AVX2 and AVX-512: zeros at random places are worth nothing any more from here on; zeros that keep to some pixels
/// are, up to twice as many values.
const SPARSE: f64 = 0.4;

impl Sparsity {
    /// Every choice by its name in options.
    pub const NAMES: [(&'static str, Sparsity); 3] =
        [("auto", Sparsity::Auto), ("on", Sparsity::On), ("off", Sparsity::Off)];

    /// Whether to leave them out, given the share of values that are not 0.
    pub fn pays(self, density: f64) -> bool {
        match self {
            Sparsity::Auto => density < SPARSE,
            Sparsity::On => true,
            Sparsity::Off => false,
        }
    }
}

/// The level of that name; `option` is who names it.
///
/// # Errors
/// [`Code::Option`](crate::Code::Option) if there is none, or this CPU has not got it.
pub fn isa_of(option: &str, name: &str) -> Result<Isa> {
    Isa::available().find(|isa| isa.name() == name).ok_or_else(|| {
        let names: Vec<_> = Isa::available().map(|isa| format!("'{}'", isa.name())).collect();
        let expected = format!("a level that this CPU has: {}", names.join(", "));
        Error::option(option).expected(expected).received(format!("'{name}'"))
    })
}

/// What this build can compute with here, as JSON: the CPU's levels, the fastest last, the threads that the process may
/// use, and whether it is a build with CUDA.
pub fn backends() -> Value {
    let levels: Vec<_> = Isa::available().map(Isa::name).collect();
    json!({ "isa": Isa::best().name(), "levels": levels, "threads": crate::threads::available(), "cuda": HAS_CUDA })
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
    /// Checks what can be known before anybody looks for the device.
    ///
    /// # Errors
    /// [`Code::Device`] if this build has no such device, or the device not that precision.
    pub fn check(self) -> Result<()> {
        if !HAS_CUDA && matches!(self.device, Device::Cuda(_)) {
            return Err(Error::new(Code::Device, "this build computes on the CPU only")
                .with_option("device")
                .expected("'auto' or 'cpu'")
                .received(format!("'{}'", self.device.name()))
                .remedy("leave device at 'auto'"));
        }
        match self.precision {
            Precision::Tf32 if !HAS_CUDA || self.device == Device::Cpu => Err(without_tensor_cores()),
            _ => Ok(()),
        }
    }

    /// Finds the device.
    ///
    /// # Errors
    /// [`Code::Device`] if a GPU that was asked for cannot be used.
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

fn without_tensor_cores() -> Error {
    Error::new(Code::Device, "TF32 is a precision of GPUs")
        .with_option("precision")
        .expected("'f32'")
        .received("'tf32'")
        .remedy("leave precision at 'f32', or compute on a GPU")
}

/// What computes, as the `start` event tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
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

impl Engine {
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
