//! A run that is stopped and resumed, at whichever step, ends bit for bit as one that never was; so does one on another
//! number of threads. What cannot be continued is refused, and a failing write leaves the old file.
// A helper of tests fails loudly, as the tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use vae_core::data::{Binarize, Dataset, Preprocessing, Shape, digits::digits};
use vae_core::files::metadata::Card;
use vae_core::files::model_file::{self, Stored, Training};
use vae_core::objective::weights::Beta;
use vae_core::optim::learning_rate::LearningRate;
use vae_core::run::events::{EndStatus, Event, Kind};
use vae_core::run::handle::{Command, Run};
use vae_core::run::prepare::prepare;
use vae_core::train::trainer::Trainer;
use vae_core::{Code, Error, Task, TrainOptions};

use testing::{answer, bits, finish, is_end, options, poll_until, record};

/// 540 of 600 digits to train on: 9 steps an epoch, the last of them with 28 examples.
const STEPS_PER_EPOCH: u64 = 9;
const EPOCHS: u64 = 6;

/// What is trained, in two variants: plain, and with every kind of extra state.
#[derive(Debug, Clone, Copy)]
enum Variant {
    Plain,
    Rich,
}

impl Variant {
    fn data(self) -> Dataset {
        let (pixels, labels) = digits(600, 1);
        let binarize = match self {
            Variant::Plain => Binarize::None,
            Variant::Rich => Binarize::Dynamic,
        };
        let preprocessing = Preprocessing { binarize, ..Preprocessing::default() };
        Dataset::from_u8(pixels, Shape::new(vec![28, 28]).unwrap(), Some(labels), &preprocessing).unwrap()
    }

    fn options(self, out: Option<&Path>) -> TrainOptions {
        let mut json = json!({
            "hiddenDims": [32], "latentDim": 2, "batchSize": 60, "epochs": EPOCHS, "validation": 60, "threads": 2,
            "out": out, "probe": false,
        });
        if let Variant::Rich = self {
            json["keep"] = json!("best");
            json["earlyStopping"] = json!({ "patience": 50, "minDelta": 0.1 });
            json["estimator"] = json!({ "type": "reparameterization", "samples": 2 });
            json["likelihood"] = json!({ "type": "gaussian", "variance": "learned" });
            json["learningRate"] = json!(3e-3);
        }
        options(json)
    }
}

/// What two runs must have in common: the checkpoint without its times, and the record without its times.
#[derive(Debug, PartialEq)]
struct Outcome {
    theta: String,
    m: String,
    v: String,
    best: Option<String>,
    state: Value,
    kept: String,
    record: Vec<Value>,
}

impl Outcome {
    fn of(folder: &Path) -> Self {
        let Stored { theta, training, .. } = model_file::read(&folder.join("checkpoint.safetensors")).unwrap();
        let Training { state, m, v, best, .. } = training.unwrap();
        let mut state = serde_json::to_value(state).unwrap();
        for time in ["seconds", "recordBytes"] {
            state.as_object_mut().unwrap().remove(time).unwrap();
        }
        let kept = model_file::read(&folder.join("model.safetensors")).unwrap().theta;
        let (m, v, best) = (bits(&m), bits(&v), best.as_deref().map(bits));
        Self { theta: bits(&theta), m, v, best, state, kept: bits(&kept), record: record(folder) }
    }
}

fn status(events: &[Event]) -> EndStatus {
    match &events.last().unwrap().kind {
        Kind::End { status, error, .. } => {
            assert!(error.is_none(), "{error:?}");
            *status
        }
        other => panic!("the last event is {other:?}"),
    }
}

fn complete(variant: Variant, options: TrainOptions) {
    let run = Run::start(variant.data(), None, options).unwrap();
    assert_eq!(status(&finish(&run)), EndStatus::Completed);
}

/// A run that nobody interrupts, in a folder of its own.
fn uninterrupted(variant: Variant, threads: usize) -> Outcome {
    let folder = TempDir::new().unwrap();
    complete(variant, TrainOptions { threads: Some(threads), ..variant.options(Some(folder.path())) });
    Outcome::of(folder.path())
}

/// Stopped as soon as each of these steps has been seen, wherever that is by then, and resumed on another number of threads
/// each time.
fn interrupted(variant: Variant, stops: &[u64]) -> Outcome {
    let folder = TempDir::new().unwrap();
    let mut resume = false;
    for (i, &stop) in stops.iter().enumerate() {
        let options = TrainOptions { resume, threads: Some(1 + i % 3), ..variant.options(Some(folder.path())) };
        let run = Run::start(variant.data(), None, options).unwrap();
        let mut events = poll_until(&run, |event| event.moment.step >= stop);
        run.command(Command::Stop);
        // Where stopping took longer than training, the run has come to its own end.
        if !events.iter().any(is_end) {
            events = finish(&run);
        }
        println!("{variant:?}: asked to stop at step {stop}, stopped at {}", events.last().unwrap().moment.step);
        resume = true;
    }
    complete(variant, TrainOptions { resume, ..variant.options(Some(folder.path())) });
    Outcome::of(folder.path())
}

#[test]
fn a_stopped_and_resumed_run_ends_as_one_that_never_was() {
    for variant in [Variant::Plain, Variant::Rich] {
        let expected = uninterrupted(variant, 2);
        assert_eq!(expected.record.len() as u64, 1 + EPOCHS * STEPS_PER_EPOCH / 10 + EPOCHS + 1);
        for stops in [&[1, 2, 13][..], &[9, 27], &[5, 17, 18, 31, 44], &[0, 53], &[35, 36, 37]] {
            assert_eq!(interrupted(variant, stops), expected, "{variant:?} with stops at {stops:?}");
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for variant in [Variant::Plain, Variant::Rich] {
        let expected = uninterrupted(variant, 1);
        assert_eq!(uninterrupted(variant, 2), expected);
        assert_eq!(uninterrupted(variant, 3), expected);
    }
}

/// 784-400-20 with batches of 128, whose matrix products are large enough to be shared out.
#[test]
fn the_number_of_threads_changes_nothing_for_large_products() {
    let theta = |threads: usize| {
        let json = json!({ "latentDim": 20, "epochs": 3, "validation": 100, "threads": threads });
        let run = Run::start(Dataset::digits(1000, 1).unwrap(), None, options(json)).unwrap();
        assert_eq!(status(&finish(&run)), EndStatus::Completed);
        bits(run.model().unwrap().theta())
    };
    let one = theta(1);
    for threads in [2, 3, 8] {
        assert_eq!(theta(threads), one, "{threads} threads");
    }
}

/// A run of two epochs that is given more ends at an epoch's last step, exactly.
#[test]
fn a_run_that_is_given_more_epochs_ends_as_if_it_had_had_them_at_once() {
    for variant in [Variant::Plain, Variant::Rich] {
        let folder = TempDir::new().unwrap();
        complete(variant, TrainOptions { epochs: 2, ..variant.options(Some(folder.path())) });
        complete(variant, TrainOptions { epochs: 3, resume: true, ..variant.options(Some(folder.path())) });
        complete(variant, TrainOptions { resume: true, ..variant.options(Some(folder.path())) });
        assert_eq!(Outcome::of(folder.path()), uninterrupted(variant, 2));
    }
}

/// A completed run that is resumed has nothing to do, and says the same again.
#[test]
fn resuming_a_completed_run_changes_nothing() {
    let folder = TempDir::new().unwrap();
    complete(Variant::Rich, Variant::Rich.options(Some(folder.path())));
    let before = Outcome::of(folder.path());
    complete(Variant::Rich, TrainOptions { resume: true, ..Variant::Rich.options(Some(folder.path())) });
    assert_eq!(Outcome::of(folder.path()), before);
}

/// An end by early stopping is an end: resuming must not train on.
#[test]
fn a_run_that_early_stopping_ended_stays_ended() {
    let folder = TempDir::new().unwrap();
    let stopping = || {
        let mut options = Variant::Plain.options(Some(folder.path()));
        options.early_stopping = Some(vae_core::options::EarlyStopping { patience: 1, min_delta: 1e9 });
        options
    };
    complete(Variant::Plain, stopping());
    let before = Outcome::of(folder.path());
    assert_eq!(before.state["step"], 2 * STEPS_PER_EPOCH);
    complete(Variant::Plain, TrainOptions { resume: true, ..stopping() });
    assert_eq!(Outcome::of(folder.path()), before);
}

/// β and η changed by command: the record names the steps, and following it gives the same parameters; so does a run
/// that was stopped after the commands.
#[test]
fn a_steered_run_follows_from_its_record() {
    let variant = Variant::Rich;
    let folder = TempDir::new().unwrap();
    let held = |resume| {
        let options = TrainOptions { resume, ..variant.options(Some(folder.path())) };
        Run::start_with(variant.data(), None, options, &[Command::Pause]).unwrap()
    };
    let go_to = |run: &Run, step| {
        while run.progress().step < step {
            answer(run, Command::Step);
        }
    };
    let run = held(false);
    go_to(&run, 7);
    run.command(Command::Beta(Beta::Constant(4.0)));
    run.command(Command::LearningRate(LearningRate::Constant(1e-3)));
    go_to(&run, 20);
    run.command(Command::Stop);
    finish(&run);
    let run = held(true);
    go_to(&run, 40);
    run.command(Command::Beta(Beta::Constant(0.5)));
    run.command(Command::Resume);
    assert_eq!(status(&finish(&run)), EndStatus::Completed);

    let is_knob =
        |line: &Value| line["type"] == "control" && (line["name"] == "beta" || line["name"] == "learningRate");
    let controls: Vec<Value> = record(folder.path()).into_iter().filter(is_knob).collect();
    println!("{controls:?}");
    assert_eq!(controls.iter().map(|control| control["step"].as_u64()).collect::<Vec<_>>(), [7, 7, 40].map(Some));
    let mut trainer = fresh_trainer(variant);
    for step in 0..EPOCHS * STEPS_PER_EPOCH {
        for control in controls.iter().filter(|control| control["step"] == step) {
            let to = control["to"].as_f64().unwrap();
            let state = trainer.state_mut();
            let knob = if control["name"] == "beta" { &mut state.beta } else { &mut state.learning_rate };
            assert_eq!(control["from"].as_f64().unwrap(), *knob);
            *knob = to;
        }
        trainer.step().unwrap();
        if trainer.at_epoch_start() {
            trainer.end_epoch(&Task::new()).unwrap();
        }
    }
    let outcome = Outcome::of(folder.path());
    let Training { m, v, .. } = trainer.checkpoint().unwrap().training.unwrap();
    assert_eq!(outcome.theta, bits(&trainer.theta().unwrap()));
    assert_eq!((outcome.m, outcome.v), (bits(&m), bits(&v)));
    assert_eq!(outcome.kept, bits(&trainer.result().unwrap().theta));
}

fn fresh_trainer(variant: Variant) -> Trainer {
    let prepared = prepare(variant.data(), None, variant.options(None)).unwrap();
    let card = Card::new(&prepared.data, &prepared.options);
    Trainer::new(card, prepared.data, prepared.validation, None).unwrap()
}

/// Through a file, at every step of an epoch and a half, the ends of epochs included.
#[test]
fn a_trainer_goes_on_from_its_file_at_every_step() {
    let variant = Variant::Rich;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let advance = |trainer: &mut Trainer| {
        trainer.step().unwrap();
        if trainer.at_epoch_start() {
            trainer.end_epoch(&Task::new()).unwrap();
        }
    };
    let (mut whole, mut pieces) = (fresh_trainer(variant), fresh_trainer(variant));
    for _ in 0..14 {
        advance(&mut whole);
        advance(&mut pieces);
        model_file::write(&path, &pieces.checkpoint().unwrap()).unwrap();
        let prepared = prepare(variant.data(), None, variant.options(None)).unwrap();
        let stored = model_file::read(&path).unwrap();
        let card = Card::new(&prepared.data, &prepared.options);
        pieces = Trainer::new(card, prepared.data, prepared.validation, Some(stored)).unwrap();
        let (a, b) = (whole.checkpoint().unwrap(), pieces.checkpoint().unwrap());
        assert_eq!(bits(&a.theta), bits(&b.theta));
        assert_eq!(a.training.unwrap().state, b.training.unwrap().state);
    }
}

/// The folder of a run that was stopped.
fn stopped(variant: Variant) -> TempDir {
    let folder = TempDir::new().unwrap();
    let commands = [Command::Step, Command::Step, Command::Step, Command::Stop];
    let run = Run::start_with(variant.data(), None, variant.options(Some(folder.path())), &commands).unwrap();
    assert_eq!(status(&finish(&run)), EndStatus::Stopped);
    folder
}

fn refusal(data: Dataset, options: TrainOptions) -> Error {
    Run::start(data, None, options).expect_err("the run should be refused")
}

#[test]
fn a_run_is_continued_only_as_itself() {
    let variant = Variant::Plain;
    let folder = stopped(variant);
    let resumed = || TrainOptions { resume: true, ..variant.options(Some(folder.path())) };
    let path = folder.path().join("checkpoint.safetensors");

    let error = refusal(variant.data(), TrainOptions { latent_dim: 3, ..resumed() });
    assert_eq!((error.code, error.option.as_deref()), (Code::Checkpoint, Some("latentDim")));
    assert_eq!(
        error.to_string(),
        format!(
            "latentDim: {}: the run to continue was started with another option: expected 2, got 3; \
             continue with the same options, or start a new run in another folder.",
            path.display()
        )
    );
    for (name, options) in [
        ("beta", TrainOptions { beta: Beta::Constant(2.0), ..resumed() }),
        ("seed", TrainOptions { seed: 2, ..resumed() }),
        ("batchSize", TrainOptions { batch_size: 50, ..resumed() }),
        ("learningRate", TrainOptions { learning_rate: LearningRate::Constant(0.5), ..resumed() }),
        ("hiddenDims", TrainOptions { hidden_dims: vec![32, 32], ..resumed() }),
    ] {
        assert_eq!(refusal(variant.data(), options).option.as_deref(), Some(name));
    }

    let error = refusal(Dataset::digits(600, 2).unwrap(), resumed());
    assert_eq!((error.code, error.path.as_deref()), (Code::Checkpoint, Some(path.as_path())));
    assert!(error.to_string().contains("the run to continue was started with other data: expected"), "{error}");

    let error = refusal(variant.data(), variant.options(Some(folder.path())));
    assert_eq!((error.code, error.option.as_deref()), (Code::Option, Some("out")));
    assert!(error.to_string().ends_with("set `resume` to continue that run, or choose another folder."), "{error}");

    // What is watched, how long and how fast may differ.
    complete(variant, TrainOptions { threads: Some(1), epochs: 2, ..resumed() });
}

/// Cut off anywhere, or with one bit flipped anywhere, a checkpoint is refused in one sentence that names the file.
#[test]
fn a_damaged_checkpoint_is_refused() {
    let folder = stopped(Variant::Plain);
    let path = folder.path().join("checkpoint.safetensors");
    let whole = std::fs::read(&path).unwrap();
    let refused = |bytes: &[u8], what: &str| {
        std::fs::write(&path, bytes).unwrap();
        let error = model_file::read(&path).err().unwrap_or_else(|| panic!("{what} was accepted"));
        assert_eq!((error.code, error.path.as_deref()), (Code::Checkpoint, Some(path.as_path())), "{what}: {error}");
        error.to_string()
    };
    let n = whole.len();
    for length in [0, 1, 7, 8, 9, 100, 1000, 4000, n / 2, n - 4, n - 1] {
        refused(&whole[..length], &format!("a file of {length} bytes of {n}"));
    }
    // Every bit of the length and of some letters of the header, then bits spread over all of the file.
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    let positions: HashSet<usize> =
        (0..64).chain((64..header).step_by(29)).chain((header..n).step_by(n / 100)).chain([n - 1]).collect();
    let mut messages = HashSet::new();
    for position in positions {
        for bit in [0, 3, 6] {
            let mut bytes = whole.clone();
            bytes[position] ^= 1 << bit;
            let around =
                String::from_utf8_lossy(&bytes[position.saturating_sub(20)..(position + 20).min(n)]).into_owned();
            let message = refused(&bytes, &format!("bit {bit} of byte {position}, among {around:?}, flipped"));
            messages.insert(message.split(": ").nth(1).unwrap_or_default().to_owned());
        }
    }
    println!("{messages:#?}");
    std::fs::write(&path, &whole).unwrap();
    assert!(model_file::read(&path).is_ok());
}

#[test]
fn a_record_that_was_cut_off_is_missed() {
    let variant = Variant::Plain;
    let folder = stopped(variant);
    let record = folder.path().join("metrics.jsonl");
    std::fs::write(&record, "").unwrap();
    let run = Run::start(variant.data(), None, TrainOptions { resume: true, ..variant.options(Some(folder.path())) })
        .unwrap();
    let events = finish(&run);
    let Kind::End { status: EndStatus::Failed, error: Some(error), .. } = &events.last().unwrap().kind else {
        panic!("{events:?}")
    };
    assert_eq!((error.code, error.path.as_deref()), (Code::Checkpoint, Some(record.as_path())));
}
