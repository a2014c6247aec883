//! Share of non-zero values in the data.
use super::dataset::Dataset;
use super::preprocessing::Binarize;
use super::transform::Transform;

/// Number of examples read.
const MAX_EXAMPLES: usize = 1000;

/// The share of non-zero values in the model's input, over examples from all parts of the data set.
pub(crate) fn density(data: &Dataset, transform: &Transform) -> f64 {
    let mut x = vec![0.0; data.shape().size()];
    let examples = data.len().min(MAX_EXAMPLES);
    let mut nonzero = 0.0;
    for i in 0..examples {
        data.gather(&[i * data.len() / examples], transform, &mut x);
        nonzero += match transform.binarize() {
            Binarize::Dynamic => x.iter().map(|&x| f64::from(x)).sum(), // each is 1 with probability x
            _ => x.iter().filter(|x| **x != 0.0).count() as f64,
        };
    }
    nonzero / (examples.max(1) * x.len()) as f64
}
