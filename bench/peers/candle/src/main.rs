//! The reference VAE as a user of candle writes it: `VarMap`, autograd, `AdamW`. Options and the line of JSON at the
//! end are those of the Python peers (../common.py).
use std::alloc::System;
use std::collections::HashMap;
use std::io::Read;
use std::time::Instant;

use candle_core::{D, DType, Device, Error, Result, Tensor};
use candle_nn::{AdamW, Linear, Module, Optimizer, ParamsAdamW, VarBuilder, VarMap};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Steps before the clock starts; the other tasks use the model as these leave it.
const WARM_UP: usize = 30;

/// `--name value` pairs.
struct Options(HashMap<String, String>);

impl Options {
    fn parse() -> Result<Self> {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let pair = |pair: &[String]| match pair {
            [name, value] if name.starts_with("--") => Ok((name[2..].to_owned(), value.clone())),
            _ => Err(Error::msg(format!("expected --name value, received {pair:?}"))),
        };
        Ok(Self(words.chunks(2).map(pair).collect::<Result<_>>()?))
    }

    fn text(&self, name: &str, default: &str) -> String {
        self.0.get(name).map_or(default, String::as_str).to_owned()
    }

    fn number(&self, name: &str, default: usize) -> Result<usize> {
        self.0.get(name).map_or(Ok(default), |text| text.parse()).map_err(Error::wrap)
    }
}

struct Vae {
    encoder: Vec<Linear>,
    mean: Linear,
    log_variance: Linear,
    decoder: Vec<Linear>,
    output: Linear,
}

impl Vae {
    fn new(pixels: usize, hidden: &[usize], latent: usize, at: &VarBuilder) -> Result<Self> {
        let layers = |name: &str, widths: &[usize]| -> Result<Vec<Linear>> {
            let pairs = widths.windows(2).enumerate();
            pairs.map(|(i, w)| candle_nn::linear(w[0], w[1], at.pp(format!("{name}.{i}")))).collect()
        };
        let (first, last) = (hidden[0], hidden[hidden.len() - 1]);
        let inward: Vec<usize> = std::iter::once(pixels).chain(hidden.iter().copied()).collect();
        let outward: Vec<usize> = std::iter::once(latent).chain(hidden.iter().rev().copied()).collect();
        Ok(Self {
            encoder: layers("encoder", &inward)?,
            mean: candle_nn::linear(last, latent, at.pp("mean"))?,
            log_variance: candle_nn::linear(last, latent, at.pp("log_variance"))?,
            decoder: layers("decoder", &outward)?,
            output: candle_nn::linear(first, pixels, at.pp("output"))?,
        })
    }

    fn encode(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let h = hidden(&self.encoder, x)?;
        Ok((self.mean.forward(&h)?, self.log_variance.forward(&h)?))
    }

    fn decode(&self, z: &Tensor) -> Result<Tensor> {
        self.output.forward(&hidden(&self.decoder, z)?)
    }

    /// Mean over the batch, with `samples` draws of z per example.
    fn negative_elbo(&self, x: &Tensor, samples: usize) -> Result<Tensor> {
        let (mean, log_variance) = self.encode(x)?;
        // Stacks the draws, one row per decoder input.
        let repeat = |t: &Tensor| if samples == 1 { Ok(t.clone()) } else { t.repeat((samples, 1)) };
        let (mean_of_draw, log_variance_of_draw) = (repeat(&mean)?, repeat(&log_variance)?);
        let noise = mean_of_draw.randn_like(0., 1.)?;
        let z = (mean_of_draw + ((log_variance_of_draw * 0.5)?.exp()? * noise)?)?;
        let logits = self.decode(&z)?;
        let cross_entropy = ((softplus(&logits)? - (&logits * repeat(x)?)?)?.sum_all()? / samples as f64)?;
        let kl = ((((&log_variance + 1.)? - mean.sqr()?)? - log_variance.exp()?)?.sum_all()? * -0.5)?;
        (cross_entropy + kl)? / x.dim(0)? as f64
    }

    /// ln p(x) of one image, shape (1, D): the mean of p(x, z) / q(z|x) over draws from q, in chunks whose logits fit a
    /// cache.
    fn log_likelihood(&self, x: &Tensor, draws: usize, chunk: usize) -> Result<f64> {
        let (mean, log_variance) = self.encode(x)?;
        let deviation = (&log_variance * 0.5)?.exp()?;
        let mut ratios = Vec::new();
        for start in (0..draws).step_by(chunk) {
            let rows = chunk.min(draws - start);
            let noise = Tensor::randn(0f32, 1., (rows, mean.dim(1)?), x.device())?;
            let z = noise.broadcast_mul(&deviation)?.broadcast_add(&mean)?;
            let logits = self.decode(&z)?;
            let log_x = (logits.matmul(&x.t()?)?.squeeze(1)? - softplus(&logits)?.sum(D::Minus1)?)?;
            let densities = (noise.sqr()? - z.sqr()?)?.broadcast_add(&log_variance)?.sum(D::Minus1)?;
            ratios.push((log_x + (densities * 0.5)?)?);
        }
        let mean = Tensor::cat(&ratios, 0)?.log_sum_exp(0)?.to_scalar::<f32>()?;
        Ok(f64::from(mean) - (draws as f64).ln())
    }
}

fn hidden(layers: &[Linear], x: &Tensor) -> Result<Tensor> {
    layers.iter().try_fold(x.clone(), |x, layer| layer.forward(&x)?.relu())
}

/// ln(1 + exp(l)) without overflow; candle's own cross entropy takes the log of a sigmoid that may round to 0.
fn softplus(logits: &Tensor) -> Result<Tensor> {
    logits.relu()? + ((logits.abs()?.neg()?.exp()? + 1.)?).log()?
}

/// Reads the images as f32 rows in [0, 1], whole in memory.
fn read_images(path: &str, split: &str) -> Result<Tensor> {
    let pixels = if path.ends_with(".npz") {
        Tensor::read_npz_by_name(path, &["imgs"])?.remove(0).flatten_from(1)?
    } else {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(format!("{path}/{split}-images-idx3-ubyte.gz"))?;
        flate2::read::GzDecoder::new(file).read_to_end(&mut bytes)?;
        let pixels = &bytes[16..];
        Tensor::from_slice(pixels, (pixels.len() / 784, 784), &Device::Cpu)?
    };
    let pixels = pixels.to_dtype(DType::F32)?;
    if pixels.max_all()?.to_scalar::<f32>()? <= 1. { Ok(pixels) } else { pixels / 255. }
}

/// Endless shuffled epochs, each with its last, smaller batch.
struct Batches {
    images: Tensor,
    order: Vec<u32>,
    next: usize,
    size: usize,
    random: StdRng,
}

impl Batches {
    fn new(images: Tensor, size: usize) -> Result<Self> {
        let order: Vec<u32> = (0..images.dim(0)? as u32).collect();
        Ok(Self { images, next: order.len(), order, size, random: StdRng::seed_from_u64(1) })
    }

    fn next(&mut self) -> Result<Tensor> {
        if self.next == self.order.len() {
            self.order.shuffle(&mut self.random);
            self.next = 0;
        }
        let end = (self.next + self.size).min(self.order.len());
        let rows = &self.order[self.next..end];
        self.next = end;
        self.images.index_select(&Tensor::new(rows, self.images.device())?, 0)
    }
}

/// Measurements of a task: seconds of each step, images in all, and its results.
type Measured = (Vec<f64>, usize, Value);

fn train(options: &Options, mut step: impl FnMut() -> Result<(f64, usize)>) -> Result<Measured> {
    let steps = options.number("steps", 938)?;
    let (mut times, mut images, mut total) = (Vec::with_capacity(steps), 0, 0.);
    let allocations = || ALLOCATOR.stats().allocations + ALLOCATOR.stats().reallocations;
    let before = allocations();
    for _ in 0..steps {
        let start = Instant::now();
        let (loss, rows) = step()?;
        times.push(start.elapsed().as_secs_f64());
        images += rows;
        total += loss;
    }
    let allocated = (allocations() - before) as f64 / steps as f64;
    Ok((times, images, json!({ "meanLoss": total / steps as f64, "allocationsPerStep": allocated })))
}

fn evaluate(options: &Options, vae: &Vae, test: &Tensor, batch_size: usize) -> Result<Measured> {
    let (passes, samples) = (options.number("steps", 10)?, options.number("samples", 1)?);
    let (mut times, mut total) = (Vec::new(), 0.);
    let images = test.dim(0)?;
    for _ in 0..passes {
        let start = Instant::now();
        for first in (0..images).step_by(batch_size) {
            let x = test.narrow(0, first, batch_size.min(images - first))?;
            let loss = vae.negative_elbo(&x, samples)?.to_scalar::<f32>()?;
            total += f64::from(loss) * x.dim(0)? as f64 / images as f64;
        }
        times.push(start.elapsed().as_secs_f64());
    }
    Ok((times, passes * images, json!({ "meanLoss": total / passes as f64 })))
}

fn likelihood(options: &Options, vae: &Vae, test: &Tensor, chunk: usize) -> Result<Measured> {
    let (images, draws) = (options.number("steps", 1000)?, options.number("samples", 5000)?);
    let (mut times, mut total) = (Vec::new(), 0.);
    for row in 0..images {
        let start = Instant::now();
        total += vae.log_likelihood(&test.narrow(0, row, 1)?, draws, chunk)?;
        times.push(start.elapsed().as_secs_f64());
    }
    Ok((times, images, json!({ "meanLogLikelihood": total / images as f64, "samples": draws })))
}

/// Peak resident memory, if the system reports it.
fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.)
}

fn main() -> Result<()> {
    let options = Options::parse()?;
    let threads = options.number("threads", std::thread::available_parallelism()?.get())?;
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().map_err(Error::wrap)?;
    let task = options.text("task", "train");
    let data = options.text("data", "");
    let hidden: Vec<usize> = options
        .text("hidden-dims", "400")
        .split(',')
        .map(|width| width.parse().map_err(Error::wrap))
        .collect::<Result<_>>()?;
    let samples = if task == "likelihood" { 1 } else { options.number("samples", 1)? };

    let device = match options.text("device", "cpu").as_str() {
        "cpu" => Device::Cpu,
        "cuda" => Device::new_cuda(0)?,
        other => return Err(Error::msg(format!("--device is cpu or cuda, not {other}"))),
    };
    let images = read_images(&data, "train")?.to_device(&device)?;
    let variables = VarMap::new();
    let at = VarBuilder::from_varmap(&variables, DType::F32, &device);
    let vae = Vae::new(images.dim(1)?, &hidden, options.number("latent-dim", 20)?, &at)?;
    let mut batches = Batches::new(images, options.number("batch-size", 128)?)?;
    // With weight_decay 0, which is not the default, AdamW is Adam.
    let mut adam =
        AdamW::new(variables.all_vars(), ParamsAdamW { lr: 1e-3, weight_decay: 0., ..ParamsAdamW::default() })?;
    let mut step = || -> Result<(f64, usize)> {
        let x = batches.next()?;
        let loss = vae.negative_elbo(&x, samples)?;
        adam.backward_step(&loss)?;
        Ok((f64::from(loss.to_scalar::<f32>()?), x.dim(0)?))
    };
    for _ in 0..WARM_UP {
        step()?;
    }
    let (mut times, images, results) = match task.as_str() {
        "train" => train(&options, step)?,
        "evaluate" => evaluate(&options, &vae, &read_images(&data, "t10k")?.to_device(&device)?, 1000)?,
        "likelihood" => likelihood(&options, &vae, &read_images(&data, "t10k")?.to_device(&device)?, 500)?,
        other => return Err(Error::msg(format!("--task is train, evaluate or likelihood, not {other}"))),
    };

    let seconds: f64 = times.iter().sum();
    times.sort_by(f64::total_cmp);
    let mut line = json!({
        "peer": "candle",
        "version": "0.11.1",
        "variant": "plain",
        "task": task,
        "device": if device.is_cuda() { "cuda" } else { "cpu" },
        "imagesPerSecond": images as f64 / seconds,
        "millisecondsPerStep": 1e3 * seconds / times.len() as f64,
        "medianMillisecondsPerStep": 1e3 * times[times.len() / 2],
        "p5MillisecondsPerStep": 1e3 * times[times.len() / 20],
        "threads": threads,
        "peakMemoryMiB": peak_memory_mib(),
    });
    for (name, value) in results.as_object().into_iter().flatten() {
        line[name] = value.clone();
    }
    println!("{line}");
    Ok(())
}
