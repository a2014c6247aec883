//! The likelihood p(x|z): how the decoder's output explains an example. It decides the reconstruction term
//! −log p(x|z), **summed over the dimensions of x**; the mean over examples is taken in one place, [`crate::objective::elbo`].
pub(crate) mod support;

use candle_core::{CpuStorage, CustomOp2, InplaceOp3, Layout, Result, Shape, Tensor, WithDType};
use rayon::prelude::*;

use crate::nn::activation::{sigmoid, sigmoid_of, softplus, softplus_of};
use crate::nn::real::{Real, has_loops, in_precision_of, real, slice};

/// The distribution of x given z.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Likelihood {
    /// Independent Bernoulli pixels, p = σ(logit). Grey targets in [0, 1] are allowed; the term is then a cross
    /// entropy and not a normalised density.
    #[default]
    Bernoulli,
    /// Σ(x − x̂)² with x̂ = σ(logit): the paper's own reconstruction term, a gaussian of σ² = ½ without its constants.
    SquaredError,
    /// N(x̂, σ²·I) with x̂ the decoder's output itself, for any real data; its constants are kept.
    Gaussian(Variance),
}

/// The one scalar σ² of the gaussian likelihood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Variance {
    /// Given.
    Fixed(f64),
    /// Found by training: its logarithm is a parameter, 0 at the start.
    Learned,
}

impl Likelihood {
    /// The name in options and files.
    pub fn name(self) -> &'static str {
        match self {
            Likelihood::Bernoulli => "bernoulli",
            Likelihood::SquaredError => "squared-error",
            Likelihood::Gaussian(_) => "gaussian",
        }
    }

    /// Must every value of x lie in [0, 1]?
    pub fn needs_unit_interval(self) -> bool {
        !matches!(self, Likelihood::Gaussian(_))
    }

    /// −log p(x|z) of each row, summed over the dimensions of x, in nats.
    ///
    /// # Shapes
    /// output (B·L, D), x (B, D), `log_variance` (1) where σ² is learned → (B·L)
    pub fn negative_log(self, output: &Tensor, x: &Tensor, log_variance: Option<&Tensor>) -> Result<Tensor> {
        let dimensions = output.dim(1)? as f64;
        let sum = match has_loops(output) {
            true => output.contiguous()?.apply_op2(&x.contiguous()?, RowSum(self.term()))?,
            false => self.term().expression(output, x)?,
        };
        match self {
            Likelihood::Bernoulli | Likelihood::SquaredError => Ok(sum),
            Likelihood::Gaussian(Variance::Fixed(variance)) => {
                let (scale, constant) = self.scale_and_constant(Some(variance));
                sum.affine(scale, dimensions * constant)
            }
            Likelihood::Gaussian(Variance::Learned) => {
                let Some(s) = log_variance else { candle_core::bail!("a learned variance has a parameter") };
                let scaled = sum.affine(0.5, 0.)?.broadcast_mul(&s.neg()?.exp()?)?;
                scaled.broadcast_add(&s.affine(0.5 * dimensions, 0.5 * dimensions * std::f64::consts::TAU.ln())?)
            }
        }
    }

    /// What each value of x adds to −log p(x|z), in nats; `variance` is the gaussian's σ².
    ///
    /// # Shapes
    /// output (n, D), x (n, D) → (n, D)
    pub fn each(self, output: &[f32], x: &[f32], variance: Option<f64>) -> Vec<f32> {
        let (term, (scale, constant)) = (self.term(), self.scale_and_constant(variance));
        let value = |(&a, &x): (&f32, &f32)| (scale * term.value(f64::from(a), f64::from(x)) + constant) as f32;
        output.iter().zip(x).map(value).collect()
    }

    /// Each row's term, summed over the dimensions of x: what depends on the data in −log p(x|z).
    ///
    /// # Shapes
    /// output (n·L, D), x (n, D) → (n·L)
    pub(crate) fn term_sums(self, output: &[f32], x: &[f32], dimensions: usize) -> Vec<f64> {
        row_sums(self.term(), output, x, dimensions)
    }

    /// −log p(x|z) in nats of a row whose term sums to `sum`; `variance` is the gaussian's σ².
    pub fn negative_log_of(self, sum: f64, dimensions: usize, variance: Option<f64>) -> f64 {
        let (scale, constant) = self.scale_and_constant(variance);
        scale * sum + dimensions as f64 * constant
    }

    fn term(self) -> Term {
        match self {
            Likelihood::Bernoulli => Term::CrossEntropy,
            Likelihood::SquaredError => Term::SquaredSigmoid,
            Likelihood::Gaussian(_) => Term::Squared,
        }
    }

    /// What a term is multiplied by, and what each dimension adds besides: ½(x − x̂)²/σ² + ½ ln 2πσ².
    fn scale_and_constant(self, variance: Option<f64>) -> (f64, f64) {
        let variance = variance.unwrap_or(1.0);
        match self {
            Likelihood::Bernoulli | Likelihood::SquaredError => (1.0, 0.0),
            Likelihood::Gaussian(_) => (0.5 / variance, 0.5 * (std::f64::consts::TAU * variance).ln()),
        }
    }

    /// E[x|z], what a picture shows: σ(logit), or the output itself for the gaussian.
    pub fn mean(self, output: &[f32]) -> Vec<f32> {
        match self {
            Likelihood::Gaussian(_) => output.to_vec(),
            _ => output.iter().map(|&logit| sigmoid(logit)).collect(),
        }
    }
}

/// What one dimension adds, as a function of the decoder's output a and the value x.
#[derive(Debug, Clone, Copy)]
enum Term {
    CrossEntropy,
    SquaredSigmoid,
    Squared,
}

impl Term {
    fn value<T: Real>(self, a: T, x: T) -> T {
        match self {
            // −x ln σ(a) − (1 − x) ln(1 − σ(a)), from the logit: neither logarithm can see a 0.
            Term::CrossEntropy => softplus(a) - a * x,
            Term::SquaredSigmoid => {
                let error = sigmoid(a) - x;
                error * error
            }
            Term::Squared => (a - x) * (a - x),
        }
    }

    /// ∂value/∂a.
    /// Σ over the dimensions of each row in candle's own operations, for a device that there is no loop for.
    ///
    /// # Shapes
    /// a (B·L, D), x (B, D) → (B·L)
    fn expression(self, a: &Tensor, x: &Tensor) -> Result<Tensor> {
        let ((rows, d), b) = (a.dims2()?, x.dim(0)?);
        let (a, x) = (a.reshape((b, rows / b, d))?, x.unsqueeze(1)?);
        let terms = match self {
            Term::CrossEntropy => softplus_of(&a)? - a.broadcast_mul(&x)?,
            Term::SquaredSigmoid => sigmoid_of(&a)?.broadcast_sub(&x)?.sqr(),
            Term::Squared => a.broadcast_sub(&x)?.sqr(),
        };
        terms?.sum(2)?.reshape(rows)
    }

    fn derivative<T: Real>(self, a: T, x: T) -> T {
        let two = real::<T>(2.0);
        match self {
            Term::CrossEntropy => sigmoid(a) - x,
            Term::SquaredSigmoid => {
                let p = sigmoid(a);
                two * (p - x) * p * (T::one() - p)
            }
            Term::Squared => two * (a - x),
        }
    }
}

/// The sum of a term over the dimensions of each row; row r of the output a (n·L, D) belongs to row r / L of x (n, D).
///
/// Hundreds of terms of different size: f64 keeps the sum's own error below that of its terms.
fn row_sums<T: Real>(term: Term, a: &[T], x: &[T], dimensions: usize) -> Vec<f64> {
    let draws = a.len() / x.len();
    let row = |(r, a): (usize, &[T])| {
        let x = &x[r / draws * dimensions..][..dimensions];
        a.iter().zip(x).map(|(&a, &x)| WithDType::to_f64(term.value(a, x))).sum()
    };
    a.par_chunks_exact(dimensions).enumerate().map(row).collect()
}

/// [`row_sums`] as an operation on tensors.
struct RowSum(Term);

impl CustomOp2 for RowSum {
    fn name(&self) -> &'static str {
        "likelihood"
    }

    fn cpu_fwd(&self, a: &CpuStorage, al: &Layout, x: &CpuStorage, xl: &Layout) -> Result<(CpuStorage, Shape)> {
        let (rows, d) = al.shape().dims2()?;
        let out = in_precision_of!(a, T => {
            let sums = row_sums::<T>(self.0, slice(a, al)?, slice(x, xl)?, d);
            <T as WithDType>::to_cpu_storage_owned(sums.into_iter().map(|sum| sum as T).collect())
        });
        Ok((out, Shape::from(rows)))
    }

    fn bwd(&self, a: &Tensor, x: &Tensor, _sum: &Tensor, dsum: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let da = a.detach().copy()?;
        da.inplace_op3(x, &dsum.contiguous()?, &RowGradient(self.0))?;
        Ok((Some(da), None)) // x is data: nobody asks for its gradient
    }
}

/// a ← ∂sum_r · ∂value/∂a.
struct RowGradient(Term);

impl InplaceOp3 for RowGradient {
    fn name(&self) -> &'static str {
        "likelihood gradient"
    }

    fn cpu_fwd(
        &self,
        a: &mut CpuStorage,
        al: &Layout,
        x: &CpuStorage,
        xl: &Layout,
        dsum: &CpuStorage,
        dl: &Layout,
    ) -> Result<()> {
        let (rows, d) = al.shape().dims2()?;
        let l = rows / xl.dims()[0];
        in_precision_of!(x, T => {
            let (x, dsum) = (slice::<T>(x, xl)?, slice::<T>(dsum, dl)?);
            let a = crate::nn::real::slice_mut::<T>(a, al)?;
            a.par_chunks_mut(d).enumerate().for_each(|(r, a)| {
                for (a, &x) in a.iter_mut().zip(&x[r / l * d..][..d]) {
                    *a = dsum[r] * self.0.derivative(*a, x);
                }
            });
        });
        Ok(())
    }
}
