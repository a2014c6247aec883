//! Options written and read again are the same options, to the bit: as JSON values, and as text.
// Test helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used)]
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use vae_core::TrainOptions;
use vae_core::data::Preprocessing;
use vae_core::options::table::OPTIONS;
use vae_core::sweep::{SearchSpace, StudyPlan};

/// Numbers as people type them, and any others: whole ones, decimals, and floats down to the subnormal.
fn number() -> BoxedStrategy<Value> {
    prop_oneof![
        (-60i64..60).prop_map(|tenths| json!(tenths as f64 / 10.0)),
        (-100i64..100).prop_map(|whole| json!(whole)),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(|number| json!(number)),
    ]
    .boxed()
}

fn from_zero() -> BoxedStrategy<Value> {
    prop_oneof![
        (0u32..60).prop_map(|tenths| json!(f64::from(tenths) / 10.0)),
        (0u64..1000).prop_map(|whole| json!(whole)),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(|number| json!(number.abs())),
    ]
    .boxed()
}

fn above_zero() -> BoxedStrategy<Value> {
    from_zero().prop_filter("above 0", |number| number.as_f64().unwrap() > 0.0).boxed()
}

fn below_one() -> BoxedStrategy<Value> {
    (0.0..1.0).prop_map(|number: f64| json!(number)).boxed()
}

fn whole(low: u64, high: u64) -> BoxedStrategy<Value> {
    (low..=high).prop_map(|number| json!(number)).boxed()
}

fn word(words: &'static [&'static str]) -> BoxedStrategy<Value> {
    select(words).prop_map(|word| json!(word)).boxed()
}

/// An object whose fields have these values, or are absent.
fn object(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let (names, values): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
    values.prop_map(move |values| names.iter().map(|name| (*name).to_owned()).zip(values).collect()).boxed()
}

fn optional(value: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop_oneof![1 => Just(Value::Null), 3 => value].boxed()
}

fn one(value: Value) -> BoxedStrategy<Value> {
    Just(value).boxed()
}

fn every() -> BoxedStrategy<Value> {
    prop_oneof![
        object(vec![("epochs", whole(1, 1 << 24)), ("seconds", optional(above_zero()))]),
        object(vec![("seconds", above_zero())]),
    ]
    .boxed()
}

fn ends(first: BoxedStrategy<Value>, second: BoxedStrategy<Value>, names: [&'static str; 2]) -> BoxedStrategy<Value> {
    object(vec![(names[0], first), (names[1], second)])
}

fn beta() -> BoxedStrategy<Value> {
    let schedule =
        |kind| object(vec![("type", word(kind)), ("from", from_zero()), ("to", from_zero()), ("epochs", above_zero())]);
    prop_oneof![
        from_zero(),
        schedule(&["linear", "cosine"]),
        object(vec![
            ("type", one(json!("cyclical"))),
            ("from", optional(from_zero())),
            ("to", from_zero()),
            ("cycles", whole(1, 1 << 24)),
            ("epochs", above_zero()),
        ]),
        object(vec![
            ("type", one(json!("capacity"))),
            ("kl", from_zero()),
            ("epochs", above_zero()),
            ("gamma", optional(above_zero())),
        ]),
        object(vec![("type", one(json!("target-kl"))), ("nats", from_zero()), ("rate", optional(above_zero())),]),
        object(vec![
            ("type", one(json!("target-reconstruction"))),
            ("nats", number()),
            ("rate", optional(above_zero())),
        ]),
    ]
    .boxed()
}

fn learning_rate() -> BoxedStrategy<Value> {
    prop_oneof![
        above_zero(),
        object(vec![
            ("type", word(&["linear", "cosine"])),
            ("from", from_zero()),
            ("to", from_zero()),
            ("epochs", above_zero()),
        ]),
        object(vec![
            ("type", one(json!("step"))),
            ("from", above_zero()),
            ("factor", above_zero()),
            ("every", above_zero()),
        ]),
    ]
    .boxed()
}

fn prior() -> BoxedStrategy<Value> {
    let interval = (number(), number()).prop_filter_map("an interval", |(a, b)| {
        let (low, high) = if a.as_f64() < b.as_f64() { (a, b) } else { (b, a) };
        (low.as_f64() < high.as_f64()).then(|| json!({ "low": low, "high": high }))
    });
    prop_oneof![
        object(vec![
            ("posterior", word(&["gaussian", "laplace"])),
            ("prior", ends(optional(number()), optional(above_zero()), ["location", "scale"])),
        ]),
        object(vec![("posterior", one(json!("uniform"))), ("prior", interval.boxed())]),
    ]
    .boxed()
}

/// Random options that set the option of this name, with the other options that its values require.
fn given(name: &'static str) -> BoxedStrategy<Value> {
    let alone = |value| object(vec![(name, value)]);
    let sizes = |most| vec(whole(1, 1 << 16), 0..most).prop_map(Value::Array).boxed();
    match name {
        "latentDim" | "batchSize" => alone(whole(1, 1 << 24)),
        "hiddenDims" => alone(sizes(5)),
        "activation" => alone(word(&["relu", "tanh", "softplus", "silu", "identity"])),
        "initialization" => alone(word(&["torch", "glorot"])),
        "architecture" => alone(
            prop_oneof![
                one(json!("mlp")),
                object(vec![
                    ("type", one(json!("convolutional"))),
                    ("channels", sizes(4)),
                    ("dense", optional(sizes(4))),
                ]),
            ]
            .boxed(),
        ),
        "posterior" => alone(word(&["gaussian", "laplace", "uniform", "deterministic"])),
        "prior" => prior(),
        "likelihood" => alone(
            prop_oneof![
                word(&["bernoulli", "squared-error", "gaussian"]),
                object(vec![
                    ("type", one(json!("gaussian"))),
                    ("variance", prop_oneof![one(json!("learned")), above_zero()].boxed()),
                ]),
            ]
            .boxed(),
        ),
        "beta" => alone(beta()),
        "estimator" => alone(
            prop_oneof![
                object(vec![
                    ("type", one(json!("reparameterization"))),
                    ("samples", optional(whole(1, 1 << 16))),
                    ("kl", optional(word(&["analytic", "monte-carlo", "keras-slip"]))),
                ]),
                object(vec![
                    ("type", one(json!("score-function"))),
                    ("samples", optional(whole(1, 1 << 16))),
                    ("baseline", optional(any::<bool>().prop_map(|set| json!(set)).boxed())),
                ]),
                object(vec![
                    ("type", one(json!("importance-weighted"))),
                    ("gradient", optional(word(&["reparameterized", "doubly-reparameterized"]))),
                ]),
            ]
            .boxed(),
        ),
        "epochs" => alone(whole(1, 1 << 24)),
        "learningRate" => alone(learning_rate()),
        "adam" => alone(object(vec![
            ("beta1", optional(below_one())),
            ("beta2", optional(below_one())),
            ("epsilon", optional(above_zero())),
            ("weightDecay", optional(from_zero())),
        ])),
        "validation" => alone(
            prop_oneof![
                below_one().prop_filter("above 0", |part| part.as_f64().unwrap() > 0.0).boxed(),
                whole(1, (1 << 53) - 1),
            ]
            .boxed(),
        ),
        "earlyStopping" => object(vec![
            ("earlyStopping", object(vec![("patience", whole(1, 1 << 24)), ("minDelta", optional(from_zero()))])),
            ("validation", one(json!(0.1))),
        ]),
        "keep" => object(vec![("keep", word(&["last", "best"])), ("validation", one(json!(0.1)))]),
        "seed" => alone(whole(0, (1 << 53) - 1)),
        "device" => {
            let numbered = whole(0, 99).prop_map(|number| json!(format!("cuda:{number}"))).boxed();
            alone(prop_oneof![word(&["auto", "cpu", "cuda"]), numbered].boxed())
        }
        "precision" => alone(word(&["f32", "tf32"])),
        "members" => alone(whole(1, 1 << 10)),
        "threads" => alone(whole(1, 1024)),
        "out" => alone("[^\\x00]{1,20}".prop_map(|path| json!(path)).boxed()),
        "resume" => {
            object(vec![("resume", any::<bool>().prop_map(|set| json!(set)).boxed()), ("out", one(json!("a")))])
        }
        "fork" => {
            object(vec![("fork", "[^\\x00]{1,20}".prop_map(|path| json!(path)).boxed()), ("out", one(json!("a")))])
        }
        "checkpointEvery" => alone(every()),
        "probe" => alone(
            prop_oneof![
                one(json!(false)),
                object(vec![("examples", optional(whole(1, 1 << 20))), ("every", optional(every()))]),
            ]
            .boxed(),
        ),
        _ => panic!("{name}: give this test the values of the new option"),
    }
}

/// Runs a test on random values of a strategy, the same ones each time.
fn each(strategy: &BoxedStrategy<Value>, test: impl Fn(Value)) {
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, proptest::test_runner::TestRng::deterministic_rng(Default::default()))
        .run(strategy, |json| {
            test(json);
            Ok(())
        })
        .unwrap();
}

fn reread(json: &Value) -> Value {
    serde_json::from_str(&serde_json::to_string(json).unwrap()).unwrap()
}

#[test]
fn every_option_survives_its_json_to_the_bit() {
    for row in OPTIONS {
        each(&given(row.name), |json| {
            let options = TrainOptions::from_json(&json).unwrap();
            let written = options.to_json();
            for form in [written.clone(), reread(&written), reread(&reread(&written))] {
                let again = TrainOptions::from_json(&form).unwrap();
                assert_eq!(again, options, "{}", row.name);
                // Text tells −0 from 0, and has the order of the fields.
                assert_eq!(again.to_json().to_string(), written.to_string(), "{}", row.name);
            }
            assert_eq!(TrainOptions::from_json(&reread(&json)).unwrap(), options, "{}", row.name);
        });
    }
}

/// A point of a sweep is recorded as JSON, and its trial continues with the options of that record.
#[test]
fn a_listed_value_of_a_sweep_survives_its_record() {
    for row in OPTIONS.iter().filter(|row| row.sweep.is_some()) {
        each(&given(row.name), |mut json| {
            let Some(value) = json.as_object_mut().unwrap().remove(row.name) else { return };
            if value.is_null() || json.get("posterior").is_some_and(|posterior| posterior == "gaussian") {
                return;
            }
            json["vary"] = json!({ row.name: [value] });
            // Refuses what is not offered to users.
            let Ok(plan) = StudyPlan::from_json(&json) else { return };
            let point = plan.point(0, &[]).unwrap();
            let again = SearchSpace::from_json(&reread(&plan.space.to_json())).unwrap();
            assert_eq!(again, plan.space, "{}", row.name);
            let recorded = reread(&Value::Object(point.clone()));
            let trained = plan.checked(&point).unwrap();
            assert_eq!(plan.checked(recorded.as_object().unwrap()).unwrap(), trained, "{}", row.name);
        });
    }
}

#[test]
fn preprocessing_survives_its_json() {
    let sizes = prop_oneof![whole(1, 1 << 15), vec(whole(1, 1 << 15), 2..3).prop_map(Value::Array).boxed()];
    let all = object(vec![
        ("size", optional(sizes.boxed())),
        ("fit", optional(word(&["contain", "cover", "fill"]))),
        ("channels", optional(prop_oneof![one(json!(1)), one(json!(3))].boxed())),
        ("scale", optional(word(&["none", "unit", "standardize"]))),
        ("binarize", optional(word(&["none", "threshold", "dynamic"]))),
    ]);
    each(&all, |json| {
        let read = Preprocessing::from_json(&json).unwrap();
        let written = serde_json::to_value(&read).unwrap();
        assert_eq!(Preprocessing::from_json(&reread(&written)).unwrap(), read);
        assert_eq!(serde_json::from_value::<Preprocessing>(written).unwrap(), read);
    });
}
