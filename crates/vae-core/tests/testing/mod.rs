//! Helpers shared by several test programs.
#![allow(dead_code, reason = "each test program uses its own share of this")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a helper of tests may fail a test")]
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use candle_core::Tensor;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use vae_core::data::{Dataset, OpenOptions, Preprocessing, Shape, open_split};
use vae_core::files::metadata::ModelMetadata;
use vae_core::files::model_file::StoredModel;
use vae_core::infer::vae::TrainedVae;
use vae_core::model::pass::{Batch, Pass, Surroundings};
use vae_core::model::vae::Vae;
use vae_core::nn::parameters::Vars;
use vae_core::objective::Terms;
use vae_core::objective::estimator::Estimator;
use vae_core::objective::weights::Weights;
use vae_core::run::events::{Event, EventKind};
use vae_core::run::handle::{Command, Progress, Run};
use vae_core::{CancelToken, TrainOptions};

/// A file of the shared data (real MNIST, a part of dSprites) beside the repository, never in it; records the skip and
/// returns `None` if they are absent.
pub fn shared_data(file: &str) -> Option<PathBuf> {
    let beside = |folder: &Path| folder.join("../shared/data").join(file);
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(beside).find(|path| path.exists());
    if found.is_none() {
        skip(&format!("needs {file} in a folder shared/data beside the repository"));
    }
    found
}

/// Reports that the current test cannot run here, and why: on its output, and in the file named by the runner of all
/// tests, which then does not count it as passed.
pub fn skip(reason: &str) {
    println!("SKIPPED: {reason}");
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    if let Some(log) = std::env::var_os("VAE_NATIVE_SKIPPED_LOG") {
        let mut log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        writeln!(log, "{test}: {reason}").unwrap();
    }
}

/// True with `VAE_NATIVE_CHECK=all`, as in `.ci/run`: check whole grids; otherwise a sample suffices.
pub fn checks_all() -> bool {
    std::env::var("VAE_NATIVE_CHECK").is_ok_and(|which| which == "all")
}

/// MNIST as (train, test), 60,000 and 10,000 images; records the skip and returns `None` if absent.
pub fn mnist() -> Option<(Dataset, Dataset)> {
    let (train, test) = open_split(&shared_data("mnist")?, &OpenOptions::default(), &CancelToken::new()).unwrap();
    Some((train, test.unwrap()))
}

/// Vectors of `size` floats, one after the other.
pub fn vectors(values: Vec<f32>, size: usize) -> Dataset {
    Dataset::from_f32(values, Shape::new(vec![size]).unwrap(), None, &Preprocessing::default()).unwrap()
}

/// The shape of vectors of this size.
pub fn vector(size: usize) -> Shape {
    Shape::new(vec![size]).unwrap()
}

/// The terms of an objective for one batch x (B, D) with noise ε (B·L, d).
pub fn terms(
    model: &Vae,
    vars: &Vars,
    (x, epsilon): (&Tensor, &Tensor),
    estimator: Estimator,
    weights: Weights,
) -> Terms {
    let second_batch = || candle_core::bail!("there is one batch only");
    let surroundings = Surroundings { population: x.dim(0).unwrap(), second_batch: &second_batch };
    let batch = Batch::new(x.clone());
    let objective = estimator.objective();
    let pass = Pass::new(model, vars, &batch, epsilon, objective.holds_z(), &surroundings).unwrap();
    objective.terms(&pass, weights, None).unwrap()
}

/// Training options from JSON; missing ones keep their defaults.
pub fn options(json: Value) -> TrainOptions {
    TrainOptions::from_json(&json).unwrap()
}

/// The file content of an untrained model with these parameters.
pub fn stored(data: &Dataset, options: &TrainOptions, theta: Vec<f32>) -> StoredModel {
    let metadata = ModelMetadata::new(data, options);
    StoredModel {
        provenance: metadata.provenance(0, 0, metadata.options.beta.first(), None),
        metadata,
        theta,
        training: None,
    }
}

/// A model with these parameters, as if it had been trained on `data`.
pub fn model(data: &Dataset, options: &TrainOptions, theta: Vec<f32>) -> TrainedVae {
    TrainedVae::new(stored(data, options, theta), None, options.compute).unwrap()
}

pub fn is_end(event: &Event) -> bool {
    matches!(event.kind, EventKind::End { .. })
}

/// Polls until the run has ended; returns all events since the last poll, including the end.
pub fn finish(run: &Run) -> Vec<Event> {
    poll_until(run, is_end)
}

/// Maximum number of epochs, for runs that the test ends.
pub const ENDLESS: u64 = 1_000_000;

/// Polls until an event satisfies `is_it` or the run ends; returns all events since the last poll.
pub fn poll_until(run: &Run, is_it: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let is_over = !["starting", "running", "paused"].contains(&run.progress().state);
        if is_over {
            // The end event is about to be emitted, or has been.
            run.join();
        }
        let new_events = run.poll();
        assert!(!(is_over && new_events.is_empty()), "the run has ended, and its end was already polled");
        let found = new_events.iter().any(&is_it);
        let ended = new_events.iter().any(is_end);
        events.extend(new_events);
        if found || ended {
            return events;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// A digest of the numbers' bits, for short failure messages.
pub fn bits(values: &[f32]) -> String {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_bits().to_le_bytes()).collect();
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The lines of metrics.jsonl without parts that may differ: times and the number of threads.
pub fn record(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("metrics.jsonl")).unwrap();
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &mut lines {
        let line = line.as_object_mut().unwrap();
        line.remove("seconds").unwrap();
        line.remove("examplesPerSecond");
        line.remove("model"); // the folder's own path
        if line["type"] == "start" {
            line.remove("engine");
            line["options"].as_object_mut().unwrap().remove("threads");
            line["options"].as_object_mut().unwrap().remove("epochs");
        }
    }
    lines
}

/// A copy of a folder, as a process killed now would leave it.
pub fn copied(folder: &Path) -> TempDir {
    fn copy(from: &Path, to: &Path) {
        for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            let to = to.join(entry.file_name());
            if entry.path().is_dir() {
                std::fs::create_dir(&to).unwrap();
                copy(&entry.path(), &to);
            } else {
                std::fs::copy(entry.path(), &to).unwrap();
            }
        }
    }
    let copied = TempDir::new().unwrap();
    copy(folder, copied.path());
    copied
}

/// Sends a command and waits for the event that answers it.
pub fn answer(run: &Run, command: Command) -> Event {
    let id = run.command(command);
    let events = poll_until(run, |event| event.command == Some(id));
    events.into_iter().find(|event| event.command == Some(id)).unwrap()
}

/// Asserts that a paused run does not advance: it answers every command at the same step and the same second of
/// training, and emits nothing else. (The repeated pauses are in its record.)
pub fn assert_stands_still(run: &Run) {
    let Progress { state, step, .. } = run.progress();
    assert_eq!(state, "paused");
    let times = (0..20).map(|_| {
        let id = run.command(Command::Pause);
        let events = poll_until(run, |event| event.command == Some(id));
        assert_eq!(
            events.iter().map(|event| (event.command, event.moment.step)).collect::<Vec<_>>(),
            [(Some(id), step)]
        );
        events[0].moment.seconds
    });
    let seconds: Vec<f64> = times.collect();
    assert!(seconds.iter().all(|&at| at == seconds[0]), "{seconds:?}");
}
