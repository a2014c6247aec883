//! Compute settings: device, path, instructions. They change the time, not the result, except for `precision`.
//!
//! The **fused path** is [`vae_kernels`]: the whole step hand-written, in f32, for the CPU and for a GPU. The
//! **reference path** is this crate's equations on candle's tensors, with its autograd: the oracle of the tests, and
//! the fallback for whatever the fused path does not support.
use vae_kernels::Isa;
pub use vae_kernels::gpu::Precision;

use crate::base::error::{Code, Error, Result};

/// Compute settings that override the engine's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compute {
    /// The device.
    pub device: Device,
    /// The SIMD level of the fused path; `None`: the fastest that the CPU supports.
    pub isa: Option<Isa>,
    /// Set to use the reference path even where the fused one is available.
    pub reference: bool,
    /// Omission of zeros of the data from sums over them.
    pub sparsity: Sparsity,
    /// Precision of a GPU's products in a training step.
    pub precision: Precision,
    /// Set to launch a GPU's kernels one by one instead of many steps as one graph.
    pub one_by_one: bool,
    /// Ensemble size: launches a GPU's steps together with those of other runs in this process whose models and data
    /// are alike; `None`: separate launches for each run.
    pub members: Option<usize>,
}

/// The device to compute on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// CUDA's first GPU, if this build and this machine support one; else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The GPU of this number in CUDA's order.
    Cuda(usize),
}

/// True if this build supports NVIDIA GPUs.
pub const HAS_CUDA: bool = cfg!(feature = "cuda");

impl Device {
    /// The device of that name: "auto", "cpu", "cuda" or "cuda:1". `None` if unknown.
    pub fn parse(name: &str) -> Option<Self> {
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

/// Omission of zeros of the data from sums over them. The result is bit-identical.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sparsity {
    /// If it is faster.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// Share of non-zero values below which omitting zeros always pays. Measured on the reference VAE at AVX2 and AVX-512:
/// above it, zeros at random positions give no gain; zeros confined to some pixels do, up to twice this share.
const SPARSE: f64 = 0.4;

impl Sparsity {
    /// Every choice by its name in options.
    pub const NAMES: [(&'static str, Sparsity); 3] =
        [("auto", Sparsity::Auto), ("on", Sparsity::On), ("off", Sparsity::Off)];

    /// True if zeros are omitted at this share of non-zero values.
    pub fn skips_zeros(self, density: f64) -> bool {
        match self {
            Sparsity::Auto => density < SPARSE,
            Sparsity::On => true,
            Sparsity::Off => false,
        }
    }
}

/// The level of that name; `option` is the option that names it.
///
/// # Errors
/// [`Code::Option`] if there is none, or this CPU lacks it.
pub fn parse_isa(option: &str, name: &str) -> Result<Isa> {
    Isa::available().find(|isa| isa.name() == name).ok_or_else(|| {
        let names: Vec<_> = Isa::available().map(|isa| format!("'{}'", isa.name())).collect();
        let expected = format!("a level that this CPU has: {}", names.join(", "));
        Error::option(option).expected(expected).received(format!("'{name}'"))
    })
}

impl Compute {
    /// Checks the settings before the device is opened.
    ///
    /// # Errors
    /// [`Code::Device`] if this build lacks the device, or the device lacks the precision.
    pub fn check(self) -> Result<()> {
        if !HAS_CUDA && matches!(self.device, Device::Cuda(_)) {
            return Err(Error::new(Code::Device, "this build computes on the CPU only")
                .with_option("device")
                .expected("'auto' or 'cpu'")
                .received(format!("'{}'", self.device.name()))
                .remedy("leave `device: 'auto'`"));
        }
        match self.precision {
            Precision::Tf32 if !HAS_CUDA || self.device == Device::Cpu => Err(without_tensor_cores()),
            _ => Ok(()),
        }
    }
}

pub(crate) fn without_tensor_cores() -> Error {
    Error::new(Code::Device, "TF32 is a precision of GPUs")
        .with_option("precision")
        .expected("'f32'")
        .received("'tf32'")
        .remedy("leave `precision: 'f32'`, or compute on a GPU")
}
