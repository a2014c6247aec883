//! The support of a likelihood: the data values with a density.
use crate::base::error::{Code, Error, Result};
use crate::data::{Dataset, Transform};
use crate::model::likelihood::Likelihood;

/// Refuses data outside the support: [0, 1] for Bernoulli and squared error, all finite numbers for the gaussian.
///
/// # Errors
/// [`Code::DataRange`] with the first such value.
pub(crate) fn check_values(what: &str, data: &Dataset, transform: &Transform, likelihood: Likelihood) -> Result<()> {
    let remedy = "scale the data (`scale: 'unit'`), or use `likelihood: 'gaussian'`";
    check_values_or(remedy, what, data, transform, likelihood)
}

/// [`check_values`] with another remedy: a trained model has a scale and a likelihood already.
///
/// # Errors
/// As for [`check_values`].
pub(crate) fn check_values_or(
    remedy: &str,
    what: &str,
    data: &Dataset,
    transform: &Transform,
    likelihood: Likelihood,
) -> Result<()> {
    let unit = likelihood.needs_unit_interval();
    let (low, high) = if unit { (0.0, 1.0) } else { (f32::MIN, f32::MAX) };
    let Some((example, position, value)) = data.check_range(transform, low, high) else { return Ok(()) };
    let error = Error::new(Code::DataRange, format!("{what}: value {position} of example {example}"))
        .index(example as u64)
        .received(value);
    if !value.is_finite() {
        return Err(error.expected("a finite number").remedy("remove or replace such values first"));
    }
    Err(error.expected(format!("a number from 0 to 1, as the {} likelihood needs", likelihood.name())).remedy(remedy))
}
