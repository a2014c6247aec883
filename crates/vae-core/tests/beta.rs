//! β as a schedule, a capacity and a constraint: its value at each step, its effect, and its state across a stop.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use serde_json::{Value, json};
use tempfile::TempDir;
use vae_core::data::Dataset;
use vae_core::files::metadata::ModelMetadata;
use vae_core::files::model_file;
use vae_core::objective::losses::Losses;
use vae_core::objective::weights::{Beta, Weights};
use vae_core::run::prepare::prepare;
use vae_core::train::trainer::Trainer;
use vae_core::{CancelToken, TrainOptions};

use testing::options;

const EXAMPLES: usize = 600;
const STEPS_PER_EPOCH: usize = 10;

fn settings(beta: Value) -> TrainOptions {
    options(
        json!({ "hiddenDims": [32], "latentDim": 2, "batchSize": 60, "learningRate": 3e-3, "threads": 1, "beta": beta }),
    )
}

fn trainer_of(options: TrainOptions) -> Trainer {
    let prepared = prepare(Dataset::digits(EXAMPLES, 1).unwrap(), None, options).unwrap();
    Trainer::new(ModelMetadata::new(&prepared.data, &prepared.options), prepared.data, None, None).unwrap()
}

fn trainer(beta: Value) -> Trainer {
    trainer_of(settings(beta))
}

/// The losses of `count` steps.
fn steps(trainer: &mut Trainer, count: usize) -> Vec<Losses> {
    (0..count).map(|_| trainer.step().unwrap().0).collect()
}

fn epochs(trainer: &mut Trainer, count: usize) -> Losses {
    let mut last = None;
    for _ in 0..count {
        steps(trainer, STEPS_PER_EPOCH);
        last = Some(trainer.end_epoch(&CancelToken::new()).unwrap().train);
    }
    last.unwrap()
}

fn betas(losses: &[Losses]) -> Vec<f64> {
    losses.iter().map(|losses| losses.beta).collect()
}

fn close(found: f64, expected: f64, tolerance: f64) -> bool {
    (found - expected).abs() <= tolerance
}

#[test]
fn a_schedule_is_followed_step_by_step() {
    let found = betas(&steps(&mut trainer(json!({ "type": "linear", "from": 1, "to": 4, "epochs": 1.5 })), 20));
    for (step, beta) in found.iter().enumerate() {
        assert!(close(*beta, 1.0 + 3.0 * (step as f64 / 15.0).min(1.0), 1e-12), "{found:?}");
    }
    let found = betas(&steps(&mut trainer(json!({ "type": "cosine", "from": 2, "to": 0, "epochs": 1 })), 12));
    assert!(close(found[0], 2.0, 1e-12) && close(found[5], 1.0, 1e-12) && close(found[10], 0.0, 1e-12), "{found:?}");
    // Two cycles of ten steps: five rising, five at the top.
    let found = betas(&steps(&mut trainer(json!({ "type": "cyclical", "to": 5, "cycles": 2, "epochs": 2 })), 24));
    let expected: Vec<f64> =
        (0..24).map(|step| if step < 20 { f64::min((step % 10) as f64, 5.0) } else { 5.0 }).collect();
    assert!(found.iter().zip(&expected).all(|(found, expected)| close(*found, *expected, 1e-12)), "{found:?}");
}

#[test]
fn the_loss_is_the_objective() {
    for loss in steps(&mut trainer(json!({ "type": "capacity", "kl": 3, "epochs": 2, "gamma": 7 })), 30) {
        assert_eq!(loss.beta.abs(), 7.0);
    }
    let mut capacity = trainer(json!({ "type": "capacity", "kl": 3, "epochs": 2, "gamma": 7 }));
    for (step, loss) in steps(&mut capacity, 30).iter().enumerate() {
        let c = 3.0 * (step as f64 / 20.0).min(1.0);
        let expected = loss.reconstruction + 7.0 * (loss.kl - c).abs();
        assert!(close(loss.loss, expected, 1e-3), "{step}: {loss:?}, {expected}");
    }
    for loss in steps(&mut trainer(json!({ "type": "target-kl", "nats": 2 })), 5) {
        assert!(close(loss.loss, loss.reconstruction + loss.beta * (loss.kl - 2.0), 1e-9), "{loss:?}");
        assert!(close(loss.kl_share, loss.beta * loss.kl / (loss.reconstruction + loss.beta * loss.kl), 1e-12));
    }
    for loss in steps(&mut trainer(json!({ "type": "target-reconstruction", "nats": 150 })), 5) {
        assert!(close(loss.loss, loss.reconstruction - 150.0 + loss.beta * loss.kl, 1e-9), "{loss:?}");
    }
}

/// Complementary slackness: a binding constraint holds with equality; otherwise the multiplier is 0.
#[test]
fn a_constraint_binds_or_its_multiplier_vanishes() {
    for nats in [1.5, 4.0] {
        let end = epochs(&mut trainer(json!({ "type": "target-kl", "nats": nats, "rate": 0.01 })), 150);
        assert!(close(end.kl, nats, 0.1) && end.beta > 0.01, "{nats}: {end:?}");
    }
    let end = epochs(&mut trainer(json!({ "type": "target-kl", "nats": 200 })), 80);
    assert!(end.beta < 1e-5, "{end:?}");
    let mut slack = trainer(json!({ "type": "target-reconstruction", "nats": 400 }));
    let end = epochs(&mut slack, 80);
    assert!(end.kl < 0.05 && end.beta > 100.0 && end.reconstruction < 400.0, "{end:?}");
}

#[test]
fn a_capacity_holds_the_kl() {
    let mut trainer = trainer(json!({ "type": "capacity", "kl": 4, "epochs": 20, "gamma": 30 }));
    epochs(&mut trainer, 50);
    // The KL oscillates around C from batch to batch.
    let kl = steps(&mut trainer, 200).iter().map(|losses| losses.kl).sum::<f64>() / 200.0;
    assert!(close(kl, 4.0, 0.1), "{kl}");
}

/// Both paths use the same KL and so follow the same β.
#[test]
fn both_paths_follow_the_same_rule() {
    for beta in [json!({ "type": "target-kl", "nats": 2 }), json!({ "type": "capacity", "kl": 2, "epochs": 1 })] {
        let mut plain = settings(beta.clone());
        plain.compute.reference = true;
        let (fused, reference) = (steps(&mut trainer(beta), 25), steps(&mut trainer_of(plain), 25));
        for (fused, reference) in fused.iter().zip(&reference) {
            assert!(close(fused.beta, reference.beta, 1e-5 * reference.beta.abs()), "{fused:?}, {reference:?}");
            assert!(close(fused.loss, reference.loss, 1e-3 * reference.loss.abs()), "{fused:?}, {reference:?}");
        }
    }
}

#[test]
fn a_rule_goes_on_from_a_checkpoint_to_the_bit() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    for beta in [
        json!({ "type": "linear", "from": 0, "to": 3, "epochs": 4 }),
        json!({ "type": "target-kl", "nats": 2 }),
        json!({ "type": "target-reconstruction", "nats": 180 }),
        json!({ "type": "capacity", "kl": 2, "epochs": 2 }),
    ] {
        let mut whole = trainer(beta.clone());
        steps(&mut whole, 17);
        model_file::write(&path, &whole.checkpoint().unwrap()).unwrap();
        let prepared = prepare(Dataset::digits(EXAMPLES, 1).unwrap(), None, settings(beta.clone())).unwrap();
        let stored = model_file::read(&path).unwrap();
        let mut resumed =
            Trainer::new(ModelMetadata::new(&prepared.data, &prepared.options), prepared.data, None, Some(stored))
                .unwrap();
        assert_eq!(steps(&mut whole, 9), steps(&mut resumed, 9), "{beta}");
        assert_eq!(whole.state(), resumed.state());
        assert_eq!(whole.theta().unwrap(), resumed.theta().unwrap());
    }
}

/// A rule set during training counts its epochs from there, and a constraint continues from the current β.
#[test]
fn a_rule_replaces_what_held_before() {
    let beta = |json: Value| options(json!({ "beta": json })).beta;
    let mut trainer = trainer(json!(3));
    steps(&mut trainer, 7);
    trainer.state_mut().set_beta(beta(json!({ "type": "linear", "from": 0, "to": 1, "epochs": 1 })));
    assert_eq!(betas(&steps(&mut trainer, 3)), [0.0, 0.1, 0.2]);
    trainer.state_mut().set_beta(Beta::Constant(5.0));
    assert_eq!(betas(&steps(&mut trainer, 2)), [5.0, 5.0]);
    assert_eq!(trainer.state().weights(), Weights::new(5.0));
    for kind in ["target-kl", "target-reconstruction"] {
        trainer.state_mut().set_beta(Beta::Constant(5.0));
        trainer.state_mut().set_beta(beta(json!({ "type": kind, "nats": 2 })));
        assert!(close(steps(&mut trainer, 1)[0].beta, 5.0, 1e-12), "{kind}");
    }
}

#[test]
fn bad_rules_are_refused() {
    let refusal = |json: Value| TrainOptions::from_json(&json).unwrap_err().to_string();
    for (beta, message) in [
        (json!(-1), "beta: expected a number from 0 up, or an object with 'type', got -1."),
        (
            json!({}),
            "beta.type: expected 'linear', 'cosine', 'cyclical', 'capacity', 'target-kl' or 'target-reconstruction', got nothing.",
        ),
        (
            json!({ "type": "target_kl" }),
            "beta.type: expected 'linear', 'cosine', 'cyclical', 'capacity', 'target-kl' or 'target-reconstruction', got \"target_kl\"; did you mean 'target-kl'?",
        ),
        (json!({ "type": "target-kl", "nats": -1 }), "beta.nats: expected a number from 0 up, got -1."),
        (json!({ "type": "target-kl", "kl": 3 }), "beta.kl: there is no such option."),
        (json!({ "type": "target-kl" }), "beta.nats: expected a number, got nothing."),
        (
            json!({ "type": "linear", "from": 0, "to": 1, "epochs": 0 }),
            "beta.epochs: expected a number above 0, got 0.",
        ),
        (
            json!({ "type": "cyclical", "to": 1, "epochs": 4 }),
            "beta.cycles: expected a whole number from 1 up, got nothing.",
        ),
        (
            json!({ "type": "capacity", "kl": 5, "epochs": 2, "gamma": 0 }),
            "beta.gamma: expected a number above 0, got 0.",
        ),
    ] {
        assert_eq!(refusal(json!({ "beta": beta })), message);
    }
    let rule = json!({ "type": "target-kl", "nats": 5 });
    assert_eq!(
        refusal(json!({ "beta": rule, "keep": "best" })),
        "keep: expected 'last', as losses at different β say nothing about each other, got \"best\"."
    );
    assert_eq!(
        refusal(json!({ "beta": rule, "earlyStopping": { "patience": 3 } })),
        "earlyStopping: expected nothing, as losses at different β say nothing about each other, got {\"patience\":3}."
    );
}
