//! How something is computed: along which path, with which instructions. It changes the time, not the result.
//!
//! The **fused path** is [`vae_kernels`]: the whole step hand-written, in f32. The **reference path** is this crate's
//! equations on candle's tensors, with its autograd: the oracle of the tests, and what computes where the fused path
//! cannot.
use serde_json::{Value, json};
use vae_kernels::Isa;

use crate::error::{Error, Result};

/// What to compute with, where that is not left to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compute {
    /// The SIMD level of the fused path; `None`: the fastest that the CPU has.
    pub isa: Option<Isa>,
    /// Take the reference path even where the fused one would do?
    pub reference: bool,
    /// Are zeros of the data left out of the sums over them?
    pub sparsity: Sparsity,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Engine {
    /// The level of the fused path, or why it is not taken.
    pub path: std::result::Result<Isa, &'static str>,
    /// How many threads compute.
    pub threads: usize,
    /// Are zeros of the data left out?
    pub sparse: bool,
}

impl Engine {
    /// As JSON: device, path and, if it is not the fused one, the reason; threads.
    pub fn to_json(self) -> Value {
        match self.path {
            Ok(isa) => json!({
                "device": "cpu", "path": "fused", "isa": isa.name(), "threads": self.threads, "sparse": self.sparse,
            }),
            Err(reason) => {
                json!({ "device": "cpu", "path": "reference", "reason": reason, "threads": self.threads })
            }
        }
    }
}
