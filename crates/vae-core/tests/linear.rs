//! Linear models on MNIST, whose optimum is known: for a gaussian with variance σ² and eigenvalues λ_j of the
//! covariance, a linear VAE keeps the dimensions with λ_j > βσ², and then
//!
//! ```text
//! KL = Σ_kept ½ ln(λ_j/βσ²)        SSE = Σ_dropped λ_j + kept·βσ²
//! ```
//!
//! (Lucas et al. 2019, "Don't Blame the ELBO!"); with a learned σ² its ELBO is the log-likelihood of probabilistic PCA
//! (Tipping and Bishop 1999); a linear autoencoder has the error Σ_dropped λ_j, like PCA.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use std::time::Instant;

use serde_json::{Value, json};
use vae_core::data::Dataset;
use vae_core::files::metadata::ModelMetadata;
use vae_core::infer::evaluate::Evaluation;
use vae_core::infer::vae::TrainedVae;
use vae_core::train::trainer::Trainer;
use vae_core::{CancelToken, Compute};

use testing::{mnist, options};

/// The squared error SSE of a reconstruction term with σ² = 1, which is SSE/2 + 784·½·ln 2π.
fn squared_error(reconstruction: f64) -> f64 {
    2.0 * (reconstruction - 392.0 * std::f64::consts::TAU.ln())
}

/// Trains a linear model on the training images with a falling learning rate, and evaluates it there.
fn trained(train: &Dataset, settings: Value) -> Evaluation {
    let mut settings = settings;
    settings["hiddenDims"] = json!([]);
    settings["batchSize"] = json!(256);
    settings["initialization"] = json!("glorot");
    settings["learningRate"] = json!(RATES[0].0);
    let options = options(settings);
    let started = Instant::now();
    let mut trainer = Trainer::new(ModelMetadata::new(train, &options), train.clone(), None, None).unwrap();
    for (rate, epochs) in RATES {
        trainer.state_mut().learning_rate = rate;
        for _ in 0..epochs * trainer.steps_per_epoch() {
            trainer.step().unwrap();
        }
    }
    let trained = started.elapsed().as_secs_f64();
    let vae = TrainedVae::new(trainer.result().unwrap(), None, Compute::default()).unwrap();
    let evaluation = vae.evaluate(train, None, None, &CancelToken::new()).unwrap();
    let losses = evaluation.losses.clone();
    println!(
        "{}, β {}, d {}: KL {:.4}, reconstruction {:.4}, ELBO {:.4}, σ² {:.6} in {trained:.1} s",
        options.to_json()["posterior"],
        losses.beta,
        options.latent_dim,
        losses.kl,
        losses.reconstruction,
        losses.elbo,
        vae.variance().unwrap(),
    );
    evaluation
}

/// (KL, SSE) of a linear VAE with σ² = 1 and d = 2 at this β.
fn linear_vae(train: &Dataset, beta: f64) -> (f64, f64) {
    let settings = json!({ "likelihood": "gaussian", "latentDim": 2, "beta": beta });
    let losses = trained(train, settings).losses;
    (losses.kl, squared_error(losses.reconstruction))
}

/// The learning rates, and the number of epochs of each.
const RATES: [(f64, u64); 3] = [(5e-3, 6), (1e-3, 4), (2e-4, 2)];

#[track_caller]
fn within(found: f64, expected: f64, part: f64) {
    assert!((found / expected - 1.0).abs() <= part, "found {found}, expected {expected} within {part}");
}

#[test]
fn a_linear_vae_keeps_the_two_largest_eigenvalues_at_beta_1() {
    let Some((train, _)) = mnist() else { return };
    let (kl, sse) = linear_vae(&train, 1.0);
    within(kl, 1.4760, 0.01);
    within(sse, 45.8669, 0.01);
}

#[test]
fn a_linear_vae_pays_for_both_dimensions_at_beta_2() {
    let Some((train, _)) = mnist() else { return };
    let (kl, sse) = linear_vae(&train, 2.0);
    within(kl, 0.7828, 0.01);
    within(sse, 47.8669, 0.01);
}

/// The largest eigenvalue is 5.1168.
#[test]
fn a_linear_vae_collapses_at_beta_6() {
    let Some((train, _)) = mnist() else { return };
    let (kl, sse) = linear_vae(&train, 6.0);
    assert!(kl < 0.01, "KL is {kl}");
    within(sse, 52.7250, 0.01);
}

#[test]
fn a_linear_vae_that_learns_its_variance_reaches_probabilistic_pca() {
    let Some((train, _)) = mnist() else { return };
    let settings = json!({ "likelihood": { "type": "gaussian", "variance": "learned" }, "latentDim": 2 });
    let elbo = trained(&train, settings).losses.elbo;
    assert!((elbo - 12.4277).abs() <= 0.3, "the ELBO is {elbo}");
}

#[test]
fn a_linear_autoencoder_leaves_what_pca_leaves() {
    let Some((train, _)) = mnist() else { return };
    for (d, expected) in [(2, 43.8669), (10, 26.9873)] {
        let settings = json!({ "likelihood": "gaussian", "posterior": "deterministic", "latentDim": d });
        let reconstruction = trained(&train, settings).losses.reconstruction;
        within(squared_error(reconstruction), expected, 0.005);
    }
}
