//! A run stopped at any step and resumed ends bit for bit like an uninterrupted one; so does one on another number of
//! threads. Runs that cannot be continued are refused, and a failing write leaves the old file.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use vae_core::data::{Binarize, Dataset, Preprocessing, Shape, digits::digits};
use vae_core::files::metadata::ModelMetadata;
use vae_core::files::model_file::{self, ResumeState, StoredModel};
use vae_core::objective::weights::Beta;
use vae_core::optim::learning_rate::LearningRate;
use vae_core::run::events::{EndStatus, Event, EventKind};
use vae_core::run::handle::{Command, Run};
use vae_core::run::prepare::prepare;
use vae_core::train::trainer::Trainer;
use vae_core::{CancelToken, Code, Error, TrainOptions};

use testing::{answer, bits, finish, is_end, options, poll_until, record};

/// 540 of 600 digits to train on: 9 steps an epoch, the last of them with 28 examples.
const STEPS_PER_EPOCH: u64 = 9;
const EPOCHS: u64 = 6;

/// Two variants of a training: plain, and with every kind of extra state.
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

/// The part that two runs must share: checkpoint and record, without their times.
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
    fn from_folder(folder: &Path) -> Self {
        let StoredModel { theta, training, .. } = model_file::read(&folder.join("checkpoint.safetensors")).unwrap();
        let ResumeState { state, m, v, best, .. } = training.unwrap();
        let mut state = serde_json::to_value(state).unwrap();
        for time in ["seconds", "recordBytes"] {
            state.as_object_mut().unwrap().remove(time).unwrap();
        }
        let kept = model_file::read(&folder.join("model.safetensors")).unwrap().theta;
        let m = bits(&m);
        let v = bits(&v);
        let best = best.as_deref().map(bits);
        Self { theta: bits(&theta), m, v, best, state, kept: bits(&kept), record: record(folder) }
    }
}

fn status(events: &[Event]) -> EndStatus {
    match &events.last().unwrap().kind {
        EventKind::End { status, error, .. } => {
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

/// An uninterrupted run, in its own folder.
fn uninterrupted(variant: Variant, threads: usize) -> Outcome {
    let folder = TempDir::new().unwrap();
    complete(variant, TrainOptions { threads: Some(threads), ..variant.options(Some(folder.path())) });
    Outcome::from_folder(folder.path())
}

/// A run stopped once each of these steps has been reported, at whichever step it has reached by then, and resumed on
/// another number of threads each time.
fn interrupted(variant: Variant, stops: &[u64]) -> Outcome {
    let folder = TempDir::new().unwrap();
    let mut resume = false;
    for (i, &stop) in stops.iter().enumerate() {
        let options = TrainOptions { resume, threads: Some(1 + i % 3), ..variant.options(Some(folder.path())) };
        let run = Run::start(variant.data(), None, options).unwrap();
        let mut events = poll_until(&run, |event| event.moment.step >= stop);
        run.command(Command::Stop);
        // If stopping took longer than training, the run has completed.
        if !events.iter().any(is_end) {
            events = finish(&run);
        }
        println!("{variant:?}: asked to stop at step {stop}, stopped at {}", events.last().unwrap().moment.step);
        resume = true;
    }
    complete(variant, TrainOptions { resume, ..variant.options(Some(folder.path())) });
    Outcome::from_folder(folder.path())
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

/// 784-400-20 with batches of 128, whose matrix products are large enough to be divided among threads.
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

/// A completed run of two epochs is extended exactly from its last step.
#[test]
fn an_extended_run_equals_one_started_with_all_its_epochs() {
    for variant in [Variant::Plain, Variant::Rich] {
        let folder = TempDir::new().unwrap();
        complete(variant, TrainOptions { epochs: 2, ..variant.options(Some(folder.path())) });
        complete(variant, TrainOptions { epochs: 3, resume: true, ..variant.options(Some(folder.path())) });
        complete(variant, TrainOptions { resume: true, ..variant.options(Some(folder.path())) });
        assert_eq!(Outcome::from_folder(folder.path()), uninterrupted(variant, 2));
    }
}

/// Resuming a completed run trains nothing and reports the same end.
#[test]
fn resuming_a_completed_run_changes_nothing() {
    let folder = TempDir::new().unwrap();
    complete(Variant::Rich, Variant::Rich.options(Some(folder.path())));
    let before = Outcome::from_folder(folder.path());
    complete(Variant::Rich, TrainOptions { resume: true, ..Variant::Rich.options(Some(folder.path())) });
    assert_eq!(Outcome::from_folder(folder.path()), before);
}

/// Early stopping is final: resuming must not train on.
#[test]
fn a_run_that_early_stopping_ended_stays_ended() {
    let folder = TempDir::new().unwrap();
    let stopping = || {
        let mut options = Variant::Plain.options(Some(folder.path()));
        options.early_stopping = Some(vae_core::options::EarlyStopping { patience: 1, min_delta: 1e9 });
        options
    };
    complete(Variant::Plain, stopping());
    let before = Outcome::from_folder(folder.path());
    assert_eq!(before.state["step"], 2 * STEPS_PER_EPOCH);
    complete(Variant::Plain, TrainOptions { resume: true, ..stopping() });
    assert_eq!(Outcome::from_folder(folder.path()), before);
}

/// β and η changed by command: the record holds the steps, and replaying it gives the same parameters; so does a run
/// stopped after the commands.
#[test]
fn a_steered_run_follows_from_its_record() {
    let variant = Variant::Rich;
    let folder = TempDir::new().unwrap();
    let held = |resume| {
        let options = TrainOptions { resume, ..variant.options(Some(folder.path())) };
        Run::start_with(variant.data(), None, options, &[Command::Pause]).unwrap()
    };
    let step_to = |run: &Run, step| {
        while run.progress().step < step {
            answer(run, Command::Step);
        }
    };
    let run = held(false);
    step_to(&run, 7);
    run.command(Command::Beta(Beta::Constant(4.0)));
    run.command(Command::LearningRate(LearningRate::Constant(1e-3)));
    step_to(&run, 20);
    run.command(Command::Stop);
    finish(&run);
    let run = held(true);
    step_to(&run, 40);
    run.command(Command::Beta(Beta::Constant(0.5)));
    run.command(Command::Resume);
    assert_eq!(status(&finish(&run)), EndStatus::Completed);

    let is_setting =
        |line: &Value| line["type"] == "control" && (line["name"] == "beta" || line["name"] == "learningRate");
    let controls: Vec<Value> = record(folder.path()).into_iter().filter(is_setting).collect();
    println!("{controls:?}");
    assert_eq!(controls.iter().map(|control| control["step"].as_u64()).collect::<Vec<_>>(), [7, 7, 40].map(Some));
    let mut trainer = fresh_trainer(variant);
    for step in 0..EPOCHS * STEPS_PER_EPOCH {
        for control in controls.iter().filter(|control| control["step"] == step) {
            let to = control["to"].as_f64().unwrap();
            let state = trainer.state_mut();
            let setting = if control["name"] == "beta" { &mut state.beta } else { &mut state.learning_rate };
            assert_eq!(control["from"].as_f64().unwrap(), *setting);
            *setting = to;
        }
        trainer.step().unwrap();
        if trainer.at_epoch_start() {
            trainer.end_epoch(&CancelToken::new()).unwrap();
        }
    }
    let outcome = Outcome::from_folder(folder.path());
    let ResumeState { m, v, .. } = trainer.checkpoint().unwrap().training.unwrap();
    assert_eq!(outcome.theta, bits(&trainer.theta().unwrap()));
    assert_eq!((outcome.m, outcome.v), (bits(&m), bits(&v)));
    assert_eq!(outcome.kept, bits(&trainer.result().unwrap().theta));
}

fn fresh_trainer(variant: Variant) -> Trainer {
    let prepared = prepare(variant.data(), None, variant.options(None)).unwrap();
    let metadata = ModelMetadata::new(&prepared.data, &prepared.options);
    Trainer::new(metadata, prepared.data, prepared.validation, None).unwrap()
}

/// Through a file, at every step of one and a half epochs, including the ends of epochs.
#[test]
fn a_trainer_goes_on_from_its_file_at_every_step() {
    let variant = Variant::Rich;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let advance = |trainer: &mut Trainer| {
        trainer.step().unwrap();
        if trainer.at_epoch_start() {
            trainer.end_epoch(&CancelToken::new()).unwrap();
        }
    };
    let (mut whole, mut pieces) = (fresh_trainer(variant), fresh_trainer(variant));
    for _ in 0..14 {
        advance(&mut whole);
        advance(&mut pieces);
        model_file::write(&path, &pieces.checkpoint().unwrap()).unwrap();
        let prepared = prepare(variant.data(), None, variant.options(None)).unwrap();
        let stored = model_file::read(&path).unwrap();
        let metadata = ModelMetadata::new(&prepared.data, &prepared.options);
        pieces = Trainer::new(metadata, prepared.data, prepared.validation, Some(stored)).unwrap();
        let (a, b) = (whole.checkpoint().unwrap(), pieces.checkpoint().unwrap());
        assert_eq!(bits(&a.theta), bits(&b.theta));
        assert_eq!(a.training.unwrap().state, b.training.unwrap().state);
    }
}

/// The folder of a stopped run.
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

    // Epochs and threads may differ.
    complete(variant, TrainOptions { threads: Some(1), epochs: 2, ..resumed() });
}

/// A checkpoint truncated anywhere, or with one bit flipped anywhere, is refused in one sentence that names the file.
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
    // Every bit of the length and of some letters of the header, then bits spread over the whole file.
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
    let EventKind::End { status: EndStatus::Failed, error: Some(error), .. } = &events.last().unwrap().kind else {
        panic!("{events:?}")
    };
    assert_eq!((error.code, error.path.as_deref()), (Code::Checkpoint, Some(record.as_path())));
}
