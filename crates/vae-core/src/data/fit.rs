//! Fit of a transform to a training set.
use super::dataset::Dataset;
use super::preprocessing::{Binarize, Scale};
use super::transform::{Byte, ElementType, Normalize, Transform};

impl Transform {
    /// Fits the scaling requested by the data set's [`Preprocessing`](super::Preprocessing).
    pub fn fit(data: &Dataset) -> Self {
        let preprocessing = data.preprocessing();
        let elements = data.element_type();
        let byte = match (elements, preprocessing.scale) {
            (_, Some(Scale::None)) => Byte::Number,
            (ElementType::U8, Some(Scale::Unit)) => Byte::Pixel,
            (ElementType::U8, _) if data.counts_as_bits() => Byte::Bit,
            // A scaling fitted on floats is in their units, so a later u8 counts as a plain number.
            (ElementType::F32, Some(_)) => Byte::Number,
            _ => Byte::Pixel,
        };
        let mut transform = Self { elements, byte, normalize: Normalize::None, binarize: Binarize::None };
        transform.normalize = match (preprocessing.scale, elements) {
            (Some(Scale::Unit), ElementType::F32) => range(data, &transform),
            (Some(Scale::Standardize), _) => columns(data, &transform),
            _ => Normalize::None,
        };
        transform.binarize = preprocessing.binarize;
        transform
    }
}

/// The smallest and the largest value of the data set.
fn range(data: &Dataset, transform: &Transform) -> Normalize {
    let (mut minimum, mut maximum) = (f32::INFINITY, f32::NEG_INFINITY);
    data.for_each(transform, |example| {
        for &x in example {
            minimum = minimum.min(x);
            maximum = maximum.max(x);
        }
    });
    Normalize::Range { minimum, maximum }
}

/// Mean and standard deviation of every column, in two passes and f64: mean = Σx / n, deviation² = Σ(x − mean)² / n.
fn columns(data: &Dataset, transform: &Transform) -> Normalize {
    let n = data.len().max(1) as f64;
    let mut mean = vec![0f64; data.shape().size()];
    data.for_each(transform, |example| mean.iter_mut().zip(example).for_each(|(sum, &x)| *sum += f64::from(x)));
    mean.iter_mut().for_each(|sum| *sum /= n);
    let mut variance = vec![0f64; mean.len()];
    data.for_each(transform, |example| {
        for ((sum, mean), &x) in variance.iter_mut().zip(&mean).zip(example) {
            *sum += (f64::from(x) - mean).powi(2);
        }
    });
    // A constant column becomes 0, without a division by zero.
    let deviation = |&sum: &f64| if sum > 0.0 { (sum / n).sqrt() as f32 } else { 1.0 };
    Normalize::Columns {
        deviation: variance.iter().map(deviation).collect(),
        mean: mean.iter().map(|&mean| mean as f32).collect(),
    }
}
