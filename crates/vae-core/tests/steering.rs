//! Pausing, single steps and resuming of a run, and their record.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use vae_core::TrainOptions;
use vae_core::data::Dataset;
use vae_core::objective::weights::Beta;
use vae_core::run::events::{Event, EventKind};
use vae_core::run::handle::{Command, Run};

use testing::{ENDLESS, answer, assert_stands_still, bits, copied, finish, options, poll_until, record};

/// 6 steps per epoch.
fn start(epochs: u64, reference: bool, out: Option<&Path>, resume: bool) -> Run {
    start_with(epochs, reference, out, resume, &[])
}

/// A run that waits before its first step.
fn held(epochs: u64, reference: bool, out: Option<&Path>) -> Run {
    let run = start_with(epochs, reference, out, false, &[Command::Pause]);
    poll_until(&run, |event| event.command == Some(1));
    run
}

fn start_with(epochs: u64, reference: bool, out: Option<&Path>, resume: bool, commands: &[Command]) -> Run {
    let json = json!({
        "hiddenDims": [16], "batchSize": 50, "epochs": epochs, "threads": 1, "probe": false, "out": out, "resume": resume,
    });
    let TrainOptions { compute, .. } = options(json!({}));
    let options = TrainOptions { compute: vae_core::Compute { reference, ..compute }, ..options(json) };
    Run::start_with(Dataset::digits(300, 1).unwrap(), None, options, commands).unwrap()
}

fn theta(run: &Run) -> String {
    bits(run.model().unwrap().theta())
}

/// Name and step of each control or checkpoint line.
fn actions(lines: &[Value]) -> Vec<(String, u64)> {
    let action = |line: &Value| {
        let name = if line["type"] == "checkpoint" { &line["reason"] } else { &line["name"] };
        (name.as_str().unwrap().to_owned(), line["step"].as_u64().unwrap())
    };
    lines.iter().filter(|line| line["type"] == "control" || line["type"] == "checkpoint").map(action).collect()
}

/// On the fused and the reference path: each command makes one step, emitted before the command's answer, and then the
/// run waits. The steps are those of a run that is never paused.
#[test]
fn a_paused_run_takes_one_step_for_each_command() {
    for reference in [false, true] {
        let untouched = start(3, reference, None, false);
        finish(&untouched);

        let run = held(3, reference, None);
        for i in 1..=8 {
            let id = run.command(Command::Step);
            let events = poll_until(&run, |event| event.command == Some(id));
            let made: Vec<u64> =
                events.iter().filter(|event| event.type_name() == "step").map(|event| event.moment.step).collect();
            assert_eq!(made, [i]);
            let Some(Event { kind: EventKind::Control { name: "step", from: None, to: None, .. }, moment, .. }) =
                events.last()
            else {
                panic!("{events:?}")
            };
            assert_eq!(moment.step, i);
            assert_eq!(run.progress().state, "paused");
        }
        assert_stands_still(&run);
        run.command(Command::Resume);
        finish(&run);
        assert_eq!(theta(&run), theta(&untouched), "reference: {reference}");
    }
}

#[test]
fn a_running_run_pauses_after_its_next_step() {
    let run = start(ENDLESS, false, None, false);
    poll_until(&run, |event| event.type_name() == "step");
    let stepped = answer(&run, Command::Step);
    assert_eq!(run.progress().step, stepped.moment.step);
    assert_stands_still(&run);

    // Queued commands run in order: two steps, then resume.
    run.command(Command::Step);
    let id = run.command(Command::Step);
    run.command(Command::Resume);
    let events = poll_until(&run, |event| event.command == Some(id));
    let second = events.iter().find(|event| event.command == Some(id)).unwrap();
    assert_eq!(second.moment.step, stepped.moment.step + 2);
    poll_until(&run, |event| event.moment.step > second.moment.step + 5);
}

/// A step that ends an epoch emits all events of the epoch's end, and the run waits there too; after the last step
/// there is no other.
#[test]
fn a_step_at_the_end_of_an_epoch_ends_it() {
    let run = held(1, false, None);
    let mut names = Vec::new();
    while run.progress().step < 6 {
        let id = run.command(Command::Step);
        names.extend(poll_until(&run, |event| event.command == Some(id)).iter().map(Event::type_name));
    }
    assert_eq!(names[names.len() - 3..], ["step", "epoch", "control"]);
    let id = run.command(Command::Step);
    let events = finish(&run);
    assert!(events.iter().all(|event| event.command != Some(id)));
    assert_eq!(events.last().unwrap().to_json()["status"], "completed");
}

/// The record holds all actions on the run, in order, except the stop; after a stop and a resume it equals the record
/// of a run with only these actions.
#[test]
fn the_record_holds_the_actions_on_the_run() {
    let folder = TempDir::new().unwrap();
    let run = held(ENDLESS, false, Some(folder.path()));
    while answer(&run, Command::Step).moment.step < 8 {}
    answer(&run, Command::Beta(Beta::Constant(2.0)));
    answer(&run, Command::Checkpoint(None));
    answer(&run, Command::Checkpoint(Some(folder.path().join("mine.safetensors"))));
    answer(&run, Command::Resume);
    run.command(Command::Pause);
    let stopped = answer(&run, Command::Stop).moment.step;
    finish(&run);
    let recorded = record(folder.path());
    let mut expected = vec![("pause".to_owned(), 0)];
    expected.extend((1..=8).map(|step| ("step".to_owned(), step)));
    let later = [("beta", 8), ("request", 8), ("request", 8), ("resume", 8), ("pause", stopped)];
    expected.extend(later.map(|(name, step)| (name.to_owned(), step)));
    assert_eq!(actions(&recorded), expected);

    let epochs = 3.max(stopped.div_ceil(6));
    finish(&start(epochs, false, Some(folder.path()), true));
    let whole = record(folder.path());
    assert_eq!(whole[..recorded.len()], recorded);
    assert_eq!(actions(&whole), expected);
    let steps: Vec<u64> =
        whole.iter().filter(|line| line["type"] == "step").map(|line| line["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, (1..=6 * epochs / 10).map(|tens| 10 * tens).collect::<Vec<_>>());
}

/// Actions after the last checkpoint are lost with a killed process, as steps are.
#[test]
fn a_killed_run_forgets_what_was_done_since_its_checkpoint() {
    let folder = TempDir::new().unwrap();
    let run = held(3, false, Some(folder.path()));
    answer(&run, Command::Step);
    answer(&run, Command::Checkpoint(None));
    answer(&run, Command::Step);
    // An event is emitted before it is recorded.
    let is_recorded = |text: String| text.ends_with('\n') && text.matches(r#""name":"step""#).count() == 2;
    while !is_recorded(std::fs::read_to_string(folder.path().join("metrics.jsonl")).unwrap()) {
        std::thread::yield_now();
    }
    let killed = copied(folder.path());
    assert_eq!(actions(&record(killed.path())).len(), 4);
    finish(&start(3, false, Some(killed.path()), true));
    // The request is reported after its checkpoint is on disk, so the checkpoint lacks it.
    assert_eq!(actions(&record(killed.path())), [("pause".to_owned(), 0), ("step".to_owned(), 1)]);
}
