//! Peak of the cores: the rate of fused multiply-adds that wait for nothing.
use std::sync::Mutex;
use std::time::Instant;

use crate::isa::Isa;
use crate::levels::at_level;
use crate::net::{Affine, Net};
use crate::simd::Simd;
use crate::team::Team;

/// Chains of multiply-adds side by side: more than any CPU needs to hide their latency, and few enough for the
/// registers of AVX2; NEON and AVX-512 have more.
const CHAINS: usize = 12;

/// Multiply-adds of a chain in one measurement, a few milliseconds.
const LENGTH: usize = 1 << 20;

/// Floating-point operations per second of a team whose threads do nothing but multiply and add in registers: the best
/// of a few short measurements.
///
/// # Panics
/// If the CPU does not offer the level.
pub fn fma_peak(isa: Isa, team: &mut Team) -> f64 {
    assert!(isa.is_available(), "this CPU has no {}", isa.name());
    let mut best = 0.0f64;
    for _ in 0..8 {
        let total = Mutex::new(0.0);
        team.run(&|_, _| {
            let mut rate = 0.0;
            // SAFETY: the CPU offers the level.
            unsafe { at_level!(isa, measure(&mut rate)) };
            if let Ok(mut total) = total.lock() {
                *total += rate;
            }
        });
        best = best.max(total.into_inner().unwrap_or_default());
    }
    best
}

/// # Safety
/// The CPU must offer the level.
#[inline(always)]
unsafe fn measure<S: Simd>(rate: &mut f64) {
    let start = Instant::now();
    // SAFETY: guaranteed by the caller; registers only.
    unsafe {
        let a = S::splat(std::hint::black_box(0.999));
        let b = S::splat(std::hint::black_box(0.001));
        let mut chains = [b; CHAINS];
        for _ in 0..LENGTH {
            for chain in &mut chains {
                *chain = S::fma(*chain, a, b);
            }
        }
        let mut out = [0.0f32; 16];
        for chain in chains {
            S::store(out.as_mut_ptr(), chain);
            std::hint::black_box(&mut out);
        }
    }
    let floats = 16 / S::REGISTERS;
    *rate = (2 * CHAINS * LENGTH * floats) as f64 / start.elapsed().as_secs_f64();
}

impl Net {
    /// Multiplications and additions of one training step's products: forward, the gradients of all weights, and those
    /// of all layers' inputs but the data.
    pub fn step_flops(&self, examples: usize, draws: usize) -> f64 {
        let decoder = self.decoder.iter().chain(std::iter::once(&self.output));
        let in_decoder = |layer: &Affine| decoder.clone().any(|other| other.weight == layer.weight);
        self.layers()
            .map(|layer| {
                let products = if layer.reads_data { 2 } else { 3 };
                let rows = examples * if in_decoder(layer) { draws } else { 1 };
                2.0 * (products * layer.fan_in * layer.fan_out * rows) as f64
            })
            .sum()
    }
}
