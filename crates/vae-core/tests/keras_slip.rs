//! The slip of Keras posts in the KL: its value, gradient and minimum, and the reports of a run that trains with it.
//! The gradient of a whole model with it is in `gradients.rs`.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use candle_core::{Device, Tensor, Var};
use serde_json::{Value, json};
use vae_core::TrainOptions;
use vae_core::data::Dataset;
use vae_core::model::posterior::LocationScale;
use vae_core::model::posterior::{Encoding, LatentSpace, Posterior};
use vae_core::objective::log_sigma_bug::wrong_kl;
use vae_core::objective::losses::Losses;
use vae_core::run::events::{Event, EventKind};
use vae_core::run::handle::Run;

use testing::{finish, options};

const MEANS: [f64; 7] = [-3.0, -0.4, -1e-3, 0.0, 0.2, 1.0, 4.0];
const LOG_VARS: [f64; 9] = [-9.0, -3.0, -1.0, -1e-3, 0.0, 1e-3, 0.7, 2.0, 5.0];
/// The step of a central difference.
const H: f64 = 1e-5;

/// The formula of the posts, for μ and the number that they call z_log_sigma.
fn posted(mean: f64, z_log_sigma: f64) -> f64 {
    -0.5 * (1.0 + z_log_sigma - mean * mean - z_log_sigma.exp())
}

/// The slip in f64 at one (μ, s), and its gradient.
fn slip(mean: f64, s: f64, prior: LocationScale) -> (f64, [f64; 2]) {
    let var = |value| Var::from_tensor(&Tensor::from_slice(&[value], (1, 1), &Device::Cpu).unwrap()).unwrap();
    let (h, s) = (var(mean), var(s));
    let latent = LatentSpace { prior, ..LatentSpace::default() };
    let posterior = Posterior { latent, h: h.as_tensor().clone(), s: Some(s.as_tensor().clone()) };
    let slip = wrong_kl(&posterior).unwrap().per_row().unwrap().sum_all().unwrap();
    let gradients = slip.backward().unwrap();
    let by = |of: &Var| gradients.get(of).unwrap().sum_all().unwrap().to_scalar().unwrap();
    (slip.to_scalar().unwrap(), [by(&h), by(&s)])
}

/// In f64 as tensors, in f32 as numbers, and for any prior, the unit of μ and σ.
#[test]
fn the_slip_is_what_the_posts_write() {
    for (mean, s) in MEANS.into_iter().flat_map(|mean| LOG_VARS.map(|s| (mean, s))) {
        let expected = posted(mean, s / 2.0);
        for prior in [LocationScale::default(), LocationScale { location: 2.0, scale: 0.1 }] {
            let (found, _) = slip(mean, s, prior);
            assert!((found - expected).abs() < 1e-12 * expected.max(1.0), "({mean}, {s}): {found}, not {expected}");
            let latent = LatentSpace { prior, ..LatentSpace::default() };
            let kl = Encoding { latent, h: vec![mean as f32], s: Some(vec![0.5 * s as f32]) }.kl()[0];
            assert!((kl - expected).abs() < 1e-6 * expected.max(1.0), "({mean}, {s}): {kl}, not {expected}");
        }
    }
}

#[test]
fn its_gradient_is_that_of_central_differences() {
    let at = |mean, s| slip(mean, s, LocationScale::default()).0;
    for (mean, s) in MEANS.into_iter().flat_map(|mean| LOG_VARS.map(|s| (mean, s))) {
        let (_, [by_mean, by_s]) = slip(mean, s, LocationScale::default());
        let differences = [at(mean + H, s) - at(mean - H, s), at(mean, s + H) - at(mean, s - H)].map(|d| d / (2.0 * H));
        for (found, difference) in [by_mean, by_s].into_iter().zip(differences) {
            assert!(
                (found - difference).abs() < 1e-8 * difference.abs().max(1.0),
                "({mean}, {s}): {found}, {difference}"
            );
        }
        assert!((by_mean - mean).abs() < 1e-12 && (by_s - 0.25 * (s / 2.0).exp_m1()).abs() < 1e-12);
    }
}

/// Like the KL, the slip is minimal at μ = 0 and s = 0, where it is 0.
#[test]
fn its_minimum_is_at_the_prior() {
    assert_eq!(slip(0.0, 0.0, LocationScale::default()), (0.0, [0.0, 0.0]));
    for (mean, s) in MEANS.into_iter().flat_map(|mean| LOG_VARS.map(|s| (mean, s))) {
        let (value, [by_mean, by_s]) = slip(mean, s, LocationScale::default());
        assert!(value > 0.0 || (mean, s) == (0.0, 0.0), "({mean}, {s}): {value}");
        // Downhill is towards 0 in both.
        assert!(by_mean * mean >= 0.0 && by_s * s >= 0.0 && (s == 0.0) == (by_s == 0.0), "({mean}, {s})");
    }
}

/// The events of a small run on digits with this KL; `more` overrides.
fn run(kl: &str, more: &Value) -> Vec<Event> {
    let estimator = json!({ "type": "reparameterization", "kl": kl });
    let mut json = json!({ "estimator": estimator, "hiddenDims": [16], "batchSize": 50, "threads": 1, "epochs": 1 });
    json.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut options = options(json);
    options.compute.reference = true;
    let digits = Dataset::digits(70, 1).unwrap();
    finish(&Run::start(digits.slice(0, 50).unwrap(), Some(digits.slice(50, 70).unwrap()), options).unwrap())
}

/// The losses of the last epoch, in training and in validation.
fn last_epoch(events: &[Event]) -> (Losses, Losses) {
    let epoch = |event: &Event| match &event.kind {
        EventKind::Epoch { train, validation, .. } => {
            Some((train.clone(), validation.as_ref().unwrap().losses.clone()))
        }
        _ => None,
    };
    events.iter().rev().find_map(epoch).unwrap()
}

/// With a tiny learning rate: the same draws, so a bit-identical reconstruction; another KL in training, the same in
/// validation.
#[test]
fn the_draw_and_the_validation_are_the_true_ones() {
    let still = json!({ "learningRate": 1e-9 });
    let (analytic, slip) = (last_epoch(&run("analytic", &still)), last_epoch(&run("keras-slip", &still)));
    assert_eq!(slip.0.reconstruction, analytic.0.reconstruction);
    assert!(slip.0.kl > 0.0 && slip.0.kl < 0.99 * analytic.0.kl, "{slip:?}, {analytic:?}");
    assert_eq!(slip.0.elbo, -(slip.0.reconstruction + slip.0.kl));
    assert!((slip.1.kl - analytic.1.kl).abs() < 1e-5, "{slip:?}, {analytic:?}");
}

#[test]
fn the_start_says_why_it_is_the_reference_path() {
    let estimator = json!({ "type": "reparameterization", "samples": 1, "kl": "keras-slip" });
    let settings = options(json!({ "estimator": estimator, "hiddenDims": [4], "epochs": 1, "threads": 1 }));
    assert_eq!(settings.estimator.to_json(), estimator);
    let events = finish(&Run::start(Dataset::digits(20, 1).unwrap(), None, settings).unwrap());
    let EventKind::Start { engine, .. } = &events[0].kind else { panic!("{:?}", events[0].kind) };
    assert_eq!(engine.path, Err("the keras-slip KL has no fused form"));
}

/// A rule that holds the KL holds the KL of the objective.
#[test]
fn a_capacity_holds_the_slip() {
    let beta = json!({ "type": "capacity", "kl": 4, "epochs": 1, "gamma": 5 });
    let (train, validation) =
        last_epoch(&run("keras-slip", &json!({ "beta": beta, "epochs": 400, "learningRate": 3e-3 })));
    println!("slip {:.3}, validation's KL {:.3}", train.kl, validation.kl);
    assert!((train.kl - 4.0).abs() < 0.3, "{train:?}");
    assert!(validation.kl > 4.5, "{validation:?}");
}

/// The critical β is known for the KL; a model with the slip need not collapse there.
#[test]
fn no_collapse_is_forecast() {
    let codes = |kl: &str| -> Vec<&'static str> {
        let warning = |event: &Event| match event.kind {
            EventKind::Warning { code, .. } => Some(code),
            _ => None,
        };
        run(kl, &json!({ "beta": 1000 })).iter().filter_map(warning).collect()
    };
    assert_eq!(codes("analytic"), ["collapse-predicted"]);
    assert_eq!(codes("keras-slip"), [""; 0]);
}

#[test]
fn other_families_are_refused() {
    let refused = |posterior: &str| {
        let json = json!({ "posterior": posterior, "estimator": { "type": "reparameterization", "kl": "keras-slip" } });
        TrainOptions::from_json(&json).unwrap_err().to_string()
    };
    for family in ["laplace", "uniform"] {
        assert_eq!(
            refused(family),
            "estimator.kl: expected 'analytic' or 'monte-carlo', as the slip takes ln σ for ln σ², which only a gaussian \
             posterior has, got \"keras-slip\"."
        );
    }
    assert!(
        refused("deterministic").starts_with("estimator: expected nothing, as a deterministic posterior has nothing")
    );
}
