//! Forecast of the critical β before training, from a part of the data, in some hundredths of a second.
use nalgebra::{DMatrix, SymmetricEigen};

use super::scaled::{Product, SEED, Scaled, row_major};
use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;
use crate::base::threads::Threads;
use crate::data::{Dataset, Transform};
use crate::model::likelihood::Likelihood;

/// Number of values in each of the two samples.
const SAMPLE: usize = 1 << 22;
/// Minimum of examples in each.
const MIN_EXAMPLES: usize = 64;
/// Number of directions compared.
const DIRECTIONS: usize = 4;
/// Products of the covariance with these directions.
const PRODUCTS: usize = 8;

/// Estimate of the critical β of data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// The estimate.
    pub critical_beta: f64,
    /// Its standard error; 0 if it was computed from all examples.
    pub standard_error: f64,
    /// Number of examples that it was computed from.
    pub examples: usize,
}

impl Forecast {
    /// Estimates the critical β from two samples of 2²² values each, or computes it if one holds all examples.
    ///
    /// The largest variance λ of a sample of n examples is too high: it counts the noise that happens to lie along its
    /// direction, for white noise λ = (1 + √(D/n))² in place of 1. Along the same direction, the second sample has the
    /// variance v without that noise. For a direction that stands out of the noise, of variance ℓ in the limit of many
    /// examples, λ·v tends to ℓ² (ℓ = −1/m and v = 1/(λ·m²), m the companion Stieltjes transform at λ; Bai and Ding 2012,
    /// Ledoit and Péché 2011), and λ falls to ℓ as 1/n. So for all N examples
    ///
    /// ```text
    /// critical β = ℓ + (n/N)·(λ − ℓ),   ℓ = √(λ·v),
    /// ```
    ///
    /// the largest over a few directions. A direction that the sample cannot tell from noise, ℓ < 1 + √(D/n), gives too
    /// high a value, not too low a one.
    ///
    /// Measured on N examples of D normal values of variance 1, the first of variance ℓ, with a gaussian likelihood of
    /// σ² = 1: the largest variance that theory gives for all examples (as in `tests/spectrum.rs`), for one sample, and
    /// the forecast:
    ///
    /// ```text
    ///      N       D     ℓ     n     all   sample   forecast
    ///   5000   12288     5   341    8.07    49.0     9.92 ± 0.40   cannot be told from noise
    ///   5000   12288    20   341   22.59    57.9    22.49 ± 1.01
    ///   2048    8192     1   512    9.00    25.0     9.84 ± 0.23
    ///   2048    8192    25   512   29.17    41.7    28.03 ± 1.07
    ///  20000    3072     1  1365    1.94     6.25    2.77 ± 0.07
    ///  20000    3072     3  1365    3.23     6.38    3.13 ± 0.08
    ///  20000    3072     5  1365    5.19     7.81    5.00 ± 0.13
    ///  60000     784     1  5349    1.24     1.91    1.43 ± 0.02
    ///  60000     784     2  5349    2.03     2.29    2.02 ± 0.03
    ///  MNIST (bernoulli)    5349   32.23            32.54 ± 0.58
    /// ```
    ///
    /// # Errors
    /// [`Code::Aborted`](crate::Code::Aborted) if `token` was cancelled.
    pub fn from_data(
        data: &Dataset,
        transform: &Transform,
        likelihood: Likelihood,
        threads: &Threads,
        token: &CancelToken,
    ) -> Result<Self> {
        let rows = (SAMPLE / data.shape().size()).max(MIN_EXAMPLES);
        let Some((sample, second)) = samples(data, rows)? else {
            let scaled = Scaled::fit(data, transform, likelihood)?;
            let (eigenvalues, _) = leading(&scaled, data, DIRECTIONS, threads, token)?;
            let critical_beta = eigenvalues.first().map_or(0.0, |value| value.max(0.0));
            return Ok(Self { critical_beta, standard_error: 0.0, examples: data.len() });
        };
        let scaled = Scaled::fit(&sample, transform, likelihood)?;
        let (variances, directions) = leading(&scaled, &sample, DIRECTIONS, threads, token)?;
        let along = threads.with_pool(|| variances_along(&scaled, &second, &directions, token))??;
        let part = sample.len() as f64 / data.len() as f64;
        let estimates = variances.into_iter().zip(along).map(|(variance, (second, error))| {
            let limit = (variance * second).max(0.0).sqrt();
            // Each factor of √(λ·v) has the relative error of v.
            let standard_error = if second > 0.0 { limit * error / second / 2f64.sqrt() } else { 0.0 };
            (limit + part * (variance - limit), standard_error)
        });
        let (critical_beta, standard_error) = estimates.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default();
        Ok(Self { critical_beta, standard_error, examples: sample.len() + second.len() })
    }

    /// True if this β is above the critical one by more than chance explains: three standard errors.
    pub fn is_exceeded_by(&self, beta: f64) -> bool {
        beta > self.critical_beta + 3.0 * self.standard_error
    }
}

/// Two samples of at most `rows` examples without a common one; `None` if one holds all examples.
fn samples(data: &Dataset, rows: usize) -> Result<Option<(Dataset, Dataset)>> {
    if rows >= data.len() {
        return Ok(None);
    }
    let (rest, sample) = data.split(rows as f64 / data.len() as f64, SEED, false)?;
    let second = if rows < rest.len() { rest.split(rows as f64 / rest.len() as f64, SEED + 1, false)?.1 } else { rest };
    Ok(Some((sample, second)))
}

/// Computes the largest variances and their directions (D, k), descending, in the span of all [`PRODUCTS`] products of
/// the covariance with `k` random directions (block Lanczos; Musco and Musco 2015). In noise, whose largest variances
/// lie close together, the last product alone would need many more passes. Keeps all of the rescaled data in memory.
fn leading(
    scaled: &Scaled,
    data: &Dataset,
    k: usize,
    threads: &Threads,
    token: &CancelToken,
) -> Result<(Vec<f64>, DMatrix<f64>)> {
    let (d, k) = (scaled.size(), scaled.size().min(k));
    let mut batches = Vec::new();
    token.set_total(data.len() as u64);
    threads.with_pool(|| {
        scaled.each_batch(data, token, |y| {
            batches.push(y.clone());
            Ok(())
        })
    })??;
    let mut block = scaled.random_basis(k);
    let (mut basis, mut products) = (DMatrix::zeros(d, 0), DMatrix::zeros(d, 0));
    for _ in 0..PRODUCTS {
        token.check()?;
        let product = threads.with_pool(|| {
            let mut product = Product::new(&block)?;
            batches.iter().try_for_each(|y| product.add(y))?;
            product.mean(data.len())
        })??;
        basis = beside(&basis, &block);
        products = beside(&products, &product);
        block = product;
        // The second time removes what rounding left in the first.
        for _ in 0..2 {
            let inside = &basis * (basis.transpose() * &block);
            block = (block - inside).qr().q();
        }
        if basis.ncols() + k > d || (basis.transpose() * &block).amax() > 1e-9 {
            break; // Nothing is left outside the span.
        }
    }
    let projected = basis.transpose() * &products;
    let found = SymmetricEigen::new((&projected + projected.transpose()) * 0.5);
    let mut order: Vec<usize> = (0..basis.ncols()).collect();
    order.sort_by(|&i, &j| found.eigenvalues[j].total_cmp(&found.eigenvalues[i]));
    order.truncate(k);
    let variances = order.iter().map(|&i| found.eigenvalues[i]).collect();
    Ok((variances, basis * found.eigenvectors.select_columns(&order)))
}

/// Variances of `data` along each of these directions (D, k), with their standard errors.
fn variances_along(
    scaled: &Scaled,
    data: &Dataset,
    directions: &DMatrix<f64>,
    token: &CancelToken,
) -> Result<Vec<(f64, f64)>> {
    let (k, n) = (directions.ncols(), data.len() as f64);
    let v = row_major(directions)?;
    let mut positions: Vec<Vec<f64>> = vec![Vec::with_capacity(data.len()); k];
    scaled.each_batch(data, token, |y| {
        for row in y.matmul(&v)?.to_vec2::<f32>()? {
            positions.iter_mut().zip(row).for_each(|(along, position)| along.push(f64::from(position)));
        }
        Ok(())
    })?;
    let moments = |along: Vec<f64>| {
        let mean = along.iter().sum::<f64>() / n;
        let squares = || along.iter().map(|position| (position - mean).powi(2));
        let variance = squares().sum::<f64>() / (n - 1.0).max(1.0);
        let spread = squares().map(|square| (square - variance).powi(2)).sum::<f64>() / n;
        (variance, (spread / n).sqrt())
    };
    Ok(positions.into_iter().map(moments).collect())
}

/// The columns of both.
fn beside(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    DMatrix::from_iterator(a.nrows(), a.ncols() + b.ncols(), a.iter().chain(b.iter()).copied())
}
