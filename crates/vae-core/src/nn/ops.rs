//! Functions that candle lacks, or differentiates otherwise at a point, composed of candle's operations; with scalar
//! forms for plain numbers.
use candle_core::{DType, Result, Tensor};
use num_traits::Float;

/// max(0, a), with derivative 0 at 0 as in PyTorch; a NaN passes through, so that a run detects it.
pub fn relu(a: &Tensor) -> Result<Tensor> {
    let zeros = a.zeros_like()?;
    a.le(&zeros)?.where_cond(&zeros, a)
}

/// σ(a) = ½(1 + tanh ½a). The gradient of 1/(1 + e^−a) would be NaN where e^−a overflows.
pub fn sigmoid(a: &Tensor) -> Result<Tensor> {
    (a * 0.5)?.tanh()?.affine(0.5, 0.5)
}

/// ln(1 + eᵃ) = max(a, 0) + ln(1 + e^−|a|), without overflow.
pub fn softplus(a: &Tensor) -> Result<Tensor> {
    a.relu()? + (a.abs()?.neg()?.exp()? + 1.0)?.log()?
}

/// |a|, with derivative 0 at 0.
pub fn magnitude(a: &Tensor) -> Result<Tensor> {
    a * a.detach().sign()?
}

/// eᵃ − 1, accurate near 0 too: there it is computed as 2t/(1 − t) with t = tanh ½a.
pub fn exp_m1(a: &Tensor) -> Result<Tensor> {
    let is_small = a.abs()?.lt(1.0)?;
    let t = (a.clamp(-1.0, 1.0)? * 0.5)?.tanh()?;
    let near = ((&t * 2.0)? / (1.0 - &t)?)?;
    is_small.where_cond(&near, &(a.exp()? - 1.0)?)
}

/// Repeats the row of each example for its L draws.
///
/// # Shapes
/// (B, …) → (B·L, …), row b·L + l is row b
pub fn repeat_rows(a: &Tensor, draws: usize) -> Result<Tensor> {
    if draws == 1 {
        return Ok(a.clone());
    }
    let (rows, rest) = (a.dim(0)?, &a.dims()[1..]);
    let wide = [&[rows, draws], rest].concat();
    let flat = [&[rows * draws], rest].concat();
    a.unsqueeze(1)?.broadcast_as(wide)?.contiguous()?.reshape(flat)
}

/// All values as f32, in order.
pub fn values_f32(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()
}

/// All values as f64, in order.
pub fn values_f64(tensor: &Tensor) -> Result<Vec<f64>> {
    tensor.to_dtype(DType::F64)?.flatten_all()?.to_vec1()
}

/// [`sigmoid`] of a number.
pub fn sigmoid_of<T: Float>(a: T) -> T {
    let e = (-a.abs()).exp();
    if a >= T::zero() { T::one() / (T::one() + e) } else { e / (T::one() + e) }
}

/// [`softplus`] of a number.
pub fn softplus_of<T: Float>(a: T) -> T {
    a.max(T::zero()) + (-a.abs()).exp().ln_1p()
}
