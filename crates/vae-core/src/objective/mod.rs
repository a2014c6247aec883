//! The objective: the scalar that training minimises, computed from one forward pass.
//!
//! Each objective has a file here, an implementation of [`Objective`], and a line in
//! [`Estimator::objective`](estimator::Estimator::objective). It returns a scalar to minimise and numbers to report,
//! which differ for the score function and for a Lagrangian. It may decode again at another z ([`Pass::log_px_at`]),
//! hold the parameters of q ([`Posterior::detached`](crate::model::posterior::Posterior::detached)), draw a second batch
//! ([`Surroundings`](crate::model::pass::Surroundings)), and own parameters with an optimiser of their own ([`Own`]).
use std::fmt::Debug;

use candle_core::{Result, Tensor};

pub mod elbo;
pub mod estimator;
pub mod importance_weighted;
pub mod log_sigma_bug;
pub mod losses;
pub mod score_function;
pub mod weights;

use crate::model::nats::Nats;
use crate::model::pass::Pass;
use crate::nn::ops::values_f64;
use crate::nn::parameters::{Layout, Vars};
use losses::Sums;
use weights::Weights;

/// The objective of training.
pub trait Objective: Debug + Send + Sync {
    /// L, the draws of z for each example.
    fn draws(&self) -> usize {
        1
    }

    /// True if z is a constant of the pass, so that no gradient flows through it.
    fn holds_z(&self) -> bool {
        false
    }

    /// The terms of one batch. `own` are the objective's own parameters, if it has any.
    ///
    /// # Errors
    /// Device errors.
    fn terms(&self, pass: &Pass, weights: Weights, own: Option<&Vars>) -> Result<Terms>;

    /// Mean KL of the batch's examples, used by the rule for β.
    ///
    /// # Errors
    /// Device errors.
    fn kl(&self, pass: &Pass) -> Result<f64> {
        mean_over_examples(&pass.kl()?, pass.examples())
    }

    /// The fused form of this objective in the kernels.
    ///
    /// # Errors
    /// The reason, for the user, if the kernels have none.
    fn fused(&self) -> std::result::Result<FusedElbo, &'static str>;

    /// Its own parameters, if it has any.
    fn own(&self) -> Option<Own> {
        None
    }
}

/// The ELBO with L draws, as the kernels compute it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FusedElbo {
    /// L.
    pub draws: usize,
    /// Set to estimate the KL from the draws (eq. 9) instead of in closed form (eq. 11).
    pub monte_carlo: bool,
}

/// Parameters of an objective (a discriminator's), for which Adam minimises [`Terms::own`] at a separate rate.
#[derive(Debug, Clone)]
pub struct Own {
    /// Their names and shapes; in a checkpoint each name begins with `objective.`.
    pub layout: Layout,
    /// Their initial values.
    pub initial: Vec<f32>,
    /// η.
    pub learning_rate: f64,
    /// Adam's β₁ and β₂.
    pub betas: (f64, f64),
}

/// The value of an objective on one batch.
#[derive(Debug)]
pub struct Terms {
    /// The scalar whose gradient updates θ, mean over examples.
    pub surrogate: Tensor,
    /// The scalar whose gradient updates the objective's own parameters.
    pub own: Option<Tensor>,
    /// The reported numbers.
    pub sums: Sums,
}

impl Terms {
    /// reconstruction + β·KL (eq. 12), with the KL of each example.
    ///
    /// # Errors
    /// Device errors.
    pub fn from_bound(pass: &Pass, kl: &Nats, weights: Weights) -> Result<Self> {
        let kl_mean = (kl.per_row()?.sum_all()? / pass.examples() as f64)?;
        let surrogate = (pass.reconstruction.mean_all()? + (kl_mean * weights.beta)?)?;
        Ok(Self { surrogate, own: None, sums: sums(pass, kl)? })
    }

    /// A loss other than reconstruction + β·KL: minimises `surrogate`, reports `loss` beside both terms of the bound.
    ///
    /// # Errors
    /// Device errors.
    pub fn from_loss(pass: &Pass, surrogate: Tensor, loss: &Tensor, kl: &Nats) -> Result<Self> {
        let mut sums = sums(pass, kl)?;
        sums.loss = Some(values_f64(loss)?.iter().sum::<f64>() * pass.examples() as f64);
        Ok(Self { surrogate, own: None, sums })
    }

    /// Reports one more number, a mean over examples.
    pub fn report(&mut self, name: &str, mean: f64) {
        self.sums.extra.insert(name.to_owned(), mean * self.sums.examples as f64);
    }
}

/// Both terms of the bound summed over the batch, the draws averaged.
///
/// # Errors
/// Device errors.
pub fn sums(pass: &Pass, kl: &Nats) -> Result<Sums> {
    let kl = match kl {
        Nats::PerDimension(terms) => values_f64(terms)?,
        Nats::PerRow(sums) => values_f64(sums)?,
    };
    Ok(Sums::from_rows(pass.examples(), &values_f64(&pass.reconstruction)?, &kl))
}

fn mean_over_examples(kl: &Nats, examples: usize) -> Result<f64> {
    Ok(values_f64(&kl.per_row()?)?.iter().sum::<f64>() / examples as f64)
}
