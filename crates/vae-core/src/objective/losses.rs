//! The reported numbers of an objective: sums over examples, and their means.
//!
//! The one rule of reduction: **sum over dimensions, mean over examples** (and over the L draws). Implemented here, and
//! on tensors in [`Terms`](super::Terms).
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::weights::Weights;

/// Both terms of the bound summed over some examples, from which an epoch's means follow.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sums {
    /// Number of examples.
    pub examples: u64,
    /// Σ −log p(x|z), nats.
    pub reconstruction: f64,
    /// Σ KL, nats, never multiplied by β.
    pub kl: f64,
    /// Σ of the loss if it is not reconstruction + β·KL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
    /// Σ of the objective's other reported numbers, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, f64>,
}

impl Sums {
    /// The sums of both terms alone.
    pub fn new(examples: usize, reconstruction: f64, kl: f64) -> Self {
        Self { examples: examples as u64, reconstruction, kl, ..Self::default() }
    }

    /// Both terms summed over `examples`, the draws averaged.
    ///
    /// # Shapes
    /// reconstruction (n·L), kl (n, d)
    pub fn from_rows(examples: usize, reconstruction: &[f64], kl: &[f64]) -> Self {
        let draws = reconstruction.len() / examples;
        Self::new(examples, reconstruction.iter().sum::<f64>() / draws as f64, kl.iter().sum())
    }

    /// Adds the sums of further examples.
    pub fn add(&mut self, other: &Sums) {
        self.examples += other.examples;
        self.reconstruction += other.reconstruction;
        self.kl += other.kl;
        if let Some(loss) = other.loss {
            *self.loss.get_or_insert(0.0) += loss;
        }
        for (name, value) in &other.extra {
            *self.extra.entry(name.clone()).or_default() += value;
        }
    }

    /// The means per example, with these weights.
    pub fn losses(&self, weights: Weights) -> Losses {
        let n = self.examples as f64;
        let mut losses = Losses::new(self.reconstruction / n, self.kl / n, weights);
        if let Some(loss) = self.loss {
            losses.loss = loss / n;
        }
        losses.extra = self.extra.iter().map(|(name, value)| (name.clone(), value / n)).collect();
        losses
    }
}

/// The reported losses: means per example, in nats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Losses {
    /// The loss that the optimiser minimises: reconstruction + β·kl unless the objective differs; the Lagrangian if β
    /// is adaptive.
    pub loss: f64,
    /// −(reconstruction + kl): always β = 1; higher is better.
    pub elbo: f64,
    /// −E_q[log p(x|z)], summed over the dimensions of x.
    pub reconstruction: f64,
    /// KL(q(z|x) ‖ p(z)), summed over latent dimensions, never multiplied by β; in a training step, the objective's own
    /// estimate.
    pub kl: f64,
    /// β·kl / (reconstruction + β·kl), the share of the paper's figures 10 and 11.
    pub kl_share: f64,
    /// β.
    pub beta: f64,
    /// The objective's other reported numbers, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, f64>,
}

impl Losses {
    /// The losses from both terms.
    pub fn new(reconstruction: f64, kl: f64, Weights { beta, offset }: Weights) -> Self {
        let sum = reconstruction + beta * kl;
        let elbo = -(reconstruction + kl);
        let kl_share = beta * kl / sum;
        Self { loss: sum - offset, elbo, reconstruction, kl, kl_share, beta, extra: BTreeMap::new() }
    }

    /// True if all terms are finite.
    pub fn is_finite(&self) -> bool {
        self.loss.is_finite() && self.elbo.is_finite()
    }
}
