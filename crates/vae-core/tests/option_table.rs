//! The table of options: every row reads what it writes, and the derived lists are right.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used)]
use serde_json::{Value, json};
use vae_core::data::Dataset;
use vae_core::files::metadata::ModelMetadata;
use vae_core::files::model_file;
use vae_core::options::table::{Change, OPTIONS, OptionRow, SweepScale, table_json};
use vae_core::run::prepare::prepare;
use vae_core::sweep::{StudyPlan, check_same_study};
use vae_core::train::trainer::Trainer;
use vae_core::{Error, TrainOptions};

/// Two values of an option other than its default, and the other options that they require.
fn values(name: &str) -> (Value, Value, Value) {
    let (a, b, besides) = match name {
        "latentDim" => (json!(3), json!(4), json!({})),
        "hiddenDims" => (json!([12]), json!([]), json!({})),
        "activation" => (json!("tanh"), json!("silu"), json!({})),
        "initialization" => (json!("glorot"), json!("torch"), json!({})),
        "architecture" => (json!("mlp"), json!("mlp"), json!({})),
        "posterior" => (json!("laplace"), json!("uniform"), json!({})),
        "prior" => (json!({ "location": 1.0, "scale": 2.0 }), json!({ "location": 0.0, "scale": 3.0 }), json!({})),
        "likelihood" => (json!("squared-error"), json!({ "type": "gaussian", "variance": "learned" }), json!({})),
        "beta" => (json!(4.0), json!({ "type": "target-kl", "nats": 5.0, "rate": 0.01 }), json!({})),
        "estimator" => (
            json!({ "type": "reparameterization", "samples": 2, "kl": "monte-carlo" }),
            json!({ "type": "score-function", "samples": 1, "baseline": true }),
            json!({}),
        ),
        "epochs" => (json!(3), json!(4), json!({})),
        "batchSize" => (json!(7), json!(8), json!({})),
        "learningRate" => (json!(0.01), json!(0.02), json!({})),
        "adam" => (adam(0.5), adam(0.6), json!({})),
        "validation" => (json!(0.25), json!(30.0), json!({})),
        "earlyStopping" => (
            json!({ "patience": 3, "minDelta": 0.5 }),
            json!({ "patience": 4, "minDelta": 0.0 }),
            json!({ "validation": 0.2 }),
        ),
        "keep" => (json!("best"), json!("last"), json!({ "validation": 0.2 })),
        "seed" => (json!(7), json!(8), json!({})),
        "device" => (json!("cpu"), json!("auto"), json!({})),
        "precision" => (json!("tf32"), json!("f32"), json!({})),
        "members" => (json!(3), json!(4), json!({})),
        "threads" => (json!(2), json!(1), json!({})),
        "out" => (json!("a"), json!("b"), json!({})),
        "resume" => (json!(true), json!(false), json!({ "out": "a" })),
        "fork" => (json!("c"), json!("d"), json!({ "out": "a" })),
        "checkpointEvery" => (json!({ "epochs": 2 }), json!({ "epochs": 3, "seconds": 9.0 }), json!({})),
        "probe" => (json!(false), json!({ "examples": 5, "every": { "seconds": 2.0 } }), json!({})),
        _ => panic!("{name}: give this test two values of the new option"),
    };
    (a, b, besides)
}

fn adam(beta1: f64) -> Value {
    let mut adam = TrainOptions::default().to_json()["adam"].clone();
    adam["beta1"] = json!(beta1);
    adam
}

fn with(mut json: Value, name: &str, value: &Value) -> Value {
    json[name] = value.clone();
    json
}

fn names(is_wanted: impl Fn(&OptionRow) -> bool) -> Vec<&'static str> {
    OPTIONS.iter().filter(|row| is_wanted(row)).map(|row| row.name).collect()
}

#[test]
fn every_row_reads_what_it_writes() {
    let defaults = TrainOptions::default();
    assert_eq!(TrainOptions::from_json(&defaults.to_json()).unwrap(), defaults);
    for row in OPTIONS {
        let (a, b, besides) = values(row.name);
        for value in [a, b] {
            let read = TrainOptions::from_json(&with(besides.clone(), row.name, &value)).unwrap();
            let written = read.to_json();
            assert_eq!(written[row.name], value, "{}", row.name);
            assert_eq!(TrainOptions::from_json(&written).unwrap(), read, "{}", row.name);
        }
    }
}

#[test]
fn a_row_that_a_sweep_varies_is_read_by_the_sweep() {
    for row in OPTIONS {
        let (a, b, besides) = values(row.name);
        let listed = |values: Value| StudyPlan::from_json(&with(besides.clone(), "vary", &json!({ row.name: values })));
        let Some(scale) = row.sweep else {
            let error = StudyPlan::from_json(&json!({ "vary": { row.name: [a, b] } })).unwrap_err();
            assert_eq!(error.option.as_deref(), Some(format!("vary.{}", row.name).as_str()));
            continue;
        };
        let plan = listed(json!([a, b])).unwrap();
        let points: Vec<Value> = (0..2).map(|n| plan.point(n, &[]).unwrap()[row.name].clone()).collect();
        assert_eq!(points, [a, b]);
        let range = json!({ "trials": 2, "vary": { row.name: { "low": 1, "high": 9.5 } } });
        let range = StudyPlan::from_json(&range).map(|plan| plan.point(0, &[]).unwrap()[row.name].is_i64());
        match scale {
            SweepScale::Whole => assert!(range.unwrap_err().to_string().contains("a whole number above 1, got 9.5")),
            SweepScale::Real => assert!(!range.unwrap()),
            SweepScale::Choice => assert!(range.unwrap_err().to_string().contains("expected a list of values")),
        }
    }
}

/// Fixed lists: a row that moves to another list changes how runs can be continued.
#[test]
fn rules_of_change_are_these() {
    assert_eq!(names(|row| row.change == Change::OnFork), ["beta", "learningRate"]);
    assert_eq!(names(|row| row.change == Change::OnResume), ["epochs", "validation", "earlyStopping", "keep"]);
    assert_eq!(names(|row| row.change == Change::Anytime), ["device", "threads", "checkpointEvery", "probe"]);
    assert_eq!(names(|row| row.change == Change::Unrecorded), ["members", "out", "resume", "fork"]);
    let persisted = TrainOptions::default().persisted_options();
    let persisted: Vec<&str> = persisted.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(persisted, names(|row| row.change < Change::Unrecorded));
}

/// Continues, or forks, a checkpoint with another value of one option at a time: accepted or refused by its row.
#[test]
fn a_run_is_continued_with_what_its_rows_allow() {
    let folder = tempfile::TempDir::new().unwrap();
    let (of, out) = (folder.path().join("of"), folder.path().join("out"));
    let base = json!({ "hiddenDims": [8], "validation": 0.2, "device": "cpu", "threads": 1 });
    let data = || Dataset::digits(40, 1).unwrap();
    let refusal = |json: &Value| -> Option<Error> {
        let options = TrainOptions::from_json(json).unwrap();
        // A build without CUDA refuses this precision before it reads any run.
        prepare(data(), None, options).err().filter(|error| error.code != vae_core::Code::Device)
    };
    let options = TrainOptions::from_json(&base).unwrap();
    let metadata = ModelMetadata::new(&data().split(0.2, options.seed, false).unwrap().0, &options);
    let (train, held) = data().split(0.2, options.seed, false).unwrap();
    let stored = Trainer::new(metadata, train, Some(held), None).unwrap().checkpoint().unwrap();
    std::fs::create_dir(&of).unwrap();
    std::fs::create_dir(&out).unwrap();
    model_file::write(&of.join("checkpoint.safetensors"), &stored).unwrap();
    model_file::write(&out.join("checkpoint.safetensors"), &stored).unwrap();

    for row in OPTIONS.iter().filter(|row| row.change < Change::Unrecorded && row.name != "precision") {
        let (a, _, besides) = values(row.name);
        let mut changed = with(base.clone(), row.name, &a);
        for (name, value) in besides.as_object().unwrap() {
            changed[name] = value.clone();
        }
        let is_same = changed[row.name] == base[row.name] || row.name == "architecture";
        let resumed = refusal(&with(with(changed.clone(), "out", &json!(out)), "resume", &json!(true)));
        let fresh = folder.path().join(row.name);
        let forked = refusal(&with(with(changed, "out", &json!(fresh)), "fork", &json!(of)));
        // Another validation set changes the training examples, which is refused as other data.
        let of_options =
            |error: Option<Error>| error.filter(|error| error.option.is_some()).map(|error| error.option.clone());
        let named = Some(Some(row.name.to_owned()));
        let expected = |free| if is_same || row.change >= free { None } else { named.clone() };
        assert_eq!(of_options(resumed), expected(Change::OnResume), "resumed, {}", row.name);
        assert_eq!(of_options(forked), expected(Change::OnFork), "forked, {}", row.name);
    }
}

#[test]
fn a_study_is_continued_with_what_its_rows_allow() {
    let data = Dataset::digits(40, 1).unwrap();
    let base = json!({ "validation": 0.2, "vary": { "batchSize": [10, 20] } });
    let record = |json: &Value| StudyPlan::from_json(json).unwrap().record(&data, None).unwrap();
    let before = record(&base);
    for row in OPTIONS.iter().filter(|row| row.change < Change::Unrecorded && row.name != "batchSize") {
        let value = if row.name == "device" { json!("cpu") } else { values(row.name).0 };
        if row.name == "architecture" || (row.name == "precision" && !cfg!(feature = "cuda")) {
            continue;
        }
        let continued = check_same_study(&before, &record(&with(base.clone(), row.name, &value)));
        let refused = continued.err().and_then(|error| error.option.clone());
        assert_eq!(refused.as_deref(), (row.change < Change::Anytime).then_some(row.name));
    }
}

/// Continues a study recorded before an option, or a part of one, existed: unwritten values had today's default.
#[test]
fn a_study_of_an_earlier_version_is_continued() {
    let data = Dataset::digits(40, 1).unwrap();
    let now = StudyPlan::from_json(&json!({ "vary": { "beta": [1, 2] } })).unwrap().record(&data, None).unwrap();
    let mut before = now.clone();
    before["options"]["adam"] = json!({ "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8 });
    check_same_study(&before, &now).unwrap();
    before["options"]["adam"]["beta1"] = json!(0.8);
    assert_eq!(check_same_study(&before, &now).unwrap_err().option.as_deref(), Some("adam"));
}

/// Continues studies whose numbers were recorded by rounding rules of versions up to 0.1.0: an interval as location ± scale,
/// the end of a range as the last step to six digits.
#[test]
fn a_study_recorded_with_rounded_numbers_is_continued() {
    let data = Dataset::digits(40, 1).unwrap();
    let given = json!({
        "posterior": "uniform", "prior": { "low": -2.9, "high": 0.8 }, "trials": 2,
        "vary": { "beta": { "low": 0, "high": 1, "step": 0.123_456_7 } },
    });
    let now = StudyPlan::from_json(&given).unwrap().record(&data, None).unwrap();
    let mut before = now.clone();
    let (location, scale): (f64, f64) = ((-2.9 + 0.8) / 2.0, (0.8 + 2.9) / 2.0);
    before["options"]["prior"] = json!({ "low": location - scale, "high": location + scale });
    assert_ne!(before["options"]["prior"], given["prior"]);
    before["vary"]["beta"]["high"] = json!(0.987_654);
    assert_ne!(before["vary"], now["vary"]);
    check_same_study(&before, &now).unwrap();
    before["options"]["prior"]["low"] = json!(-2.91);
    assert_eq!(check_same_study(&before, &now).unwrap_err().option.as_deref(), Some("prior"));
}

#[test]
fn the_table_is_written_as_json() {
    let table = table_json();
    assert_eq!(table[0], json!({ "name": "latentDim", "default": 2, "change": "never", "sweep": "whole" }));
    let find = |name: &str| table.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
    assert_eq!(find("threads"), json!({ "name": "threads", "default": null, "change": "anytime", "sweep": null }));
    assert_eq!(find("beta")["sweep"], "real");
    assert_eq!(find("learningRate")["change"], "on-fork");
}
