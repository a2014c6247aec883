//! Contents of a run folder besides the record and the checkpoint: the probes of its epochs, and the lock.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use std::path::Path;

use safetensors::SafeTensors;
use serde_json::{Value, json};
use tempfile::TempDir;
use vae_core::data::Dataset;
use vae_core::files::probe_file;
use vae_core::run::events::{EndStatus, Event, EventKind};
use vae_core::run::handle::{Command, Run};
use vae_core::{Code, TrainOptions};

use testing::{ENDLESS, answer, finish, options, poll_until};

/// 3 epochs of 5 steps.
fn settings(out: &Path, more: Value) -> TrainOptions {
    let mut json = json!({ "hiddenDims": [16], "batchSize": 50, "epochs": 3, "threads": 1, "out": out });
    for (name, value) in more.as_object().unwrap() {
        json[name] = value.clone();
    }
    options(json)
}

fn start(out: &Path, more: Value) -> Run {
    start_with(out, more, &[])
}

fn start_with(out: &Path, more: Value, commands: &[Command]) -> Run {
    Run::start_with(Dataset::digits(250, 1).unwrap(), None, settings(out, more), commands).unwrap()
}

fn status(events: &[Event]) -> EndStatus {
    match &events.last().unwrap().kind {
        EventKind::End { status, .. } => *status,
        other => panic!("the last event is {other:?}"),
    }
}

/// The names of the files in the folder's probes.
fn probes(out: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(out.join("probes")) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Each file holds the numbers of its event.
#[test]
fn the_probe_of_each_epoch_is_kept() {
    let folder = TempDir::new().unwrap();
    let run = start_with(folder.path(), json!({ "probe": { "examples": 40 } }), &[Command::Pause]);
    let mut shown = Vec::new();
    let mut keep = |events: Vec<Event>| {
        shown.extend(events.into_iter().filter(|event| event.type_name() == "probe"));
    };
    // Step by step, so that no probe is replaced by a newer one.
    while run.progress().step < 15 {
        let id = run.command(Command::Step);
        keep(poll_until(&run, |event| event.command == Some(id)));
    }
    run.command(Command::Resume);
    keep(finish(&run));
    let files = ["0000.safetensors", "0001.safetensors", "0002.safetensors", "0003.safetensors"];
    assert_eq!(probes(folder.path()), files);
    assert_eq!(shown.iter().map(|event| event.moment.epoch).collect::<Vec<_>>(), [0, 1, 2, 3]);
    for event in shown {
        let bytes = std::fs::read(probe_file::path(folder.path(), event.moment.epoch)).unwrap();
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
        let header: Value = serde_json::from_str(&metadata.metadata().as_ref().unwrap()["vae_native"]).unwrap();
        assert_eq!((&header["v"], &header["kind"]), (&json!(1), &json!("probe")));
        assert_eq!((&header["step"], &header["epoch"]), (&json!(event.moment.step), &json!(event.moment.epoch)));
        assert!(header["seconds"].as_f64().unwrap() <= event.moment.seconds);

        let EventKind::Probe(probe) = &event.kind else { panic!("{event:?}") };
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let check = |name: &str, shape: &[usize], bytes: Vec<u8>| {
            let tensor = tensors.tensor(name).unwrap();
            assert_eq!(tensor.shape(), shape, "{name}");
            assert!(tensor.data() == bytes, "{name}");
        };
        let floats = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect();
        check("latents", &[40, 2], floats(&probe.latents));
        check("labels", &[40], probe.labels.as_ref().unwrap().iter().flat_map(|label| label.to_le_bytes()).collect());
        check("reconstructions", &[16, 28, 28], floats(&probe.reconstructions));
        check("samples", &[16, 28, 28], floats(&probe.samples));
    }
}

/// Probes by the clock are not kept, unless probes by epochs are requested too.
#[test]
fn only_the_probes_of_epochs_are_kept() {
    let all = ["0000.safetensors", "0001.safetensors", "0002.safetensors", "0003.safetensors"];
    for (probe, expected) in [
        (json!(false), &[][..]),
        (json!({ "every": { "seconds": 1e-9 } }), &[]),
        (json!({ "every": { "epochs": 2 } }), &["0000.safetensors", "0002.safetensors"]),
        (json!({ "every": { "epochs": 1, "seconds": 1e-9 } }), &all),
    ] {
        let folder = TempDir::new().unwrap();
        let events = finish(&start(folder.path(), json!({ "probe": probe })));
        assert_eq!(status(&events), EndStatus::Completed);
        assert_eq!(probes(folder.path()), expected, "{probe}");
    }
}

/// A killed process may have probed epochs after its checkpoint.
#[test]
fn a_resumed_run_replaces_later_probes() {
    let folder = TempDir::new().unwrap();
    let commands = [vec![Command::Step; 7], vec![Command::Stop]].concat();
    finish(&start_with(folder.path(), json!({}), &commands));
    let path = |epoch| probe_file::path(folder.path(), epoch);
    let first = std::fs::read(path(1)).unwrap();
    std::fs::write(path(2), "of the process that was killed").unwrap();
    std::fs::write(path(37), "of the process that was killed").unwrap();
    finish(&start(folder.path(), json!({ "resume": true })));
    let files = ["0000.safetensors", "0001.safetensors", "0002.safetensors", "0003.safetensors"];
    assert_eq!(probes(folder.path()), files);
    assert!(std::fs::read(path(1)).unwrap() == first);
    assert!(SafeTensors::deserialize(&std::fs::read(path(2)).unwrap()).is_ok());
}

/// Probes are for display; training does not need them.
#[test]
fn a_probe_that_cannot_be_kept_only_warns() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("probes"), "no folder").unwrap();
    let events = finish(&start(folder.path(), json!({})));
    assert_eq!(status(&events), EndStatus::Completed);
    let warned = |event: &&Event| matches!(event.kind, EventKind::Warning { code: "probe-failed", .. });
    assert_eq!(events.iter().filter(warned).count(), 4);
}

#[test]
fn two_runs_never_train_in_one_folder() {
    let folder = TempDir::new().unwrap();
    let run = start(folder.path(), json!({ "epochs": ENDLESS }));
    answer(&run, Command::Checkpoint(None));
    let again =
        || Run::start(Dataset::digits(250, 1).unwrap(), None, settings(folder.path(), json!({ "resume": true })));
    let error = again().expect_err("the second run should be refused");
    assert_eq!((error.code, error.option.as_deref()), (Code::Option, Some("out")));
    let start = format!(
        "out: expected a folder that no process trains in, got {}, in use by process {} on ",
        folder.path().display(),
        std::process::id()
    );
    assert!(error.to_string().starts_with(&start), "{error}");
    assert!(error.to_string().ends_with("; wait until it has ended, or choose another folder."), "{error}");
    let holder: Value = serde_json::from_slice(&std::fs::read(folder.path().join(".lock")).unwrap()).unwrap();
    assert_eq!(holder["pid"], std::process::id());

    // The folder is unlocked once the end is emitted, also after an abort.
    run.command(Command::Stop);
    finish(&run);
    assert_eq!(std::fs::read(folder.path().join(".lock")).unwrap(), b"");
    let second = again().unwrap();
    second.abort();
    finish(&second);
    assert!(again().is_ok());
}

/// The content of a killed process's lock file does not block others: the lock itself ended with the process.
#[test]
fn a_lock_that_a_killed_process_left_is_taken_over() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join(".lock"), "{\"pid\":1,\"host\":\"elsewhere\"}\n and more of a longer line")
        .unwrap();
    finish(&start(folder.path(), json!({ "epochs": 1 })));
    assert_eq!(std::fs::read(folder.path().join(".lock")).unwrap(), b"");
}
