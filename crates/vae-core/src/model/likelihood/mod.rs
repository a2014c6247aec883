//! The likelihood p(x|z): the distribution of an example given the decoder's output. It defines the reconstruction term
//! −log p(x|z), **summed over the dimensions of x**; only [`crate::objective`] takes the mean over examples.
//!
//! Each likelihood has a file here, an implementation of `LikelihoodRules`, and a variant of [`Likelihood`].
use candle_core::{Result, Tensor};
use serde_json::{Value, json};
use vae_kernels::{Key, PixelLoss};

use crate::base::error;
use crate::base::json_reader::JsonReader;
use crate::data::DataStatistics;

mod bernoulli;
mod bounds;
mod gaussian;
mod squared_error;
pub(crate) mod support;

pub use bounds::Bounds;
pub use gaussian::Variance;

/// The distribution of x given z.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Likelihood {
    /// Independent Bernoulli pixels, p = σ(logit). Grey targets in [0, 1] are allowed; the term is then a cross
    /// entropy, not a normalised density.
    #[default]
    Bernoulli,
    /// Σ(x − x̂)² with x̂ = σ(logit): the paper's own reconstruction term, a gaussian with σ² = ½ without its
    /// constants.
    SquaredError,
    /// N(x̂, σ²·I) with x̂ the decoder's output itself, for any real data; keeps its constants.
    Gaussian(Variance),
}

/// The formulas of a likelihood.
trait LikelihoodRules {
    /// The name in options and files.
    fn name(&self) -> &'static str;
    /// True if every value of x must lie in [0, 1].
    fn needs_unit_interval(&self) -> bool;
    /// True if p(x|z) is a normalised density of the data; `binary`: all of them are 0 or 1.
    fn is_normalised(&self, binary: bool) -> bool;
    /// The name of its own parameter, a scalar that starts at 0.
    fn parameter(&self) -> Option<&'static str> {
        None
    }

    /// −log p of each value, given the decoder's output a, the value x, and its own parameter (1).
    ///
    /// # Shapes
    /// a (B, L, D), x (B, 1, D) → (B, L, D)
    fn negative_log(&self, a: &Tensor, x: &Tensor, parameter: Option<&Tensor>) -> Result<Tensor>;

    /// Replaces the decoder's output by E[x|z].
    fn mean(&self, output: &mut [f32]);
    /// σ², given its own parameter; `None` if it has no variance.
    fn variance(&self, _parameter: Option<f64>) -> Option<f64> {
        None
    }
    /// Replaces the mean by a draw from p(x|z); the examples' noise starts at step `first` of the key.
    fn sample(&self, mean: &mut [f32], d: usize, variance: Option<f64>, key: Key, first: u64);

    /// The kernels' term and its factor in −log p, up to constants; `None` if only the reference path supports the
    /// likelihood.
    fn fused(&self) -> Option<(PixelLoss, f64)> {
        None
    }

    /// See [`Likelihood::bounds`].
    fn bounds(&self, train: &DataStatistics, data: &DataStatistics) -> Bounds;
    /// Variance of each dimension under the best constant decoder, (D): scales the variances of the data to units of β.
    /// 0 for a constant dimension, which is ignored.
    fn collapsed_variances(&self, train: &DataStatistics) -> Vec<f64>;
}

impl Likelihood {
    /// The likelihoods by name, with a fixed σ² of 1.
    pub(crate) const NAMES: [(&'static str, Likelihood); 3] = [
        ("bernoulli", Likelihood::Bernoulli),
        ("squared-error", Likelihood::SquaredError),
        ("gaussian", Likelihood::Gaussian(Variance::Fixed(1.0))),
    ];

    fn rules(&self) -> &dyn LikelihoodRules {
        match self {
            Likelihood::Bernoulli => &bernoulli::Bernoulli,
            Likelihood::SquaredError => &squared_error::SquaredError,
            Likelihood::Gaussian(variance) => variance,
        }
    }

    /// The name in options and files.
    pub fn name(self) -> &'static str {
        self.rules().name()
    }

    /// True if every value of x must lie in [0, 1].
    pub fn needs_unit_interval(self) -> bool {
        self.rules().needs_unit_interval()
    }

    /// True if p(x|z) is a normalised density of the data; `binary`: all of them are 0 or 1.
    pub fn is_normalised(self, binary: bool) -> bool {
        self.rules().is_normalised(binary)
    }

    /// The name of its own parameter, if it has one.
    pub(crate) fn parameter(self) -> Option<&'static str> {
        self.rules().parameter()
    }

    /// −log p(x|z) of each row, summed over the dimensions of x, in nats.
    ///
    /// # Shapes
    /// output (B·L, D), x (B, D), parameter (1) → (B·L)
    pub fn negative_log(self, output: &Tensor, x: &Tensor, parameter: Option<&Tensor>) -> Result<Tensor> {
        self.each(output, x, parameter)?.sum(2)?.flatten_all()
    }

    /// The term of each value of x in −log p(x|z), in nats.
    ///
    /// # Shapes
    /// output (B·L, D), x (B, D), parameter (1) → (B, L, D)
    pub fn each(self, output: &Tensor, x: &Tensor, parameter: Option<&Tensor>) -> Result<Tensor> {
        let ((rows, d), b) = (output.dims2()?, x.dim(0)?);
        self.rules().negative_log(&output.reshape((b, rows / b, d))?, &x.unsqueeze(1)?, parameter)
    }

    /// E[x|z], the values of a picture.
    pub fn mean(self, mut output: Vec<f32>) -> Vec<f32> {
        self.rules().mean(&mut output);
        output
    }

    /// σ² of the gaussian likelihood, given ln σ² if it is learned; `None` for the others.
    pub fn variance(self, parameter: Option<f64>) -> Option<f64> {
        self.rules().variance(parameter)
    }

    /// Draws from p(x|z), given its mean in rows of D, for the examples from `first` on.
    pub(crate) fn sample(self, mut mean: Vec<f32>, d: usize, variance: Option<f64>, key: Key, first: u64) -> Vec<f32> {
        self.rules().sample(&mut mean, d, variance, key, first);
        mean
    }

    /// The kernels' term and its factor, if there is one.
    pub(crate) fn fused(self) -> Option<(PixelLoss, f64)> {
        self.rules().fused()
    }

    /// The bounds of −log p(x|z) on data with these statistics, for a model trained on data with statistics `train`.
    pub fn bounds(self, train: &DataStatistics, data: &DataStatistics) -> Bounds {
        self.rules().bounds(train, data)
    }

    /// The variance of each dimension under the best constant decoder, (D).
    pub(crate) fn collapsed_variances(self, train: &DataStatistics) -> Vec<f64> {
        self.rules().collapsed_variances(train)
    }

    /// Reads a name, or `{ type: 'gaussian', variance }`.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the path of the field that is wrong.
    pub(crate) fn from_json(fields: &JsonReader) -> error::Result<Option<Self>> {
        let Some(value) = fields.get("likelihood").filter(|value| value.is_object()) else {
            return fields.word("likelihood", &Self::NAMES);
        };
        let inner = JsonReader::within("likelihood", value, ["type", "variance"])?;
        let named = inner.needed_word("type", &Self::NAMES)?;
        let variance = match inner.get("variance") {
            None => return Ok(Some(named)),
            Some(Value::String(word)) if word == "learned" => Variance::Learned,
            Some(_) => {
                let above_zero = |variance: f64| variance > 0.0 && variance.is_finite();
                let variance = inner.number("variance", "a number above 0 or 'learned'", above_zero)?;
                variance.map_or(Variance::Fixed(1.0), Variance::Fixed)
            }
        };
        if matches!(named, Likelihood::Gaussian(_)) {
            return Ok(Some(Likelihood::Gaussian(variance)));
        }
        Err(inner.refuse("variance", &format!("nothing, as the {} likelihood has no variance", named.name())))
    }

    /// The JSON that [`Likelihood::from_json`] reads.
    pub(crate) fn to_json(self) -> Value {
        match self {
            Likelihood::Gaussian(Variance::Fixed(variance)) => json!({ "type": "gaussian", "variance": variance }),
            Likelihood::Gaussian(Variance::Learned) => json!({ "type": "gaussian", "variance": "learned" }),
            other => json!(other.name()),
        }
    }
}
