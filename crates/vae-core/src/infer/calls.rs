//! What one call on a model can be told, read from JSON. What is absent keeps the default that stands here.
use serde_json::Value;

use crate::base::error::{Error, Result};
use crate::base::json_reader::Fields;
use crate::infer::score::ScoreBy;
use crate::infer::vae::{DrawFrom, Latent, Output};
use crate::options::MOST_SEED;

/// The options of a call; each call knows some of them and refuses the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What noise is drawn from; the seed that the model was trained with unless set.
    pub seed: Option<u64>,
    /// Rows that are computed at once; results depend on it by rounding only.
    pub batch_size: Option<usize>,
    /// L or K, draws for each example.
    pub samples: Option<usize>,
    /// What `decode` gives.
    pub output: Output,
    /// Where a reconstruction's z comes from.
    pub latent: Latent,
    /// What `sample` draws z from.
    pub from: DrawFrom,
    /// Pictures in an interpolation, both ends included.
    pub steps: usize,
    /// What `score` measures by.
    pub by: ScoreBy,
    /// Should `score` say where?
    pub map: bool,
}

impl Call {
    /// Reads the options that this call knows.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the option's name.
    pub fn from_json(json: &Value, known: &[&str]) -> Result<Self> {
        let fields = Fields::of(json, known.iter().copied())?;
        let outputs = [("mean", Output::Mean), ("logits", Output::Logits), ("sample", Output::Sample)];
        let latents = [("mean", Latent::Mean), ("sample", Latent::Sample)];
        Ok(Self {
            seed: fields.whole("seed", 0..=MOST_SEED)?,
            batch_size: fields.whole("batchSize", 1..=1 << 24)?.map(|size| size as usize),
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

    /// K, for the call that cannot do without.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) if it was not given: the number means nothing without it.
    pub fn required_samples(&self) -> Result<usize> {
        self.samples.ok_or_else(|| {
            Error::option("samples").expected("K, a whole number of draws from 1 up").received("nothing")
        })
    }
}

fn numbers(fields: &Fields, name: &str) -> Result<Option<Vec<f64>>> {
    match fields.get(name) {
        Some(Value::Array(_)) => fields.read(name, "a number or a list of numbers", |list: &Vec<f64>| !list.is_empty()),
        _ => Ok(fields.number(name, "a number or a list of numbers", |_| true)?.map(|number| vec![number])),
    }
}

fn score_by(fields: &Fields) -> Result<ScoreBy> {
    let Some(value) = fields.get("by").filter(|value| value.is_object()) else {
        let words = [("reconstruction", ScoreBy::Reconstruction), ("elbo", ScoreBy::Elbo), ("kl", ScoreBy::Kl)];
        return Ok(fields.word("by", &words)?.unwrap_or_default());
    };
    let inner = Fields::within("by", value, ["logLikelihood"])?;
    match inner.whole("logLikelihood", 1..=1 << 24)? {
        Some(samples) => Ok(ScoreBy::LogLikelihood(samples as usize)),
        None => Err(inner.refuse("logLikelihood", "a whole number of draws from 1 up")),
    }
}
