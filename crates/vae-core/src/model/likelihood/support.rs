//! The support of a likelihood: the data values with a density.
use crate::base::error::{Code, Error, Result};
use crate::data::{Dataset, ElementType, Transform};
use crate::model::likelihood::Likelihood;

/// Refuses data outside the support: [0, 1] for Bernoulli and squared error, all finite numbers for the gaussian.
///
/// # Errors
/// [`Code::DataRange`] with the first such value.
pub(crate) fn check_values(what: &str, data: &Dataset, transform: &Transform, likelihood: Likelihood) -> Result<()> {
    let remedy = "scale the data (`scale: 'unit'`), or use `likelihood: 'gaussian'`";
    check_values_or(remedy, what, data, transform, likelihood)
}

/// Refuses data whose units cannot be those of the training set: bytes for a model of floats beyond [0, 1], where
/// value / 255 would mean something else, and floats far outside [0, 1] for a model of bytes. Far is by more than a whole
/// range, which no reconstruction reaches.
///
/// # Errors
/// [`Code::DataRange`].
pub(crate) fn check_units(data: &Dataset, transform: &Transform) -> Result<()> {
    let error = Error::new(Code::DataRange, "the examples are in other units than those of the training set");
    match (transform.elements(), data.element_type()) {
        (ElementType::F32, ElementType::U8) => match transform.range() {
            [0.0, 1.0] => Ok(()),
            [low, high] => Err(error
                .expected(format!("floats from {low} to {high}"))
                .received("bytes, which count as value / 255")
                .remedy("pass the values as floats in the training set's units")),
        },
        (ElementType::U8, ElementType::F32) => match data.range() {
            [low, high] if low < -1.0 || high > 2.0 => Err(error
                .expected("bytes, or floats from 0 to 1, as value / 255")
                .received(format!("floats from {low} to {high}"))
                .remedy("divide them by 255, or pass them as bytes")),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
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
