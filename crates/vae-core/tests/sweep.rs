//! The search of a sweep: suggestions of samplers, the median rule, and errors of plans.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used)]
mod testing;

use serde_json::{Value, json};
use vae_core::Code;
use vae_core::base::threads::available;
use vae_core::sweep::{
    Ended, Point, Pruner, Sampler, SearchSpace, StudyPlan, SweepObjective, check_same_study, suggest,
};

use testing::vectors;

fn space(json: Value) -> SearchSpace {
    SearchSpace::from_json(&json).unwrap()
}

fn plan(json: Value) -> StudyPlan {
    StudyPlan::from_json(&json).unwrap()
}

fn refused(json: Value) -> String {
    let error = StudyPlan::from_json(&json).unwrap_err();
    assert_eq!(error.code, Code::Option);
    error.to_string()
}

/// β and learning rate, as ranges.
fn plane() -> SearchSpace {
    space(json!({ "beta": { "low": 0, "high": 10 }, "learningRate": { "low": 1e-4, "high": 1e-2, "log": true } }))
}

fn ended(point: &Point, value: f64) -> Ended {
    Ended { point: point.clone(), value, complete: true, intermediate: vec![] }
}

#[test]
fn a_grid_counts_with_the_last_dimension_fastest() {
    let space = space(json!({ "beta": [0, 1, 5], "latentDim": [2, 10] }));
    assert_eq!(space.grid(), Some(6));
    let points: Vec<Value> =
        (0..6).map(|n| suggest(&space, Sampler::Grid, SweepObjective::Elbo, 1, n, &[]).unwrap().into()).collect();
    let expected = [(0, 2), (0, 10), (1, 2), (1, 10), (5, 2), (5, 10)];
    assert_eq!(points, expected.map(|(beta, latent)| json!({ "beta": beta, "latentDim": latent })));
}

/// Golden values from optimizer 1.0.1: a seed must always give the same suggestions, also after an update of the crate.
#[test]
fn samplers_suggest_what_they_always_have() {
    let space = space(json!({
        "beta": { "low": 0, "high": 10 },
        "latentDim": { "low": 2, "high": 32 },
        "learningRate": { "low": 1e-4, "high": 1e-2, "log": true },
        "activation": ["relu", "tanh", "silu"],
    }));
    let mut history = Vec::new();
    for n in 0..12 {
        let point = suggest(&space, Sampler::Random, SweepObjective::Elbo, 7, n, &[]).unwrap();
        let value = -(point["beta"].as_f64().unwrap() - 3.0).abs();
        history.push(ended(&point, value));
    }
    let suggested = |sampler, number, history: &[Ended]| {
        Value::from(suggest(&space, sampler, SweepObjective::Elbo, 7, number, history).unwrap()).to_string()
    };
    // TPE's first ten points are random.
    let golden = [
        (Sampler::Random, 0, 0, r#"{"beta":8.5591,"latentDim":23,"learningRate":0.000742978,"activation":"tanh"}"#),
        (Sampler::Random, 1, 0, r#"{"beta":7.9314,"latentDim":3,"learningRate":0.000929668,"activation":"relu"}"#),
        (Sampler::QuasiRandom, 0, 0, r#"{"beta":6.8088,"latentDim":20,"learningRate":0.00879091,"activation":"tanh"}"#),
        (Sampler::QuasiRandom, 1, 0, r#"{"beta":0.2899,"latentDim":8,"learningRate":0.000117644,"activation":"relu"}"#),
        (Sampler::Tpe, 3, 3, r#"{"beta":7.4678,"latentDim":11,"learningRate":0.00205506,"activation":"tanh"}"#),
        (Sampler::Tpe, 12, 12, r#"{"beta":2.883,"latentDim":3,"learningRate":0.000123034,"activation":"relu"}"#),
    ];
    for (sampler, number, known, expected) in golden {
        assert_eq!(suggested(sampler, number, &history[..known]), expected);
    }
}

#[test]
fn a_suggestion_depends_only_on_seed_and_number() {
    for sampler in [Sampler::Random, Sampler::QuasiRandom, Sampler::Tpe] {
        let at = |seed, number| suggest(&plane(), sampler, SweepObjective::Elbo, seed, number, &[]).unwrap();
        let forwards: Vec<Point> = (0..8).map(|number| at(1, number)).collect();
        let mut backwards: Vec<Point> = (0..8).rev().map(|number| at(1, number)).collect();
        backwards.reverse();
        assert_eq!(forwards, backwards);
        assert_ne!(at(1, 0), at(2, 0), "{sampler:?} with another seed");
        assert_ne!(at(1, 0), at(1, 1), "{sampler:?} with another number");
    }
}

/// Warnock's formula for the L2 star discrepancy of points in the unit square: 0 is perfectly even.
fn discrepancy(points: &[[f64; 2]]) -> f64 {
    let n = points.len() as f64;
    let one: f64 = points.iter().map(|p| p.iter().map(|x| (1.0 - x * x) / 2.0).product::<f64>()).sum();
    let pair = |p: &[f64; 2], q: &[f64; 2]| p.iter().zip(q).map(|(a, b)| 1.0 - a.max(*b)).product::<f64>();
    let two: f64 = points.iter().flat_map(|p| points.iter().map(move |q| pair(p, q))).sum();
    (1.0 / 9.0 - 2.0 * one / n + two / (n * n)).sqrt()
}

#[test]
fn quasi_random_points_are_more_even_than_random_ones() {
    let space = space(json!({ "beta": { "low": 0, "high": 1 }, "learningRate": { "low": 1, "high": 2 } }));
    let drawn = |sampler, seed| {
        let at = |n| {
            let point = suggest(&space, sampler, SweepObjective::Elbo, seed, n, &[]).unwrap();
            [point["beta"].as_f64().unwrap(), point["learningRate"].as_f64().unwrap() - 1.0]
        };
        discrepancy(&(0..64).map(at).collect::<Vec<_>>())
    };
    for seed in 1..=10 {
        let (quasi, random) = (drawn(Sampler::QuasiRandom, seed), drawn(Sampler::Random, seed));
        assert!(quasi < 0.5 * random, "seed {seed}: {quasi} against {random}");
    }
}

#[test]
fn tpe_finds_more_than_random_points_do() {
    // A valley with its minimum, 0, at β = 2 and a learning rate of 10⁻³.
    let cost = |point: &Point| {
        let (beta, rate) = (point["beta"].as_f64().unwrap(), point["learningRate"].as_f64().unwrap());
        ((beta - 2.0) / 10.0).powi(2) + ((rate.log10() + 3.0) / 2.0).powi(2)
    };
    let best = |sampler, objective: SweepObjective, sign: f64, seed| {
        let mut history: Vec<Ended> = Vec::new();
        for n in 0..60 {
            let point = suggest(&plane(), sampler, objective, seed, n, &history).unwrap();
            history.push(ended(&point, sign * cost(&point)));
        }
        history.iter().map(|trial| sign * trial.value).fold(f64::INFINITY, f64::min)
    };
    let mean = |sampler, objective, sign| (1..=20).map(|seed| best(sampler, objective, sign, seed)).sum::<f64>() / 20.0;
    let random = mean(Sampler::Random, SweepObjective::Loss, 1.0);
    let minimized = mean(Sampler::Tpe, SweepObjective::Loss, 1.0);
    let maximized = mean(Sampler::Tpe, SweepObjective::Elbo, -1.0);
    println!("mean best of 60: random {random:.5}, TPE {minimized:.5}, TPE that maximises {maximized:.5}");
    assert!(minimized < 0.5 * random, "{minimized} against {random}");
    assert_eq!(minimized, maximized, "what is maximised is minimised with the other sign");
}

#[test]
fn tpe_learns_from_the_mean_over_seeds() {
    let plane = plane();
    let at = |n| suggest(&plane, Sampler::Random, SweepObjective::Loss, 1, n, &[]).unwrap();
    let once: Vec<Ended> = (0..12).map(|n| ended(&at(n), n as f64)).collect();
    let three_ended: Vec<Ended> =
        (0..12).flat_map(|n| [-2.0, 0.0, 2.0].map(|spread| ended(&at(n), n as f64 + spread))).collect();
    let next = |history| suggest(&plane, Sampler::Tpe, SweepObjective::Loss, 1, 12, history).unwrap();
    assert_eq!(next(&once), next(&three_ended));
}

#[test]
fn the_median_rule_ends_what_is_worse_than_half_of_the_others() {
    let rule = Pruner { warmup_epochs: 1, min_trials: 3 };
    let trial = |values: &[f64], complete| Ended {
        point: Point::new(),
        value: 0.0,
        complete,
        intermediate: values.iter().enumerate().map(|(i, &value)| (i as u64 + 1, value)).collect(),
    };
    // Values after epoch 2: −120, −110 and −100; the median is −110.
    let others = [trial(&[-130.0, -120.0], true), trial(&[-125.0, -110.0], true), trial(&[-150.0, -100.0], true)];
    let ends = |reported: &[(u64, f64)], history: &[Ended]| rule.should_prune(SweepObjective::Elbo, reported, history);
    assert!(ends(&[(1, -100.0), (2, -111.0)], &others));
    assert!(!ends(&[(1, -100.0), (2, -110.0)], &others), "as good as the median");
    assert!(!ends(&[(1, -999.0)], &others), "the first epoch is not judged");
    assert!(!ends(&[(1, -100.0), (2, -111.0), (3, -111.0)], &others), "no other trial reached epoch 3");
    let pruned = trial(&[-130.0, -120.0], false);
    assert!(!ends(&[(1, -100.0), (2, -999.0)], &[others[0].clone(), others[1].clone(), pruned]), "two are too few");
    // The median of four is the mean of the middle two: −105 for −120, −110, −100, −90.
    let four = [&others[..], &[trial(&[0.0, -90.0], true)]].concat();
    assert!(ends(&[(2, -106.0)], &four));
    assert!(!ends(&[(2, -104.0)], &four));
    // A lower loss is better.
    assert!(!rule.should_prune(SweepObjective::Loss, &[(2, -111.0)], &others));
    assert!(rule.should_prune(SweepObjective::Loss, &[(2, -109.0)], &others));
}

#[test]
fn a_plan_has_defaults() {
    let plan = plan(json!({ "vary": { "beta": [0, 1, 5, 50], "latentDim": [2, 10] }, "seeds": 3 }));
    assert_eq!((plan.sampler, plan.trials, plan.objective), (Sampler::Grid, 24, SweepObjective::Elbo));
    assert_eq!((plan.pruner, plan.seed), (None, 1));
    assert_eq!((plan.jobs, plan.threads), (available().min(24), (available() / 24).max(1)));
    let one = StudyPlan::from_json(&json!({ "vary": {}, "seeds": 3, "jobs": 1 })).unwrap();
    assert_eq!((one.jobs, one.threads), (1, available()));
    let ranged = StudyPlan::from_json(&json!({ "vary": { "beta": { "low": 0, "high": 5 } }, "trials": 4 })).unwrap();
    assert_eq!(ranged.sampler, Sampler::QuasiRandom);
    let pruned = StudyPlan::from_json(&json!({ "vary": {}, "pruner": "median" })).unwrap();
    assert_eq!(pruned.pruner, Some(Pruner { warmup_epochs: 1, min_trials: 5 }));
}

#[test]
fn a_wrong_plan_is_refused_before_training() {
    let cases = [
        (json!({ "vary": { "beta": [0, -1] } }), "vary.beta: expected "),
        (json!({ "vary": { "beta": { "low": -1, "high": 1 } }, "trials": 2 }), "vary.beta: expected "),
        (json!({ "vary": { "latent": [2] } }), "vary.latent: there is no such option"),
        (json!({ "vary": { "seed": [1, 2] } }), "vary.seed: there is no such option"),
        (json!({ "vary": { "activation": ["relu", "tan"] } }), "vary.activation: expected 'relu', "),
        (
            json!({ "vary": { "activation": { "low": 1, "high": 2 } } }),
            "vary.activation: expected a list of values, got ",
        ),
        (json!({ "vary": { "beta": [] } }), "vary.beta: expected from 1 to 65536 values, got 0"),
        (json!({ "vary": { "beta": [1, 1.0] } }), "vary.beta: expected values that differ, got 1.0 twice"),
        (json!({ "vary": { "beta": [1] }, "beta": 2 }), "beta: expected nothing, as it is varied, got 2"),
        (json!({ "vary": {}, "batchSize": 0 }), "batchSize: expected a whole number from 1 "),
        (json!({ "vary": {}, "smapler": "tpe" }), "smapler: there is no such option; did you mean `sampler`?"),
        (json!({ "vary": {}, "out": "x" }), "out: there is no such option"),
        (json!({ "vary": {}, "sampler": "random" }), "trials: expected a number of trials, as only a grid has an end"),
        (
            json!({ "vary": { "beta": [1, 2] }, "trials": 2 }),
            "trials: expected nothing, as the grid has 2 trials, got 2",
        ),
        (
            json!({ "vary": {}, "sampler": "random", "trials": 10, "seeds": 3 }),
            "trials: expected a multiple of 3, as each point is trained with 3 seeds, got 10",
        ),
        (
            json!({ "vary": { "beta": { "low": 0, "high": 1 } }, "sampler": "grid" }),
            "sampler: expected another than 'grid', as `vary.beta` is a range, got \"grid\"; list the values of `vary.beta`",
        ),
        (
            json!({ "vary": {}, "pruner": "medain" }),
            "pruner: expected 'median', got \"medain\"; did you mean 'median'?",
        ),
        (json!({ "vary": {}, "objective": "value" }), "objective: expected 'elbo', 'loss', 'reconstruction' or 'kl'"),
        // Each value is valid by itself, but not both together.
        (
            json!({ "vary": { "posterior": ["gaussian", "deterministic"], "estimator": [{ "type": "score-function" }] } }),
            "vary.estimator: expected ",
        ),
    ];
    for (json, expected) in cases {
        let message = refused(json.clone());
        assert!(message.starts_with(expected), "{json}\nsaid     {message}\nexpected {expected}");
    }
}

#[test]
fn a_requested_trial_is_completed() {
    let plan = plan(json!({ "vary": { "beta": [0, 1], "activation": ["relu", "tanh"], "latentDim": [2, 10] } }));
    let whole = plan.completed(&json!({ "beta": 3.5, "activation": "tanh" })).unwrap();
    assert_eq!(Value::from(whole), json!({ "beta": 3.5, "activation": "tanh", "latentDim": 2 }));
    let refused = |json| plan.completed(&json).unwrap_err().to_string();
    assert_eq!(
        refused(json!({ "activation": "silu" })),
        "params.activation: expected one of \"relu\", \"tanh\", got \"silu\"."
    );
    assert!(refused(json!({ "beta": -1 })).starts_with("vary.beta: expected "));
    assert!(refused(json!({ "epochs": 3 })).starts_with("params.epochs: there is no such option"));
}

#[test]
fn a_study_continues_only_as_itself() {
    let values = |n: usize| vectors((0..4 * n).map(|i| i as f32 / 100.0).collect(), 4);
    let data = values(10);
    let record = |json| plan(json).record(&data, None).unwrap();
    let base = json!({ "vary": { "beta": [0, 1] }, "epochs": 3 });
    let before = record(base.clone());
    let with = |name: &str, value: Value| {
        let mut json = base.clone();
        json[name] = value;
        record(json)
    };
    let message = |now: &Value| check_same_study(&before, now).unwrap_err().to_string();
    assert_eq!(check_same_study(&before, &with("threads", json!(1))), Ok(()));
    assert_eq!(check_same_study(&before, &with("vary", json!({ "beta": [0.0, 1.0] }))), Ok(()));
    assert!(message(&with("epochs", json!(4))).starts_with(
        "epochs: the study to continue was started with another option: expected 3, got 4; continue with the same"
    ));
    assert!(message(&with("seeds", json!(2))).starts_with("seeds: "));
    assert!(message(&with("vary", json!({ "beta": [0, 2] }))).starts_with("vary: "));
    let posteriors = record(json!({ "vary": { "posterior": ["gaussian", "deterministic"] } }));
    assert_eq!((&posteriors["options"]["prior"], &posteriors["options"]["epochs"]), (&Value::Null, &json!(10)));
    let other = plan(base.clone()).record(&values(11), None).unwrap();
    assert!(message(&other).starts_with("the study to continue was started with other data: expected "));
}
