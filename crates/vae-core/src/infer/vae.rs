//! A trained model: encode, decode, reconstruct, sample, interpolate; saved and loaded.
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use vae_kernels::noise::{Key, Stream, fill_noise};

use crate::base::cancel_token::CancelToken;
use crate::base::error::{Code, Error, Result};
use crate::base::json_reader::JsonReader;
use crate::base::memory::{MEMORY, in_words};
use crate::base::threads::Threads;
use crate::data::Dataset;
use crate::data::batch::fixed_batch;
use crate::engine::device::DeviceHandle;
use crate::engine::forward::{Forward, ROWS_PER_PASS};
use crate::files::metadata::{ModelMetadata, Provenance};
use crate::files::model_file::{self, StoredModel};
use crate::infer::evaluate::EvalContext;
use crate::model::likelihood::support::{check_units, check_values_or};
use crate::model::noise::noise;
use crate::model::posterior::{Encoding, LatentSpace};
use crate::model::vae::Vae;
use crate::nn::parameters::Layout;
use crate::options::compute::Compute;
use crate::options::{device, threads};

/// Maximum bytes of one result: the limit of an array in JavaScript that holds everywhere.
const MAX_RESULT: u64 = 4 << 30;

/// Options for computing with a model.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoadOptions {
    /// Number of compute threads; `None`: all that the process may use.
    pub threads: Option<usize>,
    /// Device and engine.
    pub compute: Compute,
}

impl LoadOptions {
    /// Reads `threads` and `device`.
    ///
    /// # Errors
    /// [`Code::Option`] with the option's name; [`Code::Device`] if this build has no such device.
    pub fn from_json(json: &serde_json::Value) -> Result<Self> {
        let fields = JsonReader::new(json, ["threads", "device"])?;
        let compute = Compute { device: device(&fields)?.unwrap_or_default(), ..Compute::default() };
        compute.check()?;
        Ok(Self { threads: threads(&fields)?, compute })
    }
}

/// Trained model. Calls may come from several threads; they share the model's own threads, which the first call starts.
#[derive(Debug)]
pub struct TrainedVae {
    stored: StoredModel,
    layout: Layout,
    forward: Forward,
}

/// Output of the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    /// E[x|z].
    #[default]
    Mean,
    /// Raw output: logits, or the mean for the gaussian likelihood.
    Logits,
    /// Draw from p(x|z).
    Sample,
}

/// Source of z in a reconstruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Latent {
    /// z = μ.
    #[default]
    Mean,
    /// z ~ q(z|x).
    Sample,
}

/// Units of decoded examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Units {
    /// Those of the data: value / 255 for bytes, floats before the model's scale.
    #[default]
    Data,
    /// The model's scale, in which it receives its inputs.
    Model,
}

/// Batches of a call, and the units of its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BatchOptions {
    /// Rows computed at once; affects results only by rounding.
    pub rows: Option<usize>,
    /// Units of decoded examples.
    pub units: Units,
}

/// Distribution of latent codes: the prior, or its family with another mean and standard deviation. One number for all
/// dimensions, or one per dimension; `None`: the prior's.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DrawFrom {
    /// Mean.
    pub mean: Option<Vec<f64>>,
    /// Standard deviation.
    pub standard_deviation: Option<Vec<f64>>,
}

/// Batch of examples with their q(z|x).
pub(crate) struct Encoded<'a> {
    /// Indices of the examples in the data set.
    pub(crate) examples: Range<usize>,
    /// x, (n, D).
    pub(crate) x: &'a [f32],
    /// Conditions of the examples, (n, C).
    pub(crate) condition: Option<&'a [f32]>,
    /// q(z|x).
    pub(crate) encoding: Encoding,
}

impl TrainedVae {
    /// Creates a model from stored data. `threads`: number of compute threads (`None`: all that the process may use).
    pub fn new(stored: StoredModel, threads: Option<usize>, compute: Compute) -> Result<Self> {
        Self::at(&compute.open_device()?, stored, threads, compute)
    }

    /// [`Vae::new`] on an opened device.
    pub(crate) fn at(
        device: &DeviceHandle,
        stored: StoredModel,
        threads: Option<usize>,
        compute: Compute,
    ) -> Result<Self> {
        let (model, layout) = Vae::new(&stored.metadata.architecture());
        let forward = Forward::at(device, &model, &layout, &stored.theta, &Arc::new(Threads::new(threads)), compute)?;
        Ok(Self { stored, layout, forward })
    }

    /// Loads a model file, a checkpoint, or the content of a run folder.
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

    /// Metadata of the model.
    pub fn metadata(&self) -> &ModelMetadata {
        &self.stored.metadata
    }

    /// Provenance of the model.
    pub fn provenance(&self) -> &Provenance {
        &self.stored.provenance
    }

    /// Forward passes.
    pub(crate) fn forward(&self) -> &Forward {
        &self.forward
    }

    /// Equations of the model.
    pub fn model(&self) -> &Vae {
        self.forward.model()
    }

    /// Layout of θ.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// θ, in the plain order.
    pub fn theta(&self) -> &[f32] {
        &self.stored.theta
    }

    /// The likelihood's own parameter, if any.
    pub(crate) fn likelihood_parameter(&self) -> Option<f32> {
        self.model().likelihood_slot().map(|slot| self.stored.theta[self.layout.slots()[slot].offset])
    }

    /// σ² of the gaussian likelihood, `None` for the others.
    pub fn variance(&self) -> Option<f64> {
        self.model().likelihood().variance(self.likelihood_parameter().map(f64::from))
    }

    /// Evaluation context: the model with its training data's transform and statistics.
    pub fn eval_context(&self) -> EvalContext<'_> {
        EvalContext { forward: &self.forward, transform: &self.metadata().transform, train: &self.metadata().moments }
    }

    /// The same examples as the model takes them, the columns of a table in its own order.
    ///
    /// # Errors
    /// [`Code::Shape`] if there are none, a column is missing or foreign, or their shape differs; [`Code::DataRange`] if
    /// they are in other units than the training set, or the likelihood does not support a value.
    pub fn accept(&self, data: &Dataset) -> Result<Dataset> {
        if data.is_empty() {
            return Err(Error::new(Code::Shape, "data").expected("at least one example").received(0));
        }
        let data = data.with_columns_of(self.metadata().table.as_ref())?;
        if data.shape() != &self.metadata().shape {
            return Err(Error::new(
                Code::Shape,
                "the examples have another shape than those that the model was trained on",
            )
            .expected(&self.metadata().shape)
            .received(data.shape())
            .remedy("bring them to that shape, for pictures with `size` and `channels`"));
        }
        if data.condition_width() != self.metadata().condition {
            return Err(Error::new(Code::Shape, "the examples have another condition than those of the training set")
                .expected(format!("{} numbers each", self.metadata().condition))
                .received(data.condition_width()));
        }
        let transform = &self.metadata().transform;
        check_units(&data, transform)?;
        let remedy = format!("give them the units of the training data: {}", transform.describe());
        check_values_or(&remedy, "data", &data, transform, self.model().likelihood())?;
        Ok(data)
    }

    /// The values that the model receives for these examples, after its scale; (n, D). A value that is drawn as 0 or 1
    /// is the probability of 1.
    pub fn inputs(&self, data: &Dataset) -> Result<Vec<f32>> {
        self.check_result(data.len(), self.model().input())?;
        Ok(self.accept(data)?.to_f32(&self.metadata().transform))
    }

    /// q(z|x).
    pub fn encode(&self, data: &Dataset, rows: Option<usize>, token: &CancelToken) -> Result<Encoding> {
        let mut encoding = Encoding { latent: self.model().latent_space(), h: Vec::new(), s: None };
        self.batches(data, rows, token, |batch| {
            encoding.h.extend(batch.encoding.h);
            if let Some(s) = batch.encoding.s {
                encoding.s.get_or_insert_default().extend(s);
            }
            Ok(())
        })?;
        Ok(encoding)
    }

    /// Decodes z (n, d), each under its condition (n, C): the mean of p(x|z), its parameters (always in the model's
    /// scale), or a draw; (n, D).
    ///
    /// # Errors
    /// [`Code::Shape`] and [`Code::DataRange`] for codes that do not fit the model; errors of the forward pass.
    pub fn decode(
        &self,
        z: &[f32],
        condition: Option<&[f32]>,
        output: Output,
        seed: u64,
        batches: BatchOptions,
        token: &CancelToken,
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
        let n = z.len() / d;
        let c = self.metadata().condition;
        self.check_condition(n, condition)?;
        self.check_result(n, self.model().input())?;
        let rows = self.rows(batches.rows, n)?;
        let mut x = Vec::new();
        token.set_total(n as u64);
        for start in (0..n).step_by(rows) {
            token.check()?;
            let end = n.min(start + rows);
            let condition = condition.map(|condition| &condition[start * c..end * c]);
            let parameters = self.forward.decode(&z[start * d..end * d], condition)?;
            x.extend(self.output(parameters, output, seed, start));
            token.advance((end - start) as u64);
        }
        Ok(if output == Output::Logits { x } else { self.in_units(x, batches.units) })
    }

    /// Examples of the model's scale in these units.
    fn in_units(&self, mut x: Vec<f32>, units: Units) -> Vec<f32> {
        if units == Units::Data {
            self.metadata().transform.to_units(&mut x);
        }
        x
    }

    /// Reconstructs: x → z → x̂, with z the posterior's mean or a draw; (n, D).
    pub fn reconstruct(
        &self,
        data: &Dataset,
        latent: Latent,
        seed: u64,
        batches: BatchOptions,
        token: &CancelToken,
    ) -> Result<Vec<f32>> {
        self.check_result(data.len(), self.model().input())?;
        let key = Key::new(seed, Stream::Posterior);
        let d = self.model().latent();
        let mut x = Vec::with_capacity(data.len() * self.model().input());
        self.batches(data, batches.rows, token, |Encoded { examples, condition, encoding, .. }| {
            let z = match latent {
                Latent::Mean => encoding.mean(),
                Latent::Sample => encoding.sample(&noise(encoding.latent.family, key, examples, 0..1, d), d),
            };
            x.extend(self.model().likelihood().mean(self.forward.decode(&z, condition)?));
            Ok(())
        })?;
        Ok(self.in_units(x, batches.units))
    }

    /// Samples E[x|z] for n draws of z, by default from the prior, each under its condition (n, C); (n, D).
    ///
    /// # Errors
    /// [`Code::Option`] for numbers that do not fit the model; errors of the forward pass.
    pub fn sample(
        &self,
        n: usize,
        condition: Option<&[f32]>,
        from: &DrawFrom,
        seed: u64,
        batches: BatchOptions,
        token: &CancelToken,
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
            return self.decode(&z, condition, Output::Mean, seed, batches, token);
        }
        let mut z = vec![0.0; n * d];
        for (row, z) in z.chunks_exact_mut(d).enumerate() {
            fill_noise(family.noise(), key, 0, row as u32, d, z);
            for (j, z) in z.iter_mut().enumerate() {
                let at = |values: &[f64]| if values.len() == 1 { values[0] } else { values[j] };
                *z = (at(&mean) + at(&deviation) / unit * f64::from(*z)) as f32;
            }
        }
        self.decode(&z, condition, Output::Mean, seed, batches, token)
    }

    /// Interpolates: E[x|z] along straight lines between pairs of codes (n, d), both ends included; (n, steps, D).
    pub fn interpolate(
        &self,
        from: &[f32],
        to: &[f32],
        steps: usize,
        batches: BatchOptions,
        token: &CancelToken,
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
        self.decode(&z, None, Output::Mean, 0, batches, token)
    }

    /// Evaluates on data at the final β of training, by default with the L and seed of training.
    pub fn evaluate(
        &self,
        data: &Dataset,
        samples: Option<usize>,
        seed: Option<u64>,
        token: &CancelToken,
    ) -> Result<crate::infer::evaluate::Evaluation> {
        let data = &self.accept(data)?;
        let options = &self.metadata().options;
        let samples = samples.unwrap_or(options.estimator.samples());
        self.check_rows(samples, "samples")?;
        self.eval_context().evaluate(data, self.provenance().beta, samples, seed.unwrap_or(options.seed), token)
    }

    /// Description as JSON: posterior, options, shape, preprocessing, provenance, layers.
    pub fn info(&self) -> serde_json::Value {
        let metadata = self.metadata();
        let layers: Vec<_> = self
            .layout
            .slots()
            .iter()
            .map(|slot| serde_json::json!({ "name": slot.name, "shape": slot.shape }))
            .collect();
        let options = metadata.options.persisted_options();
        serde_json::json!({
            "posterior": options["posterior"],
            "config": options,
            "shape": metadata.shape,
            "preprocessing": metadata.preprocessing,
            "scaling": metadata.transform.describe(),
            "scale": metadata.transform.scale_json(),
            "range": metadata.transform.range(),
            "pixels": metadata.transform.takes_pixels(),
            "table": metadata.table,
            "labelNames": metadata.label_names,
            "data": metadata.data,
            "trained": self.provenance(),
            "variance": self.variance(),
            "parameters": self.layout.len(),
            "layers": layers,
        })
    }

    /// Encodes in batches and calls `each` on every batch.
    pub(crate) fn batches(
        &self,
        data: &Dataset,
        rows: Option<usize>,
        token: &CancelToken,
        mut each: impl FnMut(Encoded) -> Result<()>,
    ) -> Result<()> {
        let data = &self.accept(data)?;
        let rows = self.rows(rows, data.len())?;
        token.set_total(data.len() as u64);
        for start in (0..data.len()).step_by(rows) {
            token.check()?;
            let examples = start..data.len().min(start + rows);
            let x = fixed_batch(data, examples.clone(), &self.metadata().transform, self.metadata().options.seed);
            let condition = data.conditions(examples.clone());
            let encoding = self.forward.encode(&x, condition.as_deref())?;
            let count = examples.len() as u64;
            each(Encoded { examples, x: &x, condition: condition.as_deref(), encoding })?;
            token.advance(count);
        }
        Ok(())
    }

    /// Refuses conditions that are not C numbers per code, for n codes.
    fn check_condition(&self, n: usize, condition: Option<&[f32]>) -> Result<()> {
        let expected = n * self.metadata().condition;
        let received = condition.map_or(0, <[f32]>::len);
        if expected == received {
            return Ok(());
        }
        Err(Error::new(Code::Shape, "the conditions do not fit the latent codes").expected(expected).received(received))
    }

    /// Refuses a result of n rows that is too large, before allocating it.
    pub(crate) fn check_result(&self, n: usize, width: usize) -> Result<()> {
        let bytes = (n as u64).saturating_mul(4 * width as u64);
        if bytes <= MAX_RESULT {
            return Ok(());
        }
        Err(Error::new(Code::Memory, format!("a result of {n} × {width} values"))
            .expected(format!("at most {}", in_words(MAX_RESULT)))
            .received(in_words(bytes))
            .remedy("ask for it in parts"))
    }

    /// Number of rows per forward pass.
    fn rows(&self, requested: Option<usize>, n: usize) -> Result<usize> {
        let rows = requested.unwrap_or(ROWS_PER_PASS).min(n).max(1);
        self.check_rows(rows, "batchSize")?;
        Ok(rows)
    }

    /// Refuses `rows` whose activations would not fit into memory; `option` is the option that sets `rows`.
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

    /// Requested output of p(x|z), from its parameters (n, D); `first` is the index of the first code.
    fn output(&self, parameters: Vec<f32>, output: Output, seed: u64, first: usize) -> Vec<f32> {
        let likelihood = self.model().likelihood();
        let size = self.model().input();
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
