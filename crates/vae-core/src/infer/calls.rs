//! Options of a call on a model, read from JSON. Absent options keep the defaults given here.
use serde_json::Value;

use crate::base::error::{Error, Result};
use crate::base::json_reader::JsonReader;
use crate::infer::score::ScoreBy;
use crate::infer::vae::{BatchOptions, DrawFrom, Latent, Output, Units};
use crate::options::MAX_SEED;

/// Options of a call; each call accepts some of them and refuses the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Seed of the noise; by default, the seed of the model's training.
    pub seed: Option<u64>,
    /// Batches, and the units of the result: `batchSize` and `units`.
    pub batches: BatchOptions,
    /// L or K, draws per example.
    pub samples: Option<usize>,
    /// Output of `decode`.
    pub output: Output,
    /// Source of z in a reconstruction.
    pub latent: Latent,
    /// Distribution of z in `sample`.
    pub from: DrawFrom,
    /// Images in an interpolation, both ends included.
    pub steps: usize,
    /// Measure of `score`.
    pub by: ScoreBy,
    /// True if `score` also returns a map.
    pub map: bool,
}

impl Call {
    /// Reads the options in `known`.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the option's name.
    pub fn from_json(json: &Value, known: &[&str]) -> Result<Self> {
        let fields = JsonReader::new(json, known.iter().copied())?;
        let outputs = [("mean", Output::Mean), ("logits", Output::Logits), ("sample", Output::Sample)];
        let latents = [("mean", Latent::Mean), ("sample", Latent::Sample)];
        Ok(Self {
            seed: fields.whole("seed", 0..=MAX_SEED)?,
            batches: BatchOptions {
                rows: fields.whole("batchSize", 1..=1 << 24)?.map(|size| size as usize),
                units: fields.word("units", &[("data", Units::Data), ("model", Units::Model)])?.unwrap_or_default(),
            },
            samples: fields.whole("samples", 1..=1 << 24)?.map(|samples| samples as usize),
            output: fields.word("output", &outputs)?.unwrap_or_default(),
            latent: fields.word("latent", &latents)?.unwrap_or_default(),
            from: DrawFrom {
                mean: numbers(&fields, "mean")?,
                standard_deviation: numbers(&fields, "standardDeviation")?,
            },
            steps: fields.whole("steps", 1..=1 << 16)?.unwrap_or(8) as usize,
            by: score_by(&fields)?,
            map: fields.read("map", "true or false", |_: &bool| true)?.unwrap_or(false),
        })
    }

    /// K, for a call that requires it.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) if absent: the result means nothing without K.
    pub fn required_samples(&self) -> Result<usize> {
        self.samples.ok_or_else(|| {
            Error::option("samples").expected("K, a whole number of draws from 1 up").received("nothing")
        })
    }
}

fn numbers(fields: &JsonReader, name: &str) -> Result<Option<Vec<f64>>> {
    match fields.get(name) {
        Some(Value::Array(_)) => fields.read(name, "a number or a list of numbers", |list: &Vec<f64>| !list.is_empty()),
        _ => Ok(fields.number(name, "a number or a list of numbers", |_| true)?.map(|number| vec![number])),
    }
}

fn score_by(fields: &JsonReader) -> Result<ScoreBy> {
    let Some(value) = fields.get("by").filter(|value| value.is_object()) else {
        let words = [("reconstruction", ScoreBy::Reconstruction), ("elbo", ScoreBy::Elbo), ("kl", ScoreBy::Kl)];
        return Ok(fields.word("by", &words)?.unwrap_or_default());
    };
    let inner = JsonReader::within("by", value, ["logLikelihood"])?;
    match inner.whole("logLikelihood", 1..=1 << 24)? {
        Some(samples) => Ok(ScoreBy::LogLikelihood(samples as usize)),
        None => Err(inner.refuse("logLikelihood", "a whole number of draws from 1 up")),
    }
}
