//! A run that is held, goes step by step and goes on, and what its record says of that.
// A helper of tests fails loudly, as the tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use vae_core::TrainOptions;
use vae_core::data::Dataset;
use vae_core::objective::weights::Beta;
use vae_core::run::events::{Event, Kind};
use vae_core::run::handle::{Command, Run};

use testing::{answer, bits, copied, finish, options, poll_until, record};

/// 6 steps an epoch.
fn start(epochs: u64, reference: bool, out: Option<&Path>, resume: bool) -> Run {
    let json = json!({
        "hiddenDims": [16], "batchSize": 50, "epochs": epochs, "threads": 1, "probe": false, "out": out, "resume": resume,
    });
    let TrainOptions { compute, .. } = options(json!({}));
    let options = TrainOptions { compute: vae_core::Compute { reference, ..compute }, ..options(json) };
    Run::start(Dataset::digits(300, 1).unwrap(), None, options).unwrap()
}

fn theta(run: &Run) -> String {
    bits(run.model().unwrap().theta())
}

/// What each line is: of a control its name.
fn deeds(lines: &[Value]) -> Vec<(String, u64)> {
    let deed = |line: &Value| {
        let name = if line["type"] == "checkpoint" { &line["reason"] } else { &line["name"] };
        (name.as_str().unwrap().to_owned(), line["step"].as_u64().unwrap())
    };
    lines.iter().filter(|line| line["type"] == "control" || line["type"] == "checkpoint").map(deed).collect()
}

/// On the fused path and on the reference path: each command gives one step, told before the command is answered, and then
/// nothing moves. The steps are the same ones that a run makes which nobody holds.
#[test]
fn a_paused_run_takes_one_step_for_each_command() {
    for reference in [false, true] {
        let untouched = start(3, reference, None, false);
        finish(&untouched);

        let run = start(3, reference, None, false);
        let paused = answer(&run, Command::Pause).moment.step;
        for i in 1..=8 {
            let id = run.command(Command::Step);
            let events = poll_until(&run, |event| event.command == Some(id));
            let made: Vec<u64> =
                events.iter().filter(|event| event.type_name() == "step").map(|event| event.moment.step).collect();
            assert_eq!(made, [paused + i]);
            let Some(Event { kind: Kind::Control { name: "step", from: None, to: None, .. }, moment, .. }) =
                events.last()
            else {
                panic!("{events:?}")
            };
            assert_eq!(moment.step, paused + i);
            assert_eq!(run.progress().state, "paused");
        }
        std::thread::sleep(std::time::Duration::from_millis(30));
        assert!(run.poll().is_empty());
        run.command(Command::Resume);
        finish(&run);
        assert_eq!(theta(&run), theta(&untouched), "reference: {reference}");
    }
}

#[test]
fn a_running_run_pauses_after_its_next_step() {
    let run = start(100_000, false, None, false);
    poll_until(&run, |event| event.type_name() == "step");
    let stepped = answer(&run, Command::Step);
    std::thread::sleep(std::time::Duration::from_millis(30));
    assert!(run.poll().is_empty());
    assert_eq!((run.progress().state, run.progress().step), ("paused", stepped.moment.step));

    // Commands that wait are obeyed one after the other: two steps, then on.
    run.command(Command::Step);
    let id = run.command(Command::Step);
    run.command(Command::Resume);
    let events = poll_until(&run, |event| event.command == Some(id));
    let second = events.iter().find(|event| event.command == Some(id)).unwrap();
    assert_eq!(second.moment.step, stepped.moment.step + 2);
    poll_until(&run, |event| event.moment.step > second.moment.step + 5);
}

/// A step that ends an epoch brings all that the end of an epoch does, and the run waits there too; after the last there
/// is none to take.
#[test]
fn a_step_at_the_end_of_an_epoch_ends_it() {
    let run = start(1, false, None, false);
    answer(&run, Command::Step);
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

/// Everything that was done to the run stands in its record, in order, but that it was stopped; and stopped and resumed it
/// has the record of a run to which only that was done.
#[test]
fn the_record_tells_what_was_done_to_the_run() {
    let folder = TempDir::new().unwrap();
    let run = start(3, false, Some(folder.path()), false);
    let first = answer(&run, Command::Step).moment.step;
    while answer(&run, Command::Step).moment.step < 8 {}
    answer(&run, Command::Beta(Beta::Constant(2.0)));
    answer(&run, Command::Checkpoint(None));
    answer(&run, Command::Checkpoint(Some(folder.path().join("mine.safetensors"))));
    answer(&run, Command::Resume);
    run.command(Command::Pause);
    let stopped = answer(&run, Command::Stop).moment.step;
    finish(&run);
    let told = record(folder.path());
    let mut expected: Vec<(String, u64)> = (first..=8).map(|step| ("step".to_owned(), step)).collect();
    let later = [("beta", 8), ("request", 8), ("request", 8), ("resume", 8), ("pause", stopped)];
    expected.extend(later.map(|(name, step)| (name.to_owned(), step)));
    assert_eq!(deeds(&told), expected);

    finish(&start(3, false, Some(folder.path()), true));
    let whole = record(folder.path());
    assert_eq!(whole[..told.len()], told);
    assert_eq!(deeds(&whole), expected);
    let steps: Vec<&Value> = whole.iter().filter(|line| line["type"] == "step").map(|line| &line["step"]).collect();
    assert_eq!(steps, [10]);
}

/// What was done after the last checkpoint goes with a process that is killed, as the steps do.
#[test]
fn a_killed_run_forgets_what_was_done_since_its_checkpoint() {
    let folder = TempDir::new().unwrap();
    let run = start(3, false, Some(folder.path()), false);
    let first = answer(&run, Command::Step).moment.step;
    answer(&run, Command::Checkpoint(None));
    answer(&run, Command::Step);
    let killed = copied(folder.path());
    assert_eq!(deeds(&record(killed.path())).len(), 3);
    finish(&start(3, false, Some(killed.path()), true));
    // The request is told once its checkpoint is on the disk, and so after it.
    assert_eq!(deeds(&record(killed.path())), [("step".to_owned(), first)]);
}
