//! How something is computed: along which path, with which instructions. It changes the time, not the result, unless one
//! asks for less precision.
//!
//! The **fused path** is [`vae_kernels`]: the whole step hand-written, in f32, for the CPU and for a GPU. The **reference
//! path** is this crate's equations on candle's tensors, with its autograd: the oracle of the tests, and what computes
//! where the fused path cannot.
use vae_kernels::Isa;
pub use vae_kernels::gpu::Precision;

use crate::base::error::{Code, Error, Result};

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
/// [`Code::Option`] if there is none, or this CPU has not got it.
pub fn isa_of(option: &str, name: &str) -> Result<Isa> {
    Isa::available().find(|isa| isa.name() == name).ok_or_else(|| {
        let names: Vec<_> = Isa::available().map(|isa| format!("'{}'", isa.name())).collect();
        let expected = format!("a level that this CPU has: {}", names.join(", "));
        Error::option(option).expected(expected).received(format!("'{name}'"))
    })
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
