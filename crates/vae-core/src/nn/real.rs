//! One body for f32 (training) and f64 (the gradient checks): numbers, and their way in and out of candle's storage.
use candle_core::{CpuStorage, DType, Layout, Result, Tensor, WithDType, bail};
use rayon::prelude::*;

/// f32 or f64.
pub(crate) trait Real: WithDType + num_traits::Float + Send + Sync {
    /// This type's own slice of a storage that is written in place.
    fn slice_mut(storage: &mut CpuStorage) -> Result<&mut [Self]>;
}

macro_rules! real {
    ($type:ty, $variant:ident) => {
        impl Real for $type {
            fn slice_mut(storage: &mut CpuStorage) -> Result<&mut [Self]> {
                match storage {
                    CpuStorage::$variant(values) => Ok(values),
                    _ => bail!("expected {}", stringify!($type)),
                }
            }
        }
    };
}
real!(f32, F32);
real!(f64, F64);

#[cfg(test)]
thread_local! {
    /// Does this thread do without the loops even on the CPU?
    pub(crate) static WITHOUT_LOOPS: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Are there loops of this crate's for a tensor, as there are on the CPU? Elsewhere the same is said in candle's own
/// operations.
pub(crate) fn has_loops(tensor: &Tensor) -> bool {
    #[cfg(test)]
    if WITHOUT_LOOPS.get() {
        return false;
    }
    tensor.device().is_cpu()
}

/// A constant of the equations in either precision.
pub(crate) fn real<T: Real>(value: f64) -> T {
    // WithDType's own conversion cannot fail, unlike num_traits' cast.
    <T as WithDType>::from_f64(value)
}

/// The values of a contiguous operand.
pub(crate) fn slice<'a, T: Real>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [T]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&T::cpu_storage_as_slice(storage)?[start..end]),
        None => bail!("expected a contiguous operand"),
    }
}

/// The values of a contiguous destination.
pub(crate) fn slice_mut<'a, T: Real>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [T]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&mut T::slice_mut(storage)?[start..end]),
        None => bail!("expected a contiguous destination"),
    }
}

/// Runs `$body` with `$T` bound to the type that `$storage` holds.
macro_rules! in_precision_of {
    ($storage:expr, $T:ident => $body:expr) => {
        match $storage {
            candle_core::CpuStorage::F64(_) => {
                type $T = f64;
                $body
            }
            _ => {
                type $T = f32;
                $body
            }
        }
    };
}
pub(crate) use in_precision_of;

/// How many values one thread takes at a time: enough to be worth handing over, few enough to even out.
/// Chunks do not depend on the number of threads, so results do not either.
pub(crate) const CHUNK: usize = 8192;

/// `f(a, b)` for each pair, on the threads of the current pool.
pub(crate) fn zip_map<T: Real>(a: &[T], b: &[T], f: impl Fn(T, T) -> T + Sync) -> Vec<T> {
    let mut out = vec![T::zero(); a.len()];
    out.par_chunks_mut(CHUNK).zip(a.par_chunks(CHUNK)).zip(b.par_chunks(CHUNK)).for_each(|((out, a), b)| {
        for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
            *out = f(a, b);
        }
    });
    out
}

/// All values of a tensor as f64, in order.
pub(crate) fn values_f64(tensor: &Tensor) -> Result<Vec<f64>> {
    tensor.to_dtype(DType::F64)?.flatten_all()?.to_vec1()
}

/// All values of a tensor as f32, in order.
pub(crate) fn values_f32(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()
}
