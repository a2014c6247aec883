//! A trained model: encode, decode, reconstruct, sample, interpolate; saved and loaded.
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use vae_kernels::noise::{Key, Stream, fill_noise};

use crate::base::error::{Code, Error, Result};
use crate::base::json_reader::Fields;
use crate::base::memory::{MEMORY, in_words};
use crate::base::task::Task;
use crate::base::threads::Threads;
use crate::data::Dataset;
use crate::data::batch::fixed_batch;
use crate::engine::device::Place;
use crate::engine::forward::{Forward, ROWS};
use crate::files::metadata::{Card, Trained};
use crate::files::model_file::{self, Stored};
use crate::infer::evaluate::Subject;
use crate::model::likelihood::support::check_values_or;
use crate::model::noise::noise;
use crate::model::posterior::{Encoding, LatentSpace};
use crate::model::vae::Vae as Model;
use crate::nn::parameters::Layout;
use crate::options::compute::Compute;
use crate::options::{device, threads};

/// The most bytes of one result: an array in JavaScript holds no more everywhere.
const MOST_RESULT: u64 = 4 << 30;

/// How a model is to be computed with.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoadOptions {
    /// How many threads compute; `None`: what the process may use.
    pub threads: Option<usize>,
    /// What they compute with.
    pub compute: Compute,
}

impl LoadOptions {
    /// Reads `threads` and `device`.
    ///
    /// # Errors
    /// [`Code::Option`] with the option's name; [`Code::Device`] if this build has no such device.
    pub fn from_json(json: &serde_json::Value) -> Result<Self> {
        let fields = Fields::of(json, ["threads", "device"])?;
        let compute = Compute { device: device(&fields)?.unwrap_or_default(), ..Compute::default() };
        compute.check()?;
        Ok(Self { threads: threads(&fields)?, compute })
    }
}

/// A trained model. Calls may come from several threads; they share the model's own, which the first call starts.
#[derive(Debug)]
pub struct Vae {
    stored: Stored,
    layout: Layout,
    forward: Forward,
}

/// What the decoder gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    /// E[x|z].
    #[default]
    Mean,
    /// The decoder's own output: logits, or the mean for the gaussian likelihood.
    Logits,
    /// A draw from p(x|z).
    Sample,
}

/// Where a reconstruction's z comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Latent {
    /// z = μ.
    #[default]
    Mean,
    /// z ~ q(z|x).
    Sample,
}

/// What latent codes are drawn from: the prior, or a member of its family that stands elsewhere. One number for all
/// dimensions, or one for each; `None`: that of the prior.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DrawFrom {
    /// The mean.
    pub mean: Option<Vec<f64>>,
    /// The standard deviation.
    pub standard_deviation: Option<Vec<f64>>,
}

/// A batch of examples and their q(z|x).
pub(crate) struct Encoded<'a> {
    /// Their places in the data set.
    pub(crate) examples: Range<usize>,
    /// x, (n, D).
    pub(crate) x: &'a [f32],
    /// Their conditions, (n, C).
    pub(crate) condition: Option<&'a [f32]>,
    /// q(z|x).
    pub(crate) encoding: Encoding,
}

impl Vae {
    /// The model that was stored, to be computed with by so many threads (`None`: as many as the process may use).
    pub fn new(stored: Stored, threads: Option<usize>, compute: Compute) -> Result<Self> {
        Self::at(&compute.place()?, stored, threads, compute)
    }

    /// [`Vae::new`] at a place that has been found.
    pub(crate) fn at(place: &Place, stored: Stored, threads: Option<usize>, compute: Compute) -> Result<Self> {
        let (model, layout) = Model::new(&stored.card.architecture());
        let forward = Forward::at(place, &model, &layout, &stored.theta, &Arc::new(Threads::new(threads)), compute)?;
        Ok(Self { stored, layout, forward })
    }

    /// Loads a model file, a checkpoint, or what a run folder holds.
    ///
    /// # Errors
    /// See [`model_file::read`].
    pub fn load(path: &Path, options: LoadOptions) -> Result<Self> {
        let mut stored = model_file::read(path)?;
        stored.training = None;
        Self::new(stored, options.threads, options.compute)
    }

    /// Writes the model atomically.
    ///
    /// # Errors
    /// [`Code::Io`].
    pub fn save(&self, path: &Path) -> Result<()> {
        model_file::write(path, &self.stored)
    }

    /// What it is.
    pub fn card(&self) -> &Card {
        &self.stored.card
    }

    /// How far it was trained.
    pub fn trained(&self) -> &Trained {
        &self.stored.trained
    }

    /// The layers and their θ.
    pub(crate) fn forward(&self) -> &Forward {
        &self.forward
    }

    /// The model's equations.
    pub fn model(&self) -> &Model {
        self.forward.model()
    }

    /// The parts of θ.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// θ, in the plain order.
    pub fn theta(&self) -> &[f32] {
        &self.stored.theta
    }

    /// The likelihood's own parameter, if it has one.
    pub(crate) fn likelihood_parameter(&self) -> Option<f32> {
        self.model().likelihood_slot().map(|slot| self.stored.theta[self.layout.slots()[slot].offset])
    }

    /// σ² of the gaussian likelihood, `None` for the others.
    pub fn variance(&self) -> Option<f64> {
        self.model().likelihood().variance(self.likelihood_parameter().map(f64::from))
    }

    /// The model and its training data, to be evaluated.
    pub fn subject(&self) -> Subject<'_> {
        Subject { forward: &self.forward, transform: &self.card().transform, train: &self.card().moments }
    }

    /// Checks that these examples are of the model's kind.
    ///
    /// # Errors
    /// [`Code::Shape`] if there are none or their shape is another, [`Code::DataRange`] if a value cannot be explained.
    pub fn check(&self, data: &Dataset) -> Result<()> {
        if data.is_empty() {
            return Err(Error::new(Code::Shape, "data").expected("at least one example").received(0));
        }
        if data.shape() != &self.card().shape {
            return Err(Error::new(
                Code::Shape,
                "the examples have another shape than those that the model was trained on",
            )
            .expected(&self.card().shape)
            .received(data.shape())
            .remedy("bring them to that shape, for pictures with `size` and `channels`"));
        }
        if data.condition_width() != self.card().condition {
            return Err(Error::new(Code::Shape, "the examples have another condition than those of the training set")
                .expected(format!("{} numbers each", self.card().condition))
                .received(data.condition_width()));
        }
        let remedy = format!("give them the scale of the training data: {}", self.card().transform.describe());
        check_values_or(&remedy, "data", data, &self.card().transform, self.model().likelihood())
    }

    /// q(z|x).
    pub fn encode(&self, data: &Dataset, rows: Option<usize>, task: &Task) -> Result<Encoding> {
        let mut encoding = Encoding { latent: self.model().latent_space(), h: Vec::new(), s: None };
        self.batches(data, rows, task, |batch| {
            encoding.h.extend(batch.encoding.h);
            if let Some(s) = batch.encoding.s {
                encoding.s.get_or_insert_default().extend(s);
            }
            Ok(())
        })?;
        Ok(encoding)
    }

    /// p(x|z) for codes z (n, d), each under its condition (n, C): its mean, its parameters, or a draw; (n, D).
    ///
    /// # Errors
    /// [`Code::Shape`] and [`Code::DataRange`] for codes that do not fit the model; those of a call.
    pub fn decode(
        &self,
        z: &[f32],
        condition: Option<&[f32]>,
        output: Output,
        seed: u64,
        rows: Option<usize>,
        task: &Task,
    ) -> Result<Vec<f32>> {
        let d = self.model().latent();
        if !z.len().is_multiple_of(d) {
            return Err(Error::new(Code::Shape, "the latent codes do not fit the model")
                .expected(format!("a multiple of {d} numbers"))
                .received(z.len()));
        }
        if let Some(index) = z.iter().position(|z| !z.is_finite()) {
            return Err(Error::new(Code::DataRange, format!("latent code {}", index / d))
                .index((index / d) as u64)
                .expected("finite numbers")
                .received(z[index]));
        }
        let (n, c) = (z.len() / d, self.card().condition);
        self.check_condition(n, condition)?;
        self.check_result(n, self.model().input())?;
        let rows = self.rows(rows, n)?;
        let mut x = Vec::new();
        task.set_total(n as u64);
        for start in (0..n).step_by(rows) {
            task.check()?;
            let end = n.min(start + rows);
            let condition = condition.map(|condition| &condition[start * c..end * c]);
            let parameters = self.forward.decode(&z[start * d..end * d], condition)?;
            x.extend(self.output(parameters, output, seed, start));
            task.advance((end - start) as u64);
        }
        Ok(x)
    }

    /// x → z → x̂, with z the posterior's mean or a draw from it; (n, D).
    pub fn reconstruct(
        &self,
        data: &Dataset,
        latent: Latent,
        seed: u64,
        rows: Option<usize>,
        task: &Task,
    ) -> Result<Vec<f32>> {
        self.check_result(data.len(), self.model().input())?;
        let key = Key::new(seed, Stream::Posterior);
        let d = self.model().latent();
        let mut x = Vec::with_capacity(data.len() * self.model().input());
        self.batches(data, rows, task, |Encoded { examples, condition, encoding, .. }| {
            let z = match latent {
                Latent::Mean => encoding.mean(),
                Latent::Sample => encoding.sample(&noise(encoding.latent.family, key, examples, 0..1, d), d),
            };
            x.extend(self.model().likelihood().mean(self.forward.decode(&z, condition)?));
            Ok(())
        })?;
        Ok(x)
    }

    /// E[x|z] for n draws of z, by default from the prior, each under its condition (n, C); (n, D).
    ///
    /// # Errors
    /// [`Code::Option`] for numbers that do not fit the model; those of a call.
    pub fn sample(
        &self,
        n: usize,
        condition: Option<&[f32]>,
        from: &DrawFrom,
        seed: u64,
        rows: Option<usize>,
        task: &Task,
    ) -> Result<Vec<f32>> {
        let d = self.model().latent();
        let fits = |name: &str, values: &[f64], at_least: f64| {
            let fits = (values.len() == 1 || values.len() == d)
                && values.iter().all(|value| value.is_finite() && *value >= at_least);
            if fits {
                return Ok(());
            }
            let from = if at_least == 0.0 { " from 0 up" } else { "" };
            Err(Error::option(name)
                .expected(format!("one finite number{from}, or {d} of them"))
                .received(format!("{values:?}")))
        };
        let LatentSpace { family, prior } = self.model().latent_space();
        let unit = family.standard_deviation();
        let mean = from.mean.clone().unwrap_or_else(|| vec![prior.location]);
        let deviation = from.standard_deviation.clone().unwrap_or_else(|| vec![prior.scale * unit]);
        fits("mean", &mean, f64::NEG_INFINITY)?;
        fits("standardDeviation", &deviation, 0.0)?;
        self.check_result(n, self.model().input().max(d))?;
        let key = Key::new(seed, Stream::Sampling);
        if !self.model().prior().is_standard() && *from == DrawFrom::default() {
            self.check_condition(n, condition)?;
            let z = self.forward.draw(key, 0, n, condition)?;
            return self.decode(&z, condition, Output::Mean, seed, rows, task);
        }
        let mut z = vec![0.0; n * d];
        for (row, z) in z.chunks_exact_mut(d).enumerate() {
            fill_noise(family.noise(), key, 0, row as u32, d, z);
            for (j, z) in z.iter_mut().enumerate() {
                let at = |values: &[f64]| if values.len() == 1 { values[0] } else { values[j] };
                *z = (at(&mean) + at(&deviation) / unit * f64::from(*z)) as f32;
            }
        }
        self.decode(&z, condition, Output::Mean, seed, rows, task)
    }

    /// E[x|z] along the straight lines between pairs of codes (n, d), both ends included; (n, steps, D).
    pub fn interpolate(
        &self,
        from: &[f32],
        to: &[f32],
        steps: usize,
        rows: Option<usize>,
        task: &Task,
    ) -> Result<Vec<f32>> {
        if from.len() != to.len() {
            return Err(Error::new(Code::Shape, "there must be as many ends as starts")
                .expected(from.len() / self.model().latent())
                .received(to.len() / self.model().latent()));
        }
        let d = self.model().latent();
        self.check_result((from.len() / d).saturating_mul(steps), self.model().input().max(d))?;
        let mut z = Vec::with_capacity(from.len() * steps);
        for (from, to) in from.chunks(d).zip(to.chunks(d)) {
            for step in 0..steps {
                let t = step as f32 / (steps - 1).max(1) as f32;
                z.extend(from.iter().zip(to).map(|(from, to)| from + t * (to - from)));
            }
        }
        self.decode(&z, None, Output::Mean, 0, rows, task)
    }

    /// Evaluates on data at the β that its training ended with, with L draws and the seed of its training unless given.
    pub fn evaluate(
        &self,
        data: &Dataset,
        samples: Option<usize>,
        seed: Option<u64>,
        task: &Task,
    ) -> Result<crate::infer::evaluate::Evaluation> {
        self.check(data)?;
        let options = &self.card().options;
        let samples = samples.unwrap_or(options.estimator.samples());
        self.check_rows(samples, "samples")?;
        self.subject().evaluate(data, self.trained().beta, samples, seed.unwrap_or(options.seed), task)
    }

    /// What it is, as JSON: posterior, options, shape, preprocessing, how far it was trained, its layers.
    pub fn info(&self) -> serde_json::Value {
        let card = self.card();
        let layers: Vec<_> = self
            .layout
            .slots()
            .iter()
            .map(|slot| serde_json::json!({ "name": slot.name, "shape": slot.shape }))
            .collect();
        let options = card.options.persisted_options();
        serde_json::json!({
            "posterior": options["posterior"],
            "config": options,
            "shape": card.shape,
            "preprocessing": card.preprocessing,
            "scaling": card.transform.describe(),
            "labelNames": card.label_names,
            "data": card.data,
            "trained": self.trained(),
            "variance": self.variance(),
            "parameters": self.layout.len(),
            "layers": layers,
        })
    }

    /// Encodes in batches and hands over each.
    pub(crate) fn batches(
        &self,
        data: &Dataset,
        rows: Option<usize>,
        task: &Task,
        mut each: impl FnMut(Encoded) -> Result<()>,
    ) -> Result<()> {
        self.check(data)?;
        let rows = self.rows(rows, data.len())?;
        task.set_total(data.len() as u64);
        for start in (0..data.len()).step_by(rows) {
            task.check()?;
            let examples = start..data.len().min(start + rows);
            let x = fixed_batch(data, examples.clone(), &self.card().transform, self.card().options.seed);
            let condition = data.conditions(examples.clone());
            let encoding = self.forward.encode(&x, condition.as_deref())?;
            let count = examples.len() as u64;
            each(Encoded { examples, x: &x, condition: condition.as_deref(), encoding })?;
            task.advance(count);
        }
        Ok(())
    }

    /// Refuses conditions that are not C numbers for each of n codes.
    fn check_condition(&self, n: usize, condition: Option<&[f32]>) -> Result<()> {
        let (expected, received) = (n * self.card().condition, condition.map_or(0, <[f32]>::len));
        if expected == received {
            return Ok(());
        }
        Err(Error::new(Code::Shape, "the conditions do not fit the latent codes").expected(expected).received(received))
    }

    /// Refuses a result of n rows before memory is taken for it.
    pub(crate) fn check_result(&self, n: usize, width: usize) -> Result<()> {
        let bytes = (n as u64).saturating_mul(4 * width as u64);
        if bytes <= MOST_RESULT {
            return Ok(());
        }
        Err(Error::new(Code::Memory, format!("a result of {n} × {width} values"))
            .expected(format!("at most {}", in_words(MOST_RESULT)))
            .received(in_words(bytes))
            .remedy("ask for it in parts"))
    }

    /// How many of n rows go through a network at once.
    fn rows(&self, asked: Option<usize>, n: usize) -> Result<usize> {
        let rows = asked.unwrap_or(ROWS).min(n).max(1);
        self.check_rows(rows, "batchSize")?;
        Ok(rows)
    }

    /// Refuses rows whose activations would not fit into memory; `option` is what there are so many of.
    pub(crate) fn check_rows(&self, rows: usize, option: &str) -> Result<()> {
        let numbers = self.model().network().activations() + self.model().input();
        let bytes = (rows as u64).saturating_mul(4 * numbers as u64);
        if bytes <= MEMORY {
            return Ok(());
        }
        Err(Error::new(Code::Memory, format!("{rows} rows at once would not fit into memory"))
            .with_option(option)
            .expected(format!("at most {}", in_words(MEMORY)))
            .received(in_words(bytes))
            .remedy(format!("lower `{option}`")))
    }

    /// What is asked for of p(x|z), from its parameters (n, D) for the codes from `first` on.
    fn output(&self, parameters: Vec<f32>, output: Output, seed: u64, first: usize) -> Vec<f32> {
        let (likelihood, size) = (self.model().likelihood(), self.model().input());
        if output == Output::Logits {
            return parameters;
        }
        let mean = likelihood.mean(parameters);
        if output == Output::Mean {
            return mean;
        }
        likelihood.sample(mean, size, self.variance(), Key::new(seed, Stream::Likelihood), first as u64)
    }
}
