//! A fork continues exactly as the original run would have, or with another β and η, and leaves the original untouched.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use vae_core::data::Dataset;
use vae_core::files::model_file;
use vae_core::objective::weights::Beta;
use vae_core::optim::learning_rate::LearningRate;
use vae_core::run::events::EventKind;
use vae_core::run::fork;
use vae_core::run::handle::{Command, Run};
use vae_core::{Code, Error, Result, TrainOptions};

use testing::{answer, bits, copied, finish, record};

/// 540 of 600 digits to train on: 9 steps an epoch, the last of them with 28 examples.
const EPOCHS: u64 = 6;

fn original(out: &Path) -> Value {
    json!({
        "hiddenDims": [32], "latentDim": 3, "batchSize": 60, "epochs": EPOCHS, "validation": 60, "threads": 1, "out": out,
        "probe": { "examples": 5 }, "keep": "best",
    })
}

/// Starts a run with options in the binding's JSON.
fn start(json: Value) -> Result<Run> {
    start_with(json, &[])
}

fn start_with(json: Value, commands: &[Command]) -> Result<Run> {
    let options = TrainOptions::from_json(&fork::completed_options(json)?)?;
    Run::start_with(Dataset::digits(600, 1).unwrap(), None, options, commands)
}

/// A run that waits at this step.
fn held(json: Value, step: u64) -> Run {
    let run = start_with(json, &[Command::Pause]).unwrap();
    while run.progress().step < step {
        answer(&run, Command::Step);
    }
    run
}

fn complete(json: Value) {
    let run = start(json).unwrap();
    assert_eq!(finish(&run).last().unwrap().to_json()["status"], "completed");
}

/// The folder of a run stopped in its third epoch.
fn stopped() -> TempDir {
    let folder = TempDir::new().unwrap();
    let run = held(original(folder.path()), 22);
    run.command(Command::Stop);
    finish(&run);
    folder
}

fn theta(folder: &Path) -> String {
    bits(&model_file::read(&folder.join("model.safetensors")).unwrap().theta)
}

fn run_json(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("run.json")).unwrap()).unwrap()
}

fn probes(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(folder.join("probes")).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.file_name().unwrap().into(), std::fs::read(&path).unwrap())).collect()
}

#[test]
fn a_fork_without_a_change_ends_as_the_run_that_went_on() {
    let of = stopped();
    let before = copied(of.path());
    let out = TempDir::new().unwrap();
    let forked = out.path().join("fork");
    complete(json!({ "fork": of.path(), "out": forked }));

    for name in ["run.json", "metrics.jsonl", "checkpoint.safetensors", "model.safetensors", ".lock"] {
        let bytes = |folder: &Path| std::fs::read(folder.join(name)).unwrap();
        assert_eq!(bytes(of.path()), bytes(before.path()), "{name}");
    }
    let mut again = original(of.path());
    again["resume"] = json!(true);
    complete(again);
    assert_eq!(theta(&forked), theta(of.path()));
    assert_eq!(record(&forked), record(of.path()));
    // The probes of epochs 0 to 2 are copies; the others have the same numbers and other seconds.
    let (mine, theirs) = (probes(&forked), probes(of.path()));
    assert_eq!(mine.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    assert_eq!(mine.len() as u64, EPOCHS + 1);
    for (name, bytes) in mine.iter().take(3) {
        assert!(bytes == &theirs[name], "{name:?}");
    }
}

/// A run given another β and η midway, and a fork from there with both, end with the same bits.
#[test]
fn a_fork_with_another_beta_equals_a_run_steered_to_it() {
    let folder = TempDir::new().unwrap();
    let run = held(original(folder.path()), 22);
    answer(&run, Command::Checkpoint(None));
    let of = copied(folder.path());
    answer(&run, Command::Beta(Beta::Constant(4.0)));
    answer(&run, Command::LearningRate(LearningRate::Constant(3e-3)));
    run.command(Command::Resume);
    finish(&run);

    let forked = TempDir::new().unwrap();
    let run = start(json!({ "fork": of.path(), "out": forked.path(), "beta": 4, "learningRate": 3e-3 })).unwrap();
    assert_eq!(run.history().len(), 2);
    let events = finish(&run);
    let EventKind::Start { resumed_from: Some(22), forked_from: Some(from), .. } = &events[0].kind else {
        panic!("{:?}", events[0])
    };
    assert_eq!(from, of.path());
    assert_eq!(theta(forked.path()), theta(folder.path()));
    let control =
        |name: &str| record(forked.path()).into_iter().filter(|line| line["name"] == name).collect::<Vec<_>>();
    let (beta, rate) = (control("beta"), control("learningRate"));
    assert_eq!((beta.len(), rate.len()), (1, 1));
    assert_eq!((&beta[0]["step"], &beta[0]["from"], &beta[0]["to"]), (&json!(22), &json!(1.0), &json!(4.0)));
    assert_eq!((&rate[0]["step"], &rate[0]["from"], &rate[0]["to"]), (&json!(22), &json!(1e-3), &json!(3e-3)));
    let description = run_json(forked.path());
    assert_eq!(description["fork"], json!({ "of": of.path(), "step": 22 }));
    assert_eq!((&description["options"]["beta"], &description["options"]["latentDim"]), (&json!(4.0), &json!(3)));
}

/// A fork inherits the current β, not the initial one, and can then be resumed like any run.
#[test]
fn a_fork_goes_on_with_the_beta_that_holds_and_can_be_resumed() {
    let folder = TempDir::new().unwrap();
    let run = held(original(folder.path()), 1);
    answer(&run, Command::Beta(Beta::Constant(2.5)));
    answer(&run, Command::Checkpoint(None));
    let of = copied(folder.path());
    run.command(Command::Resume);
    finish(&run);

    let forked = TempDir::new().unwrap();
    let run = held(json!({ "fork": of.path(), "out": forked.path() }), 2);
    run.command(Command::Stop);
    finish(&run);
    let description = run_json(forked.path());
    assert_eq!(description["options"]["beta"], 2.5);
    let mut resumed = original(forked.path());
    (resumed["beta"], resumed["resume"]) = (json!(2.5), json!(true));
    complete(resumed);
    assert_eq!(theta(forked.path()), theta(folder.path()));
    assert_eq!(run_json(forked.path())["fork"], description["fork"]);
}

/// A fork writes a checkpoint before its first step, so that it survives a kill right after the start.
#[test]
fn a_fork_has_a_checkpoint_of_its_own_from_the_start() {
    let of = stopped();
    let forked = TempDir::new().unwrap();
    let run = held(json!({ "fork": of.path(), "out": forked.path(), "beta": 3 }), 23);
    let killed = copied(forked.path());
    run.command(Command::Resume);
    finish(&run);
    let mut resumed = original(killed.path());
    (resumed["beta"], resumed["resume"]) = (json!(3), json!(true));
    complete(resumed);
    assert_eq!(theta(killed.path()), theta(forked.path()));
}

/// A run ended by early stopping continues at another β, where losses at the old β do not count.
#[test]
fn a_fork_at_another_beta_is_not_stalled() {
    let folder = TempDir::new().unwrap();
    let mut json = original(folder.path());
    json["earlyStopping"] = json!({ "patience": 1, "minDelta": 1e9 });
    complete(json);
    let epochs = |beta: f64| {
        let forked = TempDir::new().unwrap();
        let run = start(json!({ "fork": folder.path(), "out": forked.path(), "beta": beta })).unwrap();
        finish(&run).last().unwrap().to_json()["epochs"].as_u64().unwrap()
    };
    assert_eq!((epochs(1.0), epochs(2.0)), (2, 4));
}

#[test]
fn what_is_no_fork_is_refused() {
    let of = stopped();
    let empty = TempDir::new().unwrap();
    let out = empty.path().join("fork");
    let refused = |json: Value| -> Error { start(json).expect_err("it should be refused") };
    let message = |json: Value, option: &str| {
        let error = refused(json);
        assert_eq!((error.code, error.option.as_deref()), (Code::Option, Some(option)), "{error}");
        error.to_string()
    };
    assert_eq!(
        message(json!({ "fork": of.path() }), "fork"),
        "fork: expected a folder for the new run, got no `out`; set `out` to a folder that holds no run."
    );
    assert_eq!(
        message(json!({ "fork": of.path(), "out": out, "resume": true }), "fork"),
        "fork: expected a new run, got `resume`, which continues one; set `resume` alone to continue the fork, or fork into \
         another folder."
    );
    assert!(message(json!({ "fork": of.path(), "out": of.path() }), "out").contains("which holds run.json"));
    assert_eq!(
        message(json!({ "fork": empty.path(), "out": out }), "fork"),
        format!(
            "fork: expected the folder of a run that has a checkpoint, got {}, which has none.",
            empty.path().display()
        )
    );
    let error = refused(json!({ "fork": of.path(), "out": out, "latentDim": 4 }));
    assert_eq!((error.code, error.option.as_deref()), (Code::Checkpoint, Some("latentDim")));
    assert!(
        error.to_string().contains("the run to fork was started with another option: expected 3, got 4"),
        "{error}"
    );
    assert!(!out.exists(), "a fork that is refused leaves nothing behind");

    std::fs::write(of.path().join("metrics.jsonl"), "").unwrap();
    let run = start(json!({ "fork": of.path(), "out": out })).unwrap();
    let end = finish(&run).last().unwrap().to_json();
    assert!(
        end["error"]["message"].as_str().unwrap().contains("the record is shorter than the checkpoint says"),
        "{end}"
    );
}
