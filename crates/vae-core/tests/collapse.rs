//! Models of MNIST trained on both sides of the critical β, 32.23, and held at a KL: training confirms the predictions
//! of theory. With `VAE_NATIVE_CHECK=all`, as in `.ci/run`, the models are closer to the critical β and as large as the
//! paper's, and every constraint is tested; otherwise one of each kind.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use serde_json::{Value, json};
use vae_core::data::Dataset;
use vae_core::objective::losses::Losses;
use vae_core::run::events::EventKind;
use vae_core::run::handle::Run;

use testing::{checks_all, finish, mnist, options};

/// The losses of the last epoch, in training and on the test images, of the paper's model.
fn trained(train: &Dataset, test: &Dataset, more: Value) -> (Losses, Losses) {
    let mut settings = json!({ "hiddenDims": [512, 256], "latentDim": 2, "epochs": 8, "probe": false });
    for (name, value) in more.as_object().unwrap() {
        settings[name] = value.clone();
    }
    let events = finish(&Run::start(train.clone(), Some(test.clone()), options(settings)).unwrap());
    let last = events.into_iter().rev().find_map(|event| match event.kind {
        EventKind::Epoch { train, validation, .. } => Some((train, validation.unwrap().losses)),
        _ => None,
    });
    let last = last.unwrap();
    println!("{more}: train KL {:.4}, test reconstruction {:.2}, β {}", last.0.kl, last.1.reconstruction, last.0.beta);
    last
}

#[test]
fn a_model_lives_below_the_critical_beta_and_collapses_above() {
    let Some((train, test)) = mnist() else { return };
    // The closer to the critical β, the slower a dimension becomes active.
    let (beta, epochs, epochs_above) = if checks_all() { (24, 6, 4) } else { (16, 1, 2) };
    let (below, _) = trained(&train, &test, json!({ "beta": beta, "epochs": epochs }));
    assert!(below.kl > 0.1, "{below:?}");
    // The reconstruction of the mean image is 205.80.
    let (above, measured) = trained(&train, &test, json!({ "beta": 50, "epochs": epochs_above }));
    assert!(above.kl < 0.05 && (205.6..206.6).contains(&measured.reconstruction), "{above:?}, {measured:?}");
}

/// min reconstruction s.t. KL ≤ ε, and both terms if a constraint is slack.
#[test]
fn a_constraint_holds_on_real_digits() {
    let Some((train, test)) = mnist() else { return };
    let (constraints, width) = if checks_all() { (&[2.0, 5.0, 10.0][..], 400) } else { (&[5.0][..], 128) };
    for &nats in constraints {
        let (end, _) =
            trained(&train, &test, json!({ "hiddenDims": [width], "beta": { "type": "target-kl", "nats": nats } }));
        assert!(end.kl <= nats + 0.1 && (end.kl - nats).abs() < 0.1, "{nats}: {end:?}");
    }
    let slack = |kind: &str, nats: f64| {
        trained(&train, &test, json!({ "hiddenDims": [width], "epochs": 3, "beta": { "type": kind, "nats": nats } })).0
    };
    let free = slack("target-kl", 200.0);
    assert!(free.beta < 1e-5, "{free:?}");
    let collapsed = slack("target-reconstruction", 210.0);
    assert!(collapsed.kl < 0.01 && collapsed.reconstruction < 210.0, "{collapsed:?}");
}
