//! Benchmark of training steps, evaluation and importance sampling on this machine. Times complete calls, by default on
//! the reference VAE (784-400-20-400-784).
use std::time::Instant;

use serde_json::{Value, json};
use vae_kernels::fma_peak;

use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;
use crate::base::json_reader::JsonReader;
use crate::data::{Dataset, density};
use crate::engine::cuda::ensemble::{Ensemble, EnsembleMember};
use crate::engine::device::{EngineInfo, Kernels};
use crate::files::metadata::ModelMetadata;
use crate::infer::vae::TrainedVae;
use crate::options::compute::Sparsity;
use crate::options::{TrainOptions, members};
use crate::run::prepare::prepare;
use crate::train::trainer::Trainer;

/// Steps before the timing starts, and training steps before an evaluation.
const WARM_UP: u64 = 30;

/// Default number of timed steps (two epochs of MNIST), and of evaluation passes.
const STEPS: u64 = 938;
const PASSES: u64 = 20;

/// Options of a benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchOptions {
    /// Model and batches.
    pub train: TrainOptions,
    /// Work to time.
    pub what: BenchTask,
    /// Number of models trained by the same launches; `None`: one, as in a run.
    pub members: Option<usize>,
}

/// Work to time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BenchTask {
    /// Training, with this number of steps.
    Train(u64),
    /// Evaluation, with this number of examples and of passes.
    Evaluate(usize, u64),
    /// Importance-weighted bound, with this number of examples and of draws per example.
    Likelihood(usize, usize),
}

impl BenchOptions {
    /// Reads `task`, `hiddenDims`, `latentDim`, `batchSize`, `samples`, `threads`, `device`, `precision`, `steps`,
    /// `examples`, `draws`, `sparsity`, `path` and `members`.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the option's name.
    pub fn from_json(json: &Value) -> Result<Self> {
        let names = [
            "task",
            "hiddenDims",
            "latentDim",
            "batchSize",
            "samples",
            "threads",
            "device",
            "precision",
            "steps",
            "examples",
            "draws",
            "sparsity",
            "path",
            "members",
        ];
        let fields = JsonReader::new(json, names)?;
        let samples = fields.whole("samples", 1..=1 << 16)?.unwrap_or(1);
        let mut train = json!({ "latentDim": 20, "estimator": { "type": "reparameterization", "samples": samples } });
        for name in ["hiddenDims", "latentDim", "batchSize", "threads", "device", "precision"] {
            if let Some(value) = fields.get(name) {
                train[name] = value.clone();
            }
        }
        let mut train = TrainOptions::from_json(&train)?;
        train.compute.check()?;
        train.compute.sparsity = fields.word("sparsity", &Sparsity::NAMES)?.unwrap_or_default();
        train.compute.reference = fields.word("path", &[("auto", false), ("reference", true)])?.unwrap_or(false);
        let steps = fields.whole("steps", 1..=1 << 24)?;
        let examples = fields.whole("examples", 1..=1 << 32)?;
        let draws = fields.whole("draws", 1..=1 << 24)?.unwrap_or(5000) as usize;
        let tasks = [
            ("train", BenchTask::Train(steps.unwrap_or(STEPS))),
            ("evaluate", BenchTask::Evaluate(examples.unwrap_or(10_000) as usize, steps.unwrap_or(PASSES))),
            ("likelihood", BenchTask::Likelihood(examples.unwrap_or(1000) as usize, draws)),
        ];
        let members = members(&fields)?;
        let what = fields.word("task", &tasks)?.unwrap_or(BenchTask::Train(steps.unwrap_or(STEPS)));
        if members.is_some() && !matches!(what, BenchTask::Train(_)) {
            return Err(fields.refuse("members", "nothing, as they apply to training only"));
        }
        Ok(Self { train, members, what })
    }
}

/// Runs the benchmark and returns its result as JSON, with the names of the `bench` command. `allocations` returns the
/// number of allocations made by the process so far.
///
/// # Errors
/// Errors of a training run; [`Code::Aborted`](crate::Code::Aborted) if `token` is cancelled.
pub fn bench(
    data: &Dataset,
    options: &BenchOptions,
    token: &CancelToken,
    allocations: impl Fn() -> usize,
) -> Result<Value> {
    let prepared = prepare(data.clone(), None, options.train.clone())?;
    let metadata = ModelMetadata::new(&prepared.data, &prepared.options);
    let name = metadata.provenance(0, 0, 1.0, None).dataset;
    let density = density(data, &metadata.transform);
    if let (Some(count), BenchTask::Train(steps)) = (options.members, options.what) {
        let (result, engine) = train_members(&metadata, &prepared.data, count, steps, token, allocations)?;
        return Ok(described(result, &name, density, &engine, false));
    }
    let mut trainer = Trainer::new(metadata, prepared.data, None, None)?;
    for _ in 0..WARM_UP {
        trainer.step()?;
    }
    while !trainer.is_settled() {
        trainer.step()?;
    }
    let result = match options.what {
        BenchTask::Train(steps) => train(&mut trainer, steps, token, allocations)?,
        BenchTask::Evaluate(..) | BenchTask::Likelihood(..) => {
            let TrainOptions { threads, compute, .. } = options.train;
            let vae = TrainedVae::at(trainer.device(), trainer.result()?, threads, compute)?;
            let start = Instant::now();
            let what = options.what;
            let (mut result, seen, loss) = match what {
                BenchTask::Likelihood(examples, draws) => {
                    let part = data.slice(0, examples.min(data.len()))?;
                    let bound = vae.log_likelihood(&part, draws, 1, token)?;
                    (json!({ "task": "likelihood", "examples": part.len(), "draws": draws }), part.len(), -bound.mean)
                }
                BenchTask::Evaluate(examples, passes) => {
                    let part = data.slice(0, examples.min(data.len()))?;
                    let mut loss = 0.0;
                    for _ in 0..passes {
                        loss = vae.evaluate(&part, None, None, token)?.losses.loss;
                    }
                    let result = json!({ "task": "evaluate", "examples": part.len(), "steps": passes });
                    (result, part.len() * passes as usize, loss)
                }
                BenchTask::Train(_) => (json!({}), 0, 0.0),
            };
            let seconds = start.elapsed().as_secs_f64();
            result["imagesPerSecond"] = json!(seen as f64 / seconds);
            result["seconds"] = json!(seconds);
            result["meanLoss"] = json!(loss);
            result
        }
    };
    let engine = trainer.engine();
    // Only the training steps of the fused path skip zeros.
    let sparse = engine.sparse && engine.path.is_ok() && matches!(options.what, BenchTask::Train(_));
    Ok(described(result, &name, density, engine, sparse))
}

/// Adds the description of data and engine to a result.
fn described(mut result: Value, name: &str, density: f64, engine: &EngineInfo, sparse: bool) -> Value {
    let EngineInfo { path, threads, .. } = *engine;
    result["data"] = json!(name);
    result["density"] = json!(density);
    result["sparsity"] = json!(if sparse { "on" } else { "off" });
    result["device"] = json!(engine.device());
    if let Ok(name) = &engine.gpu {
        result["gpu"] = json!(name);
    }
    result["path"] = json!(if path.is_ok() { "fused" } else { "reference" });
    result["threads"] = json!(threads);
    result["isa"] = json!(path.map_or("candle", Kernels::name));
    if let Ok(Kernels::Cuda(precision)) = path {
        result["precision"] = json!(precision.name());
    }
    result
}

/// Times training steps one at a time.
fn train(trainer: &mut Trainer, steps: u64, token: &CancelToken, allocations: impl Fn() -> usize) -> Result<Value> {
    let mut times = Vec::with_capacity(steps as usize);
    let mut examples = 0;
    let mut loss = 0.0;
    let before = allocations();
    while (times.len() as u64) < steps {
        token.check()?;
        let start = Instant::now();
        let mut made = 0;
        // A GPU computes several steps at once; their time is divided equally.
        loop {
            let (losses, rows) = trainer.step()?;
            made += 1;
            examples += rows;
            loss += losses.loss;
            if trainer.is_settled() {
                break;
            }
        }
        let each = start.elapsed().as_secs_f64() / f64::from(made);
        times.extend((0..made).map(|_| each));
    }
    let steps = times.len();
    let allocated = allocations() - before;
    let seconds: f64 = times.iter().sum();
    times.sort_by(f64::total_cmp);
    let (median, p5) = (times[times.len() / 2], times[times.len() / 20]);
    let mut result = json!({
        "task": "train",
        "imagesPerSecond": examples as f64 / seconds,
        "millisecondsPerStep": 1e3 * seconds / steps as f64,
        "medianMillisecondsPerStep": 1e3 * median,
        "p5MillisecondsPerStep": 1e3 * p5,
        "allocationsPerStep": allocated as f64 / steps as f64,
        "meanLoss": loss / steps as f64,
    });
    if let Ok(Kernels::Simd(isa)) = trainer.engine().path {
        let peak = trainer.threads().with_team(|team| fma_peak(isa, team))?;
        let flops = trainer.step_flops();
        result["fmaPeakGflops"] = json!(1e-9 * peak);
        result["shareOfPeak"] = json!(flops / median / peak);
        result["p5ShareOfPeak"] = json!(flops / p5 / peak);
    }
    Ok(result)
}

/// Times the training steps of an ensemble with consecutive seeds.
fn train_members(
    metadata: &ModelMetadata,
    data: &Dataset,
    count: usize,
    steps: u64,
    token: &CancelToken,
    allocations: impl Fn() -> usize,
) -> Result<(Value, EngineInfo)> {
    let TrainOptions { seed, beta, learning_rate, .. } = metadata.options;
    let (beta, learning_rate) = (beta.first(), learning_rate.first());
    let member = |i| EnsembleMember { seed: seed + i as u64, beta, learning_rate };
    let mut members = Ensemble::new(&metadata.options, &metadata.transform, data, (0..count).map(member).collect())?;
    members.run(WARM_UP as usize)?;
    let seen = members.seen();
    let before = allocations();
    let mut times = Vec::new();
    let mut losses = vec![0.0; count];
    while (times.len() as u64) < steps {
        token.check()?;
        let start = Instant::now();
        let made = members.run((steps as usize - times.len()).min(64))?;
        for (i, step) in made.iter().enumerate() {
            losses[i % count] += step.loss;
        }
        let each = start.elapsed().as_secs_f64() / (made.len() / count) as f64;
        times.extend((0..made.len() / count).map(|_| each));
    }
    let seconds: f64 = times.iter().sum();
    times.sort_by(f64::total_cmp);
    let (median, p5) = (times[times.len() / 2], times[times.len() / 20]);
    let mean_losses: Vec<_> = losses.iter().map(|sum| sum / times.len() as f64).collect();
    let examples = (members.seen() - seen) as f64;
    let allocated = allocations() - before;
    let result = json!({
        "task": "train",
        "members": count,
        "imagesPerSecond": examples / seconds,
        "millisecondsPerStep": 1e3 * seconds / times.len() as f64,
        "medianMillisecondsPerStep": 1e3 * median,
        "p5MillisecondsPerStep": 1e3 * p5,
        "microsecondsPerMemberStep": 1e6 * seconds / (times.len() * count) as f64,
        "allocationsPerStep": allocated as f64 / times.len() as f64,
        "meanLoss": mean_losses.iter().sum::<f64>() / count as f64,
        "meanLosses": mean_losses,
    });
    Ok((result, members.engine()?))
}
