//! What several test programs share.
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
use vae_core::files::metadata::Card;
use vae_core::files::model_file::Stored;
use vae_core::infer::vae::Vae;
use vae_core::model::pass::{Batch, Pass, Surroundings};
use vae_core::model::vae::Vae as Model;
use vae_core::nn::parameters::Vars;
use vae_core::objective::Terms;
use vae_core::objective::estimator::Estimator;
use vae_core::objective::weights::Weights;
use vae_core::run::events::{Event, Kind};
use vae_core::run::handle::{Command, Progress, Run};
use vae_core::{Task, TrainOptions};

/// A file of the shared data (real MNIST, a part of dSprites) that lie beside the repository, never in it; `None`,
/// after it has been recorded, where they are absent.
pub fn shared_data(file: &str) -> Option<PathBuf> {
    let beside = |folder: &Path| folder.join("../shared/data").join(file);
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(beside).find(|path| path.exists());
    if found.is_none() {
        skip(&format!("needs {file} in a folder shared/data beside the repository"));
    }
    found
}

/// Says that the current test cannot run here, and why: on its output, and in the file that the runner of all tests
/// names, which then does not count it as passed.
pub fn skip(reason: &str) {
    println!("SKIPPED: {reason}");
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    if let Some(log) = std::env::var_os("VAE_NATIVE_SKIPPED_LOG") {
        let mut log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        writeln!(log, "{test}: {reason}").unwrap();
    }
}

/// Asks for whole grids where the environment says `VAE_NATIVE_CHECK=all`, as `.ci/run` does; elsewhere a sample will do.
pub fn checks_all() -> bool {
    std::env::var("VAE_NATIVE_CHECK").is_ok_and(|which| which == "all")
}

/// MNIST as (train, test), 60,000 and 10,000 images; `None`, after it has been recorded, where it is absent.
pub fn mnist() -> Option<(Dataset, Dataset)> {
    let (train, test) = open_split(&shared_data("mnist")?, &OpenOptions::default(), &Task::new()).unwrap();
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

/// One batch x (B, D) with noise ε (B·L, d) through a model: the terms of its objective.
pub fn terms(
    model: &Model,
    vars: &Vars,
    (x, epsilon): (&Tensor, &Tensor),
    estimator: Estimator,
    weights: Weights,
) -> Terms {
    let second_batch = || candle_core::bail!("one batch is looked at alone");
    let surroundings = Surroundings { population: x.dim(0).unwrap(), second_batch: &second_batch };
    let (batch, objective) = (Batch::new(x.clone()), estimator.objective());
    let pass = Pass::new(model, vars, &batch, epsilon, objective.holds_z(), &surroundings).unwrap();
    objective.terms(&pass, weights, None).unwrap()
}

/// Training options from JSON; what is left out keeps its default.
pub fn options(json: Value) -> TrainOptions {
    TrainOptions::from_json(&json).unwrap()
}

/// What a file would hold of an untrained model with these parameters.
pub fn stored(data: &Dataset, options: &TrainOptions, theta: Vec<f32>) -> Stored {
    let card = Card::new(data, options);
    Stored { trained: card.trained(0, 0, card.options.beta.first(), None), card, theta, training: None }
}

/// A model with these parameters, as if it had been trained on `data`.
pub fn model(data: &Dataset, options: &TrainOptions, theta: Vec<f32>) -> Vae {
    Vae::new(stored(data, options, theta), None, options.compute).unwrap()
}

pub fn is_end(event: &Event) -> bool {
    matches!(event.kind, Kind::End { .. })
}

/// Polls until the run has ended; all events since the last poll, the end included.
pub fn finish(run: &Run) -> Vec<Event> {
    poll_until(run, is_end)
}

/// The most epochs that there can be: enough for a run that is ended from outside.
pub const ENDLESS: u64 = 1_000_000;

/// Polls until an event of this kind, or the end, has come; all events since the last poll, those behind it included.
pub fn poll_until(run: &Run, is_it: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let is_over = !["starting", "running", "paused"].contains(&run.progress().state);
        if is_over {
            // The end is about to be told, or has been.
            run.join();
        }
        let news = run.poll();
        assert!(!(is_over && news.is_empty()), "the run has ended, and its end has been told before");
        let found = news.iter().any(&is_it);
        let ended = news.iter().any(is_end);
        events.extend(news);
        if found || ended {
            return events;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// A digest of the numbers' bits: equal or not, and short where they are not.
pub fn bits(values: &[f32]) -> String {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_bits().to_le_bytes()).collect();
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The lines of metrics.jsonl without what may differ: times, and how many threads there were.
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

/// A copy of a folder, as a process that is killed now would leave it.
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

/// Hands over a command and waits for the event that answers it.
pub fn answer(run: &Run, command: Command) -> Event {
    let id = run.command(command);
    let events = poll_until(run, |event| event.command == Some(id));
    events.into_iter().find(|event| event.command == Some(id)).unwrap()
}

/// Nothing moves in a run that is paused: whatever is asked of it is answered at the same step and the same second of
/// training, and nothing else is told. (It is told to pause again and again, which its record holds.)
pub fn assert_stands_still(run: &Run) {
    let Progress { state, step, .. } = run.progress();
    assert_eq!(state, "paused");
    let asked = (0..20).map(|_| {
        let id = run.command(Command::Pause);
        let events = poll_until(run, |event| event.command == Some(id));
        assert_eq!(
            events.iter().map(|event| (event.command, event.moment.step)).collect::<Vec<_>>(),
            [(Some(id), step)]
        );
        events[0].moment.seconds
    });
    let seconds: Vec<f64> = asked.collect();
    assert!(seconds.iter().all(|&at| at == seconds[0]), "{seconds:?}");
}
