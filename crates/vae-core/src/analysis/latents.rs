//! Statistics of the latent codes of a data set: the aggregate posterior q(z) = E_x[q(z|x)] against the prior, and the
//! separation of labels in latent space.
use rayon::prelude::*;
use serde_json::{Value, json};
use vae_kernels::noise::{Key, Stream};

use crate::base::cancel_token::CancelToken;
use crate::base::error::{Error, Result};
use crate::base::json_reader::JsonReader;
use crate::data::Dataset;
use crate::infer::vae::TrainedVae;
use crate::model::noise::noise;
use crate::options::MAX_SEED;

/// Maximum points per side of the MMD, whose cost is quadratic.
const MAX_MMD_POINTS: usize = 2000;

/// Options of the latent statistics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatentQuestion {
    /// k of the nearest neighbours.
    pub neighbours: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl LatentQuestion {
    /// Reads `neighbours` and `seed`.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the option's name.
    pub fn from_json(json: &Value) -> Result<Self> {
        let fields = JsonReader::new(json, ["neighbours", "seed"])?;
        Ok(Self {
            neighbours: fields.whole("neighbours", 1..=1000)?.unwrap_or(5) as usize,
            seed: fields.whole("seed", 0..=MAX_SEED)?.unwrap_or(1),
        })
    }
}

/// Statistics of the latent codes.
#[derive(Debug, Clone, PartialEq)]
pub struct LatentStatistics {
    /// Mean of q(z), (d).
    pub mean: Vec<f64>,
    /// Covariance of q(z), (d, d).
    pub covariance: Vec<f64>,
    /// Unbiased MMD² between q(z) and p(z).
    pub mmd: f64,
    /// MMD² between two draws of the same size from p(z): the reference for no difference.
    pub mmd_of_prior: f64,
    /// Share of examples whose label is the majority label of their k nearest neighbours, by the means of q(z|x).
    pub neighbour_accuracy: Option<f64>,
    /// Mean silhouette of the labels: near 1 if they are separated, 0 if they overlap.
    pub silhouette: Option<f64>,
}

impl LatentStatistics {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "mean": self.mean, "covariance": self.covariance, "mmd": self.mmd, "mmdOfPrior": self.mmd_of_prior,
            "neighbourAccuracy": self.neighbour_accuracy, "silhouette": self.silhouette,
        })
    }
}

impl TrainedVae {
    /// Computes the statistics of the latent codes of all examples, including their labels if any.
    ///
    /// # Errors
    /// Errors of [`TrainedVae::encode`]; [`Code::Option`](crate::Code::Option) for fewer examples than neighbours.
    pub fn latent_statistics(
        &self,
        data: &Dataset,
        question: LatentQuestion,
        token: &CancelToken,
    ) -> Result<LatentStatistics> {
        let LatentQuestion { neighbours, seed } = question;
        if data.len() <= neighbours {
            return Err(Error::option("neighbours")
                .expected(format!("fewer than the {} examples", data.len()))
                .received(neighbours));
        }
        let encoding = self.encode(data, None, token)?;
        let d = self.model().latent();
        let n = data.len();
        let latent = encoding.latent;
        let epsilon = noise(latent.family, Key::new(seed, Stream::Posterior), 0..n, 0..1, d);
        let z = encoding.sample(&epsilon, d);
        let (mean, covariance) = moments(&z, d);
        // Strided, as a data set may be sorted.
        let compared = n.min(MAX_MMD_POINTS);
        let rows = || (0..compared).map(|i| i * n / compared);
        let some: Vec<f32> = rows().flat_map(|row| &z[row * d..][..d]).copied().collect();
        let condition = rows().map(|row| data.condition(row)).collect::<Option<Vec<_>>>().map(|some| some.concat());
        let key = Key::new(seed, Stream::Sampling);
        let prior = |step| self.forward().draw(key, step, compared, condition.as_deref());
        let width = d as f64 * latent.standard_variance();
        self.forward().threads().with_pool(|| {
            let labels = data.labels();
            let means = encoding.mean();
            token.check()?;
            let mmd = discrepancy(&some, &prior(0)?, d, width);
            let mmd_of_prior = discrepancy(&prior(1)?, &prior(2)?, d, width);
            let labels = labels.as_deref();
            Ok(LatentStatistics {
                mean,
                covariance,
                mmd,
                mmd_of_prior,
                neighbour_accuracy: labels.map(|labels| neighbour_accuracy(&means, labels, d, neighbours)),
                silhouette: labels.and_then(|labels| silhouette(&means, labels, d)),
            })
        })?
    }
}

/// Mean (d) and covariance (d, d) of rows.
fn moments(rows: &[f32], d: usize) -> (Vec<f64>, Vec<f64>) {
    let n = (rows.len() / d) as f64;
    let mut mean = vec![0.0; d];
    for row in rows.chunks_exact(d) {
        mean.iter_mut().zip(row).for_each(|(sum, z)| *sum += f64::from(*z) / n);
    }
    let mut covariance = vec![0.0; d * d];
    for row in rows.chunks_exact(d) {
        for i in 0..d {
            let away = f64::from(row[i]) - mean[i];
            for j in 0..d {
                covariance[i * d + j] += away * (f64::from(row[j]) - mean[j]) / (n - 1.0).max(1.0);
            }
        }
    }
    (mean, covariance)
}

fn square_distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// MMD²(a, b) with the kernel exp(−|a − b|²/2w), without the diagonal (Gretton et al., JMLR 2012, lemma 6).
fn discrepancy(a: &[f32], b: &[f32], d: usize, width: f64) -> f64 {
    let (n, m) = ((a.len() / d) as f64, (b.len() / d) as f64);
    let sum = |a: &[f32], b: &[f32]| -> f64 {
        let of_row = |row: &[f32]| -> f64 {
            b.chunks_exact(d).map(|other| (-f64::from(square_distance(row, other)) / (2.0 * width)).exp()).sum()
        };
        a.par_chunks_exact(d).map(of_row).collect::<Vec<_>>().iter().sum()
    };
    (sum(a, a) - n) / (n * (n - 1.0)) + (sum(b, b) - m) / (m * (m - 1.0)) - 2.0 * sum(a, b) / (n * m)
}

/// Share of rows whose label is the majority label of their k nearest neighbours; the nearest breaks ties.
fn neighbour_accuracy(rows: &[f32], labels: &[i32], d: usize, k: usize) -> f64 {
    let right = |(i, row): (usize, &[f32])| -> bool {
        let mut nearest: Vec<(f32, usize)> = Vec::with_capacity(k + 1);
        for (j, other) in rows.chunks_exact(d).enumerate().filter(|(j, _)| *j != i) {
            let distance = square_distance(row, other);
            if nearest.len() < k || distance < nearest[k - 1].0 {
                let at = nearest.partition_point(|(known, _)| *known <= distance);
                nearest.insert(at, (distance, j));
                nearest.truncate(k);
            }
        }
        let votes = |label: i32| nearest.iter().filter(|(_, j)| labels[*j] == label).count();
        // Selects the first of the most frequent labels; max_by_key would select the last.
        let winner = nearest.iter().rev().map(|(_, j)| labels[*j]).max_by_key(|label| votes(*label));
        winner == Some(labels[i])
    };
    let count = rows.par_chunks_exact(d).enumerate().filter(|row| right(*row)).count();
    count as f64 / labels.len() as f64
}

/// Mean over rows of (b − a)/max(a, b): a is the mean distance to rows with the same label, b the mean distance to the
/// nearest other label (Rousseeuw, 1987). `None` if there is only one label.
fn silhouette(rows: &[f32], labels: &[i32], d: usize) -> Option<f64> {
    let mut classes: Vec<i32> = labels.to_vec();
    classes.sort_unstable();
    classes.dedup();
    let class: Vec<usize> = labels.iter().map(|label| classes.partition_point(|class| class < label)).collect();
    let mut sizes = vec![0usize; classes.len()];
    class.iter().for_each(|class| sizes[*class] += 1);
    if classes.len() < 2 {
        return None;
    }
    let of_row = |(i, row): (usize, &[f32])| -> f64 {
        let mut sums = vec![0.0f64; classes.len()];
        for (other, class) in rows.chunks_exact(d).zip(&class) {
            sums[*class] += f64::from(square_distance(row, other).sqrt());
        }
        let own = class[i];
        if sizes[own] == 1 {
            return 0.0;
        }
        let a = sums[own] / (sizes[own] - 1) as f64;
        let others = (0..classes.len()).filter(|class| *class != own).map(|class| sums[class] / sizes[class] as f64);
        let b = others.fold(f64::INFINITY, f64::min);
        if a.max(b) == 0.0 { 0.0 } else { (b - a) / a.max(b) }
    };
    let each: Vec<f64> = rows.par_chunks_exact(d).enumerate().map(of_row).collect();
    Some(each.iter().sum::<f64>() / each.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::{discrepancy, moments, neighbour_accuracy, silhouette};
    use vae_kernels::noise::{Key, Stream, fill_normals};

    fn normals(step: u64, n: usize, d: usize, shift: f32) -> Vec<f32> {
        let mut rows = vec![0.0; n * d];
        fill_normals(Key::new(1, Stream::Sampling), step, 0, d, &mut rows);
        rows.iter_mut().for_each(|z| *z += shift);
        rows
    }

    #[test]
    fn moments_are_those_of_the_rows() {
        let (mean, covariance) = moments(&[0.0, 1.0, 2.0, 3.0, 4.0, 11.0], 2);
        assert_eq!(mean, [2.0, 5.0]);
        assert_eq!(covariance, [4.0, 10.0, 10.0, 28.0]);
    }

    /// Closed form for normals with means 0 and s: the kernel's mean under N(0, 2I) is (w/(w + 2))^(d/2).
    #[test]
    fn a_discrepancy_is_that_of_the_distributions() {
        let d = 2;
        let width = 2.0;
        let n = 3000;
        let exact = |shift: f64| {
            let scale = width / (width + 2.0);
            let expected_kernel = |square: f64| scale * (-square / (2.0 * (width + 2.0))).exp();
            2.0 * expected_kernel(0.0) - 2.0 * expected_kernel(2.0 * shift * shift)
        };
        for shift in [0.0, 0.3, 1.0] {
            let found = discrepancy(&normals(0, n, d, 0.0), &normals(1, n, d, shift), d, width);
            assert!(
                (found - exact(f64::from(shift))).abs() < 0.006 + 0.02 * f64::from(shift),
                "{shift}: {found}, {}",
                exact(f64::from(shift))
            );
        }
    }

    #[test]
    fn separated_labels_score_higher_than_mixed_ones() {
        let mut rows = normals(0, 200, 2, 0.0);
        rows.extend(normals(1, 200, 2, 30.0));
        let apart: Vec<i32> = (0..400).map(|i| i / 200).collect();
        let mixed: Vec<i32> = (0..400).map(|i| i % 2).collect();
        assert_eq!(neighbour_accuracy(&rows, &apart, 2, 5), 1.0);
        assert!((0.35..0.65).contains(&neighbour_accuracy(&rows, &mixed, 2, 5)));
        assert!(silhouette(&rows, &apart, 2).unwrap() > 0.9);
        assert!(silhouette(&rows, &mixed, 2).unwrap().abs() < 0.05);
        assert_eq!(silhouette(&rows, &[7; 400], 2), None);
    }

    /// Rows 0, 1 | 3, 7, computed by hand.
    #[test]
    fn a_silhouette_by_hand() {
        // a: 1 1 4 4; b: 5 4 2.5 6.5
        let expected = (4.0 / 5.0 + 3.0 / 4.0 - 1.5 / 4.0 + 2.5 / 6.5) / 4.0;
        let found = silhouette(&[0.0, 1.0, 3.0, 7.0], &[0, 0, 1, 1], 1).unwrap();
        assert!((found - expected).abs() < 1e-6, "{found}, {expected}");
        // With one neighbour: 1 of 0 is right, 0 of 1, 1 of 3 is wrong, 3 of 7 is right.
        assert_eq!(neighbour_accuracy(&[0.0, 1.0, 3.0, 7.0], &[0, 0, 1, 1], 1, 1), 0.75);
    }
}
