//! How fast training steps are: the reference VAE (784-400-20-400-784) unless told otherwise, on given data, each step
//! timed by itself, with everything that a real run does in a step: shuffle, gather, noise, loss, update.
use std::time::Instant;

use serde_json::{Value, json};

use crate::card::Card;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::options::TrainOptions;
use crate::task::Task;
use crate::threads::Threads;
use crate::trainer::Trainer;

/// Steps before the clock starts.
const WARM_UP: u64 = 30;

/// What is timed.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchOptions {
    /// The model and its batches.
    pub train: TrainOptions,
    /// How many steps are timed.
    pub steps: u64,
}

impl BenchOptions {
    /// Reads `hiddenDims`, `latentDim`, `batchSize`, `samples`, `threads`, `device`, `steps` and `sparsity`.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the option's name.
    pub fn from_json(json: &Value) -> Result<Self> {
        let names = ["hiddenDims", "latentDim", "batchSize", "samples", "threads", "device", "steps", "sparsity"];
        let fields = Fields::of(json, names)?;
        if fields.word("sparsity", &[("off", false), ("auto", false), ("on", true)])? == Some(true) {
            return Err(Error::option("sparsity")
                .expected("'off' or 'auto'")
                .received("'on'")
                .remedy("the reference path multiplies zeros like any other number"));
        }
        let samples = fields.whole("samples", 1..=1 << 16)?.unwrap_or(1);
        let mut train = json!({ "latentDim": 20, "estimator": { "type": "reparameterization", "samples": samples } });
        for name in ["hiddenDims", "latentDim", "batchSize", "threads", "device"] {
            if let Some(value) = fields.get(name) {
                train[name] = value.clone();
            }
        }
        Ok(Self { train: TrainOptions::from_json(&train)?, steps: fields.whole("steps", 1..=1 << 24)?.unwrap_or(938) })
    }
}

/// Times training steps; the result as JSON, its names those of the `bench` command.
///
/// # Errors
/// Those of a training run; [`Code::Aborted`](crate::Code::Aborted) if `task` was cancelled.
pub fn bench(data: &Dataset, options: &BenchOptions, task: &Task) -> Result<Value> {
    let threads = Threads::new(options.train.threads)?;
    let prepared = crate::prepare::prepare(data.clone(), None, options.train.clone())?;
    threads.run(|| {
        let card = Card::new(&prepared.data, &prepared.options);
        let (name, transform) = (card.trained(0, 0, 1.0, None).dataset, card.transform.clone());
        let mut trainer = Trainer::new(card, prepared.data, None, None)?;
        let (mut times, mut examples, mut loss) = (Vec::new(), 0, 0.0);
        for step in 0..WARM_UP + options.steps {
            task.check()?;
            let start = Instant::now();
            let (losses, rows) = trainer.step()?;
            if step >= WARM_UP {
                times.push(start.elapsed().as_secs_f64());
                examples += rows;
                loss += losses.loss;
            }
        }
        let seconds: f64 = times.iter().sum();
        times.sort_by(f64::total_cmp);
        Ok(json!({
            "imagesPerSecond": examples as f64 / seconds,
            "millisecondsPerStep": 1e3 * seconds / options.steps as f64,
            "p5MillisecondsPerStep": 1e3 * times[times.len() / 20],
            "meanLoss": loss / options.steps as f64,
            "data": name,
            "density": density(data, &transform),
            "sparsity": "off",
            "device": "cpu",
            "path": "reference",
            "threads": threads.count(),
            "isa": isa(),
        }))
    })
}

/// The share of values that are not 0, over the first ten thousand examples.
fn density(data: &Dataset, transform: &crate::data::Transform) -> f64 {
    let mut x = vec![0.0; data.shape().size()];
    let rows = data.len().min(10_000);
    let mut filled = 0;
    for row in 0..rows {
        data.gather(&[row], transform, &mut x);
        filled += x.iter().filter(|x| **x != 0.0).count();
    }
    filled as f64 / (rows * x.len()) as f64
}

/// The widest instructions that the matrix product of the reference path uses here.
fn isa() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        return "avx2";
    }
    if cfg!(target_arch = "aarch64") { "neon" } else { "scalar" }
}
