//! The learning rate as a schedule and the decoupled weight decay: their values at each step, on both paths, and their
//! state across a stop or a fork.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used)]
mod testing;

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use vae_core::data::Dataset;
use vae_core::files::metadata::ModelMetadata;
use vae_core::files::model_file;
use vae_core::files::training_state::TrainingState;
use vae_core::optim::learning_rate::LearningRate;
use vae_core::run::events::EventKind;
use vae_core::run::fork;
use vae_core::run::handle::{Command, Run};
use vae_core::sweep::StudyPlan;
use vae_core::train::trainer::Trainer;
use vae_core::{Code, TrainOptions};

use testing::{answer, bits, copied, finish, options, poll_until, record};

/// 6 steps an epoch.
const STEPS_PER_EPOCH: u64 = 6;

fn data() -> Dataset {
    Dataset::digits(300, 1).unwrap()
}

fn settings(changes: Value) -> Value {
    let mut json = json!({ "hiddenDims": [16], "batchSize": 50, "epochs": 4, "threads": 1, "probe": false });
    json.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    json
}

fn start(changes: Value) -> Run {
    let json = fork::completed_options(settings(changes)).unwrap();
    Run::start(data(), None, TrainOptions::from_json(&json).unwrap()).unwrap()
}

fn theta(folder: &Path) -> String {
    bits(&model_file::read(&folder.join("model.safetensors")).unwrap().theta)
}

fn rule(json: Value) -> LearningRate {
    options(json!({ "learningRate": json })).learning_rate
}

fn cosine() -> Value {
    json!({ "type": "cosine", "from": 3e-3, "to": 1e-4, "epochs": 3.0 })
}

#[test]
fn what_is_no_learning_rate_is_refused() {
    let refused = |rate: Value| {
        let error = TrainOptions::from_json(&json!({ "learningRate": rate })).unwrap_err();
        assert_eq!(error.code, Code::Option);
        error.to_string()
    };
    for (rate, message) in [
        (json!(0), "learningRate: expected a number above 0, or an object with 'type', got 0."),
        (json!("fast"), "learningRate: expected a number above 0, or an object with 'type', got \"fast\"."),
        (json!({}), "learningRate.type: expected 'linear', 'cosine' or 'step', got nothing."),
        (
            json!({ "type": "cosin" }),
            "learningRate.type: expected 'linear', 'cosine' or 'step', got \"cosin\"; did you mean 'cosine'?",
        ),
        (json!({ "type": "linear", "from": 1 }), "learningRate.to: expected a number, got nothing."),
        (
            json!({ "type": "linear", "from": -1, "to": 1, "epochs": 1 }),
            "learningRate.from: expected a number from 0 up, got -1.",
        ),
        (
            json!({ "type": "step", "from": 1, "factor": 0, "every": 1 }),
            "learningRate.factor: expected a number above 0, got 0.",
        ),
        (json!({ "type": "step", "from": 1, "to": 0 }), "learningRate.to: there is no such option."),
    ] {
        assert_eq!(refused(rate), message);
    }
    let error = TrainOptions::from_json(&json!({ "adam": { "weightDecay": -1 } })).unwrap_err();
    assert_eq!(error.to_string(), "adam.weightDecay: expected a number from 0 up, got -1.");
}

#[test]
fn a_schedule_is_a_function_of_the_epochs() {
    let at = |json: Value, epochs: &[f64]| -> Vec<f64> {
        epochs.iter().map(|&epochs| rule(json.clone()).at(epochs)).collect()
    };
    assert_eq!(
        at(json!({ "type": "linear", "from": 0, "to": 8, "epochs": 2 }), &[0.0, 0.5, 2.0, 9.0]),
        [0.0, 2.0, 8.0, 8.0]
    );
    let half = at(json!({ "type": "cosine", "from": 4, "to": 2, "epochs": 2 }), &[0.0, 1.0, 2.0, 5.0]);
    assert!((half[1] - 3.0).abs() < 1e-12 && half[0] == 4.0 && half[2..] == [2.0, 2.0], "{half:?}");
    let steps = json!({ "type": "step", "from": 8, "factor": 0.5, "every": 0.1 });
    // 0.1 + 0.1 + 0.1 is a little more than 0.3, which is a little less than three times a tenth.
    assert_eq!(at(steps, &[0.0, 0.0999, 0.1, 0.3, 0.39]), [8.0, 8.0, 4.0, 1.0, 1.0]);
}

#[test]
fn a_checkpoint_without_a_rule_is_read_with_the_same_learning_rate() {
    let state = TrainingState::new(options(json!({})).beta, LearningRate::Constant(0.02));
    let mut json = serde_json::to_value(&state).unwrap();
    for added in ["learningRateRule", "learningRateSince"] {
        assert!(json.as_object_mut().unwrap().remove(added).is_some());
    }
    let read: TrainingState = serde_json::from_value(json).unwrap();
    assert_eq!(read, state);
    assert_eq!(read.learning_rate_at(1000, 3), 0.02);
}

/// Each step event carries its learning rate; without a schedule it carries none.
#[test]
fn step_events_carry_the_learning_rate_of_a_schedule() {
    let folder = TempDir::new().unwrap();
    let run = start(json!({ "learningRate": cosine(), "out": folder.path() }));
    answer(&run, Command::Pause);
    for _ in 0..3 {
        let id = run.command(Command::Step);
        let events = poll_until(&run, |event| event.command == Some(id));
        let (step, found) = events
            .iter()
            .find_map(|event| match event.kind {
                EventKind::Step { learning_rate, .. } => Some((event.moment.step, learning_rate)),
                _ => None,
            })
            .unwrap();
        let expected = rule(cosine()).at((step - 1) as f64 / STEPS_PER_EPOCH as f64);
        assert_eq!(found, Some(expected));
    }
    run.command(Command::Resume);
    finish(&run);
    let lines = record(folder.path());
    assert_eq!(lines[0]["options"]["learningRate"], cosine());
    let steps: Vec<&Value> = lines.iter().filter(|line| line["type"] == "step").collect();
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[1]["learningRate"], json!(1e-4), "step 20 lies behind the third epoch");

    let events = finish(&start(json!({})));
    assert!(events.iter().all(|event| event.to_json().get("learningRate").is_none()));
}

/// Runs stopped anywhere and resumed agree; so does the reference path, up to rounding.
#[test]
fn a_schedule_and_a_decay_survive_a_stop() {
    let changes = json!({ "learningRate": cosine(), "adam": { "weightDecay": 0.5 } });
    let whole = TempDir::new().unwrap();
    let with = |out: &Path, resume: bool| {
        let mut json = changes.clone();
        (json["out"], json["resume"]) = (json!(out), json!(resume));
        json
    };
    finish(&start(with(whole.path(), false)));
    let pieces = TempDir::new().unwrap();
    let run = start(with(pieces.path(), false));
    while answer(&run, Command::Step).moment.step < 9 {}
    run.command(Command::Stop);
    finish(&run);
    finish(&start(with(pieces.path(), true)));
    assert_eq!(theta(pieces.path()), theta(whole.path()));
    let made = |folder: &Path| record(folder).into_iter().filter(|line| line["type"] != "control").collect::<Vec<_>>();
    assert_eq!(made(pieces.path()), made(whole.path()));

    let trained = |reference: bool| {
        let mut options = options(settings(changes.clone()));
        options.compute.reference = reference;
        let mut trainer = Trainer::new(ModelMetadata::new(&data(), &options), data(), None, None).unwrap();
        for _ in 0..12 {
            trainer.step().unwrap();
        }
        trainer.theta().unwrap()
    };
    let (fused, reference) = (trained(false), trained(true));
    let apart = fused.iter().zip(&reference).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < 1e-4, "{apart}");
}

/// A schedule set during training counts from there; a fork continues it at the same point, or sets another.
#[test]
fn a_schedule_is_set_on_the_way_and_handed_to_a_fork() {
    let folder = TempDir::new().unwrap();
    let run = start(json!({ "out": folder.path() }));
    while answer(&run, Command::Step).moment.step < 7 {}
    let control =
        answer(&run, Command::from_json(&json!({ "name": "learningRate", "to": cosine() })).unwrap()).to_json();
    let reported = json!([control["from"], control["to"], control["rule"]]);
    assert_eq!(reported, json!([1e-3, 3e-3, cosine()]));
    while answer(&run, Command::Step).moment.step < 10 {}
    answer(&run, Command::Checkpoint(None));
    let source = copied(folder.path());
    run.command(Command::Resume);
    finish(&run);

    let forked = TempDir::new().unwrap();
    let run = start(json!({ "fork": source.path(), "out": forked.path() }));
    finish(&run);
    assert_eq!(theta(forked.path()), theta(folder.path()));
    let lines = record(forked.path());
    assert_eq!(lines.iter().filter(|line| line["type"] == "control" && line["name"] == "learningRate").count(), 1);

    let other = TempDir::new().unwrap();
    finish(&start(json!({ "fork": source.path(), "out": other.path(), "learningRate": 1e-4 })));
    let lines = record(other.path());
    let last = lines.iter().rfind(|line| line["name"] == "learningRate").unwrap();
    assert_eq!((&last["step"], &last["to"], last.get("rule")), (&json!(10), &json!(1e-4), None));
    assert_ne!(theta(other.path()), theta(folder.path()));
}

#[test]
fn a_sweep_lists_schedules() {
    let plan = StudyPlan::from_json(&json!({ "vary": { "learningRate": [1e-3, cosine()] } })).unwrap();
    let rates: Vec<LearningRate> =
        (0..2).map(|n| plan.checked(&plan.point(n, &[]).unwrap()).unwrap().learning_rate).collect();
    assert_eq!(rates, [LearningRate::Constant(1e-3), rule(cosine())]);
    let error = StudyPlan::from_json(&json!({ "vary": { "learningRate": [{ "type": "step" }] } })).unwrap_err();
    assert_eq!(error.option.as_deref(), Some("vary.learningRate.from"));
}
