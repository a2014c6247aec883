//! The variance of gradients: in a case with known variances, and in a trained model.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use serde_json::json;
use vae_core::CancelToken;
use vae_core::analysis::gradient_variance::{KnownCase, Measurement};
use vae_core::data::Dataset;
use vae_core::model::posterior::Family;

use testing::{finish, model, options};
use vae_core::files::model_file;
use vae_core::run::handle::Run;

/// 4/L and (μ⁴ + 14μ² + 15)/L, within 4 standard errors: the variance of an estimated variance is (κ − 1 +
/// 2/(n−1))·σ⁴/n, with a kurtosis κ of up to about 40 for one draw of z²·ε, which falls towards 3 with L.
#[test]
fn the_known_variances_are_found() {
    const ESTIMATES: usize = 200_000;
    for mean in [0.0, 1.0, 2.0, -3.0] {
        for samples in [1, 2, 8, 32] {
            let (found, exact) = (KnownCase::measured(mean, samples, ESTIMATES, 7), KnownCase::exact(mean, samples));
            let kinds = [
                ("reparameterised", found.reparameterization, exact.reparameterization, 3.0),
                ("score function", found.score_function, exact.score_function, 3.0 + 60.0 / samples as f64),
            ];
            for (what, found, exact, kurtosis) in kinds {
                let error = (exact.1 / ESTIMATES as f64).sqrt();
                assert!((found.0 - exact.0).abs() < 4.0 * error, "{what}, μ {mean}, L {samples}: mean {}", found.0);
                let relative = ((kurtosis - 1.0) / ESTIMATES as f64).sqrt();
                let error_of_variance = (found.1 / exact.1 - 1.0).abs();
                println!("{what}, μ {mean}, L {samples}: variance {:.4}, exact {:.4}", found.1, exact.1);
                assert!(
                    error_of_variance < 4.0 * relative,
                    "{what}, μ {mean}, L {samples}: {} is not {}",
                    found.1,
                    exact.1
                );
            }
        }
    }
}

/// On a trained model: the score function has the largest variance, a baseline reduces it, L divides it.
#[test]
fn estimators_vary_in_the_known_order() {
    let folder = tempfile::TempDir::new().unwrap();
    let data = Dataset::digits(600, 1).unwrap();
    let settings = options(json!({
        "hiddenDims": [32], "epochs": 15, "batchSize": 60, "learningRate": 3e-3, "threads": 1, "out": folder.path(),
    }));
    finish(&Run::start(data.clone(), None, settings.clone()).unwrap());
    let stored = model_file::read(&folder.path().join("model.safetensors")).unwrap();
    let vae = model(&data, &settings, stored.theta);
    let estimators = json!([
        { "type": "reparameterization" },
        { "type": "reparameterization", "samples": 8 },
        { "type": "reparameterization", "kl": "monte-carlo" },
        { "type": "score-function", "samples": 8, "baseline": true },
        { "type": "score-function", "samples": 8 },
    ]);
    let what =
        Measurement::from_json(Family::Gaussian, &json!({ "estimators": estimators, "estimates": 300 })).unwrap();
    let spreads = vae.gradient_variance(&data.slice(0, 32).unwrap(), &what, &CancelToken::new()).unwrap();
    for spread in &spreads {
        println!("{spread:?}");
    }
    let encoder: Vec<f64> = spreads.iter().map(|spread| spread.encoder).collect();
    let ratio = encoder[0] / encoder[1];
    assert!((6.0..10.5).contains(&ratio), "8 draws divide the variance by {ratio}");
    assert!(encoder[3] > 5.0 * encoder[1] && encoder[4] > 5.0 * encoder[3], "{encoder:?}");
    // All estimate the same gradient.
    let same = spreads[0].encoder_square / spreads[2].encoder_square;
    assert!((0.8..1.25).contains(&same), "{same}");
}
