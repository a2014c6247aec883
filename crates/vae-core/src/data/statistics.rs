//! Statistics of a data set after its transform: mean, square and entropy.
use std::ops::Range;

use super::dataset::Dataset;
use super::preprocessing::Binarize;
use super::transform::Transform;
use crate::base::cancel_token::CancelToken;
use crate::base::parallel;

/// Means over a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct DataStatistics {
    /// The mean of each dimension, `E[x_j]`.
    pub mean: Vec<f64>,
    /// `Σ_j E[x_j²]`.
    pub square: f64,
    /// `Σ_j E[H(x_j)]` with H(p) = −p ln p − (1 − p) ln(1 − p), in nats; 0 where every value is 0 or 1.
    pub entropy: f64,
}

/// Examples summed as one piece. The pieces do not depend on the number of threads, so the sums do not.
const PIECE: usize = 512;

impl DataStatistics {
    /// Computes the statistics in one pass over the transformed data.
    pub fn from_data(data: &Dataset, transform: &Transform) -> Self {
        let d = data.shape().size();
        let values = data.byte_values(transform).map(|values| values.map(f64::from));
        let parts = parallel::map((0..data.len()).step_by(PIECE), &CancelToken::new(), |_, start| {
            let mut part = DataStatistics { mean: vec![0.0; d], square: 0.0, entropy: 0.0 };
            let rows = start..(start + PIECE).min(data.len());
            match &values {
                Some(values) => part.add_bytes(data, rows, values),
                None => part.add(data, rows, transform),
            }
            part
        });
        let n = data.len() as f64;
        let mut total = DataStatistics { mean: vec![0.0; d], square: 0.0, entropy: 0.0 };
        // No caller can cancel this call, so there is a result.
        for part in parts.unwrap_or_default() {
            total.mean.iter_mut().zip(part.mean).for_each(|(total, sum)| *total += sum);
            total.square += part.square;
            total.entropy += part.entropy;
        }
        total.mean.iter_mut().for_each(|sum| *sum /= n);
        total.square /= n;
        total.entropy /= n;
        if transform.binarize() == Binarize::Dynamic {
            // The model's input is drawn: all 0 or 1, so that x² = x and the entropy is 0.
            total.square = total.mean.iter().sum();
            total.entropy = 0.0;
        }
        total
    }

    fn add(&mut self, data: &Dataset, rows: Range<usize>, transform: &Transform) {
        let mut x = vec![0.0; self.mean.len()];
        for row in rows {
            data.gather(&[row], transform, &mut x);
            for (sum, &x) in self.mean.iter_mut().zip(&x) {
                let x = f64::from(x);
                *sum += x;
                self.square += x * x;
                self.entropy += entropy(x);
            }
        }
    }

    /// [`DataStatistics::add`] for 256 possible values: counts each, and computes one logarithm per value.
    fn add_bytes(&mut self, data: &Dataset, rows: Range<usize>, values: &[f64; 256]) {
        // Four counters in turn: most pixels are 0, and a single count would wait for its own last update.
        let mut counts = [[0u64; 256]; 4];
        for bytes in rows.filter_map(|row| data.bytes(row)) {
            for (j, (sum, &byte)) in self.mean.iter_mut().zip(bytes).enumerate() {
                *sum += values[usize::from(byte)];
                counts[j % 4][usize::from(byte)] += 1;
            }
        }
        for (byte, &x) in values.iter().enumerate() {
            let count = counts.iter().map(|counts| counts[byte]).sum::<u64>() as f64;
            self.square += count * x * x;
            self.entropy += count * entropy(x);
        }
    }

    /// Σ_j E[(x_j − c_j)²], the squared error of a constant c.
    pub(crate) fn squared_error(&self, c: &[f64]) -> f64 {
        let cross: f64 = self.mean.iter().zip(c).map(|(x, c)| c * c - 2.0 * x * c).sum();
        self.square + cross
    }
}

/// H(x) = −x ln x − (1 − x) ln(1 − x), nats; 0 where x is no probability or certain.
fn entropy(x: f64) -> f64 {
    if x > 0.0 && x < 1.0 { -(x * x.ln() + (1.0 - x) * (1.0 - x).ln()) } else { 0.0 }
}
