//! The public behaviour of a run: its events, its commands, and every way in which it can end.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
mod testing;

use std::time::Instant;

use serde_json::{Value, json};
use tempfile::TempDir;
use vae_core::data::Dataset;
use vae_core::files::model_file;
use vae_core::objective::weights::Beta;
use vae_core::run::events::{EndStatus, Event, EventKind};
use vae_core::run::handle::{Command, Run};
use vae_core::{CancelToken, Code, Error, TrainOptions};

use vae_kernels::noise::{Key, Stream, normals};

use testing::{ENDLESS, answer, assert_stands_still, finish, options, poll_until, vectors};

/// A small model of digits; `more` overrides.
fn settings(more: Value) -> TrainOptions {
    let mut json = json!({ "hiddenDims": [16], "batchSize": 50, "epochs": 3, "threads": 1 });
    for (name, value) in more.as_object().unwrap() {
        json[name] = value.clone();
    }
    options(json)
}

fn start(n: usize, more: Value) -> Run {
    Run::start(Dataset::digits(n, 1).unwrap(), None, settings(more)).unwrap()
}

struct End {
    status: EndStatus,
    epochs: u64,
    error: Option<Error>,
}

fn end(events: &[Event]) -> End {
    match &events.last().unwrap().kind {
        EventKind::End { status, epochs, error, .. } => {
            End { status: *status, epochs: *epochs, error: error.as_deref().cloned() }
        }
        other => panic!("the last event is {other:?}"),
    }
}

fn warnings(events: &[Event]) -> Vec<(&'static str, String)> {
    let warning = |event: &Event| match &event.kind {
        EventKind::Warning { code, message } => Some((*code, message.clone())),
        _ => None,
    };
    events.iter().filter_map(warning).collect()
}

/// start, probe; per epoch its steps, then epoch, probe, checkpoint; end. Whenever the caller polls, every dropped step
/// is counted.
#[test]
fn events_come_in_the_documented_sequence() {
    let folder = TempDir::new().unwrap();
    let run = start(220, json!({ "validation": 20, "out": folder.path() }));
    let events = finish(&run);
    let mut names: Vec<&str> = events.iter().map(Event::type_name).collect();
    names.dedup();
    let epoch = ["step", "epoch", "probe", "checkpoint"];
    // Newer probes replace older ones that were not polled.
    let probes = names.iter().filter(|name| **name == "probe").count();
    assert!((1..=4).contains(&probes));
    let without_probes = |names: &[&str]| -> Vec<String> {
        names.iter().filter(|name| **name != "probe").map(|name| (*name).to_owned()).collect()
    };
    let expected = [&["start"][..], &epoch, &epoch, &epoch, &["checkpoint", "end"]].concat();
    let mut expected = without_probes(&expected);
    expected.dedup();
    assert_eq!(without_probes(&names), expected);

    let steps = events.iter().filter_map(|event| match event.kind {
        EventKind::Step { coalesced, .. } => Some(coalesced + 1),
        _ => None,
    });
    assert_eq!(steps.sum::<u64>(), 12);
    let moments: Vec<(u64, u64)> = events.iter().map(|event| (event.moment.step, event.moment.epoch)).collect();
    assert!(moments.is_sorted());
    let epochs: Vec<(u64, u64)> =
        events.iter().filter(|event| event.type_name() == "epoch").map(|e| (e.moment.step, e.moment.epoch)).collect();
    assert_eq!(epochs, [(4, 1), (8, 2), (12, 3)]);
    assert_eq!((end(&events).status, end(&events).epochs), (EndStatus::Completed, 3));

    let progress = run.progress();
    assert_eq!((progress.step, progress.steps, progress.epoch, progress.epochs), (12, 12, 3, 3));
    assert_eq!(progress.state, "completed");
    assert!(run.poll().is_empty());
    let mut files: Vec<String> =
        std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let known = [".lock", "checkpoint.safetensors", "metrics.jsonl", "model.safetensors", "probes", "run.json"];
    assert_eq!(files, known);
}

#[test]
fn unpolled_steps_are_dropped_and_counted() {
    let run = start(100, json!({ "epochs": 4, "probe": false }));
    run.join();
    let events = run.poll();
    let names: Vec<&str> = events.iter().map(Event::type_name).collect();
    assert_eq!(names, ["start", "step", "epoch", "step", "epoch", "step", "epoch", "step", "epoch", "end"]);
    assert!(events.iter().all(|event| !matches!(event.kind, EventKind::Step { coalesced, .. } if coalesced != 1)));
}

#[test]
fn a_diverged_run_ends_with_its_last_good_state() {
    let folder = TempDir::new().unwrap();
    let run = start(200, json!({ "learningRate": 1e30, "out": folder.path() }));
    let events = finish(&run);
    let End { status, error, .. } = end(&events);
    assert_eq!(status, EndStatus::Diverged);
    let error = error.unwrap();
    assert_eq!((error.code, error.index), (Code::Diverged, Some(1)));
    assert!(error.to_string().contains("the loss of step 2 is not finite"), "{error}");
    assert!(error.to_string().ends_with("the last good state is that of step 0."), "{error}");
    let vae = run.model().unwrap();
    let data = Dataset::digits(50, 2).unwrap();
    assert!(vae.evaluate(&data, None, None, &CancelToken::new()).unwrap().losses.is_finite());
    assert_eq!(vae.provenance().step, 0);
    assert_eq!(run.progress().state, "diverged");
}

/// The last step breaks θ, so no later loss can show it.
#[test]
fn a_last_step_that_breaks_the_parameters_is_noticed() {
    for more in [json!({}), json!({ "validation": 50 })] {
        let folder = TempDir::new().unwrap();
        let mut all = json!({ "learningRate": 1e39, "batchSize": 200, "epochs": 1, "out": folder.path() });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let run = start(200, all);
        let events = finish(&run);
        assert_eq!(end(&events).status, EndStatus::Diverged, "{:?}", events.last());
        assert!(run.model().unwrap().theta().iter().all(|value| value.is_finite()));
        for name in ["model.safetensors", "checkpoint.safetensors"] {
            assert!(!folder.path().join(name).exists(), "{name} was written");
        }
    }
}

/// With an unreachable minimum improvement every epoch after the first counts as stale.
#[test]
fn early_stopping_ends_a_run_that_no_longer_improves() {
    let run =
        start(120, json!({ "validation": 20, "epochs": 50, "earlyStopping": { "patience": 3, "minDelta": 1e6 } }));
    let End { status, epochs, .. } = end(&finish(&run));
    assert_eq!((status, epochs), (EndStatus::Completed, 4));
}

/// 60 random vectors, and a large autoencoder with a narrow code, which can only memorise them.
fn overfitting(keep: &str) -> (Dataset, TrainOptions) {
    let mut noise = vec![0.0; 60 * 20];
    normals(Key::new(1, Stream::Digits), 0, 0, &mut noise);
    let more = json!({
        "likelihood": "gaussian", "posterior": "deterministic", "latentDim": 2, "hiddenDims": [128], "epochs": 100,
        "batchSize": 10, "learningRate": 3e-3, "validation": 0.5, "keep": keep,
    });
    (vectors(noise, 20), settings(more))
}

#[test]
fn keep_best_ends_with_the_best_epoch() {
    let (data, options) = overfitting("best");
    let (seed, (_, held_back)) = (options.seed, data.split(0.5, options.seed, false).unwrap());
    let run = Run::start(data, None, options).unwrap();
    let events = finish(&run);
    let vae = run.model().unwrap();
    let (epoch, kept) = (vae.provenance().epoch, vae.provenance().validation.clone().unwrap());
    println!("kept epoch {epoch} of {}", end(&events).epochs);
    assert!(epoch < end(&events).epochs);
    for event in &events {
        if let EventKind::Epoch { validation: Some(validation), .. } = &event.kind {
            assert!(validation.losses.loss >= kept.loss);
            assert_eq!(event.moment.epoch == epoch, validation.losses.loss == kept.loss);
        }
    }
    let again = vae.evaluate(&held_back, None, Some(seed), &CancelToken::new()).unwrap().losses;
    assert!((again.loss - kept.loss).abs() < 1e-6 * kept.loss, "{again:?} against {kept:?}");
}

#[test]
fn a_paused_run_stands_still_and_goes_on() {
    let run = start(500, json!({ "epochs": ENDLESS, "probe": false }));
    poll_until(&run, |event| event.type_name() == "step");
    let paused = answer(&run, Command::Pause);
    assert_eq!(paused.type_name(), "control");
    assert_stands_still(&run);

    // A paused run still executes commands, and the pause does not count as training time: after resuming, at most the
    // time since the command has been added.
    let beta = answer(&run, Command::Beta(Beta::Constant(2.0)));
    assert_eq!((beta.moment.step, beta.moment.seconds), (paused.moment.step, paused.moment.seconds));
    let start = Instant::now();
    let resumed = answer(&run, Command::Resume);
    assert!(
        resumed.moment.seconds - paused.moment.seconds <= start.elapsed().as_secs_f64(),
        "{resumed:?} after {paused:?}"
    );
    poll_until(&run, |event| event.moment.step > paused.moment.step + 5);

    run.command(Command::Pause);
    run.command(Command::Stop);
    assert_eq!(end(&finish(&run)).status, EndStatus::Stopped);
    assert!(run.model().is_some());
}

#[test]
fn an_aborted_run_ends_within_a_step_and_keeps_nothing() {
    let folder = TempDir::new().unwrap();
    for is_paused in [false, true] {
        let out = folder.path().join(is_paused.to_string());
        let run = start(500, json!({ "epochs": ENDLESS, "probe": false, "out": out }));
        poll_until(&run, |event| event.type_name() == "step");
        if is_paused {
            answer(&run, Command::Pause);
        }
        run.abort();
        // At most one step, the current one, may not have been reported yet.
        let step = run.progress().step;
        let events = finish(&run);
        let End { status, error, .. } = end(&events);
        assert_eq!((status, error.map(|error| error.code)), (EndStatus::Aborted, Some(Code::Aborted)));
        let last = events.last().unwrap().moment.step;
        assert!((step..=step + u64::from(!is_paused)).contains(&last), "aborted at step {step}, ended at {last}");
        assert!(run.model().is_none());
        assert!(!out.join("model.safetensors").exists());
    }
}

/// Dropping the handle ends the run and waits for its thread.
#[test]
fn a_dropped_run_ends() {
    let run = start(500, json!({ "epochs": ENDLESS }));
    poll_until(&run, |event| event.type_name() == "step");
    drop(run);
}

/// Options that only code can construct reach a division by zero: a defect inside a run must not take its host down.
#[test]
fn a_panic_ends_the_run_as_failed() {
    let options = TrainOptions { batch_size: 0, ..settings(json!({})) };
    let run = Run::start(Dataset::digits(100, 1).unwrap(), None, options).unwrap();
    let End { status, error, .. } = end(&finish(&run));
    let error = error.unwrap();
    assert_eq!((status, error.code), (EndStatus::Failed, Code::Internal));
    assert!(error.to_string().starts_with("internal defect of vae-native: "), "{error}");
    assert!(run.model().is_none());
    run.join();
}

/// Two concurrent runs give the same results as each alone.
#[test]
fn runs_at_once_do_not_disturb_each_other() {
    let theta = |run: &Run| {
        finish(run);
        run.model().unwrap().theta().to_vec()
    };
    let (alone, other) = (theta(&start(200, json!({ "seed": 1 }))), theta(&start(200, json!({ "seed": 2 }))));
    assert_ne!(alone, other);
    let (first, second) = (start(200, json!({ "seed": 1 })), start(200, json!({ "seed": 2, "threads": 2 })));
    assert_eq!(theta(&second), other);
    assert_eq!(theta(&first), alone);
}

#[test]
fn a_checkpoint_on_request_can_be_loaded_and_a_failing_one_only_warns() {
    let folder = TempDir::new().unwrap();
    let run = start(200, json!({ "epochs": ENDLESS, "probe": false }));
    poll_until(&run, |event| event.type_name() == "step");
    let path = folder.path().join("deep/er/mine.safetensors");
    let answer = |command| answer(&run, command).to_json();
    let event = answer(Command::Checkpoint(Some(path.clone())));
    assert_eq!((event["type"].as_str(), event["reason"].as_str()), (Some("checkpoint"), Some("request")));
    let training = model_file::read(&path).unwrap().training.unwrap();
    assert_eq!(event["step"], training.state.step);

    let event = answer(Command::Checkpoint(Some(folder.path().to_path_buf())));
    assert_eq!((event["type"].as_str(), event["code"].as_str()), (Some("warning"), Some("checkpoint-failed")));
    assert!(event["message"].as_str().unwrap().contains("a folder of that name exists"), "{event}");
    let event = answer(Command::Checkpoint(None));
    assert!(event["message"].as_str().unwrap().contains("this run has no folder"), "{event}");

    run.command(Command::Stop);
    assert_eq!(end(&finish(&run)).status, EndStatus::Stopped);
}

/// β so large that every dimension collapses.
#[test]
fn a_collapsed_posterior_is_reported_once() {
    let run = start(300, json!({ "beta": 500, "epochs": 25, "learningRate": 1e-2, "latentDim": 3 }));
    let events = finish(&run);
    let mut collapsed = warnings(&events);
    collapsed.retain(|(code, _)| *code != "collapse-predicted");
    assert_eq!(collapsed.len(), 1, "{collapsed:?}");
    assert_eq!(collapsed[0].0, "collapsed");
    assert!(collapsed[0].1.ends_with("lower `beta` (now 500)"), "{}", collapsed[0].1);
}

/// Data of one dimension for a code of four.
#[test]
fn dead_dimensions_are_reported_once() {
    let line: Vec<f32> = (0..400)
        .flat_map(|i| {
            let t = (i % 40) as f32 / 10.0 - 2.0;
            [t, -t, 2.0 * t]
        })
        .collect();
    let more = json!({
        "likelihood": "gaussian", "latentDim": 4, "hiddenDims": [], "epochs": 40, "learningRate": 3e-2, "validation": 0.2,
    });
    let events = finish(&Run::start(vectors(line, 3), None, settings(more)).unwrap());
    let warned = warnings(&events);
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert_eq!(warned[0].0, "dead-dimensions");
    assert!(warned[0].1.contains(" of 4 latent dimensions carry less than 0.01 nats"), "{}", warned[0].1);
}

/// The warning comes before the first step, and the model then collapses.
#[test]
fn a_collapse_is_predicted_before_it_happens() {
    let events = finish(&start(600, json!({ "beta": 50, "epochs": 8 })));
    let warned = warnings(&events);
    assert_eq!(
        warned.iter().map(|(code, _)| *code).collect::<Vec<_>>(),
        ["collapse-predicted", "collapsed"],
        "{warned:?}"
    );
    assert!(warned[0].1.starts_with("posterior collapse ahead: beta 50 is above "), "{}", warned[0].1);
    let first = events.iter().position(|event| matches!(event.kind, EventKind::Warning { .. })).unwrap();
    assert!(matches!(events[first + 1].kind, EventKind::Step { .. }), "it comes before the first step");
    for more in [
        json!({ "beta": 4 }),
        json!({ "beta": 50, "posterior": "laplace" }),
        json!({ "beta": { "type": "target-kl", "nats": 1 } }),
    ] {
        let mut settings = more.clone();
        settings["epochs"] = json!(1);
        assert_eq!(warnings(&finish(&start(600, settings))), [], "{more}");
    }
}

#[test]
fn overfitting_is_reported_once() {
    let (data, options) = overfitting("last");
    let warned = warnings(&finish(&Run::start(data, None, options).unwrap()));
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert_eq!(warned[0].0, "overfitting");
    assert!(warned[0].1.starts_with("the validation loss has risen for 3 epochs"), "{}", warned[0].1);
}

/// Healthy training emits no warning.
#[test]
fn an_ordinary_run_gives_no_warning() {
    let events = finish(&start(600, json!({ "validation": 100, "epochs": 8, "learningRate": 3e-3 })));
    assert_eq!(warnings(&events), []);
    let losses: Vec<f64> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Epoch { train, .. } => Some(train.loss),
            _ => None,
        })
        .collect();
    assert!(losses.is_sorted_by(|a, b| a > b), "{losses:?}");
}
