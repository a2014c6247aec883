//! Share of the data that is not 0.
use super::dataset::Dataset;
use super::preprocessing::Binarize;
use super::transform::Transform;

/// Examples that are looked at.
const SOME: usize = 1000;

/// The share of values that are not 0, as the model sees them, over examples from all parts of the data set.
pub(crate) fn density(data: &Dataset, transform: &Transform) -> f64 {
    let mut x = vec![0.0; data.shape().size()];
    let some = data.len().min(SOME);
    let mut filled = 0.0;
    for i in 0..some {
        data.gather(&[i * data.len() / some], transform, &mut x);
        filled += match transform.binarize() {
            Binarize::Dynamic => x.iter().map(|&x| f64::from(x)).sum(), // each is 1 with probability x
            _ => x.iter().filter(|x| **x != 0.0).count() as f64,
        };
    }
    filled / (some.max(1) * x.len()) as f64
}
