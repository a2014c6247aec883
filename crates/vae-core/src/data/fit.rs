//! Fit of a transform to a training set.
use super::dataset::Dataset;
use super::preprocessing::{Binarize, Scale};
use super::transform::{ElementType, Normalize, Transform};
use super::units::{Byte, bounds};

impl Transform {
    /// Fits the scaling requested by the data set's [`Preprocessing`](super::Preprocessing).
    pub fn fit(data: &Dataset) -> Self {
        let preprocessing = data.preprocessing();
        let elements = data.element_type();
        let byte = match (elements, preprocessing.scale, data.byte()) {
            (ElementType::U8, Some(Scale::None), Byte::Pixel) => Byte::Number,
            (_, _, byte) => byte,
        };
        let range = match elements {
            ElementType::U8 => None,
            ElementType::F32 => Some(range(data)),
        };
        let mut transform =
            Self { elements, byte, normalize: Normalize::None, binarize: Binarize::None, range, clamp: false };
        transform.normalize = match (preprocessing.scale, range) {
            (Some(Scale::Unit), Some([minimum, maximum])) => Normalize::Range { minimum, maximum },
            (Some(Scale::Standardize), _) => columns(data, &transform),
            _ => Normalize::None,
        };
        transform.binarize = preprocessing.binarize;
        transform
    }

    /// Fits the scaling for a model whose likelihood needs values in [0, 1], or takes any. Where it needs them, floats
    /// scaled to [0, 1] stay there: a later value beyond the training set's range counts as its end, so that no other
    /// part is refused by chance. A likelihood of all real values receives such values as they are.
    pub fn fit_for(data: &Dataset, needs_unit_interval: bool) -> Self {
        let transform = Self::fit(data);
        Self { clamp: needs_unit_interval && matches!(transform.normalize, Normalize::Range { .. }), ..transform }
    }

    /// Number of values of the data that lie beyond the training set's range and count as its ends.
    pub fn clamped(&self, data: &Dataset) -> usize {
        let Normalize::Range { minimum, maximum } = self.normalize else { return 0 };
        if !self.clamp {
            return 0;
        }
        let is_beyond = |x: &&f32| !(minimum..=maximum).contains(*x);
        let rows = (0..data.len()).filter_map(|row| data.floats(row));
        rows.map(|example| example.iter().filter(is_beyond).count()).sum()
    }
}

/// The smallest and the largest value of the view.
fn range(data: &Dataset) -> [f32; 2] {
    let rows = (0..data.len()).filter_map(|row| data.floats(row)).map(bounds);
    rows.fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], [a, b]| [low.min(a), high.max(b)])
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
