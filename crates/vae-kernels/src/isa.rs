//! The SIMD levels, detected once at run time, so that one binary runs everywhere, and fast where it can. A level
//! decides how many numbers are processed at a time, never the result: each number has one accumulator and one order of
//! operations, whatever the width.

/// A set of vector instructions that the kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Isa {
    /// No vector instructions beyond the target's baseline. On x86-64 its fused multiply-add is a call into libm:
    /// correct but slow, for tests and for CPUs from before 2013.
    Scalar,
    /// x86-64 with AVX2 and FMA: 8 floats, 16 registers.
    Avx2,
    /// x86-64 with AVX-512 F, DQ, BW and VL: 16 floats, 32 registers.
    Avx512,
    /// AArch64: 4 floats, 32 registers.
    Neon,
}

impl Isa {
    /// Every level by its name, slowest first.
    pub const NAMES: [(&'static str, Isa); 4] =
        [("scalar", Isa::Scalar), ("avx2", Isa::Avx2), ("avx512", Isa::Avx512), ("neon", Isa::Neon)];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Scalar => "scalar",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
            Isa::Neon => "neon",
        }
    }

    /// True if this CPU can run it. (Rust caches the answer.)
    pub fn is_available(self) -> bool {
        match self {
            Isa::Scalar => true,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => {
                Isa::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => true,
            #[allow(unreachable_patterns)] // which of them remain depends on the target
            _ => false,
        }
    }

    /// The levels that this CPU can run, slowest first.
    pub fn available() -> impl Iterator<Item = Isa> {
        Self::NAMES.into_iter().map(|(_, isa)| isa).filter(|isa| isa.is_available())
    }

    /// The fastest level that this CPU can run.
    pub fn best() -> Isa {
        Self::available().last().unwrap_or(Isa::Scalar)
    }

    /// Runs `work` compiled for this level, or for the baseline where the CPU lacks it.
    ///
    /// The instances are ordinary Rust, vectorised by the compiler: code inlined into one may use its instructions, and
    /// a remaining call is compiled for the baseline (correct, but slow). So `work` must be a closure marked
    /// `#[inline(always)]`, and so must everything it calls, closures passed on included. Never pass a bare function
    /// name: its call as a closure is a function of its own.
    pub fn run<R>(self, work: impl FnOnce() -> R) -> R {
        match self {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the guard checked the CPU for the features that the instance is compiled with.
            Isa::Avx512 if self.is_available() => unsafe { with_avx512(work) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Isa::Avx2 if self.is_available() => unsafe { with_avx2(work) },
            // The baseline of AArch64 has Neon.
            _ => work(),
        }
    }
}

/// The instance of [`Isa::run`] for [`Isa::Avx512`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
fn with_avx512<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// The instance of [`Isa::run`] for [`Isa::Avx2`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}
