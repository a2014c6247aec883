//! JavaScript binding of a trained model. Every call is a promise, which its cancel token can stop.
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::bindgen_prelude::{AsyncTask, Float32Array, Undefined};
use napi_derive::napi;
use serde_json::json;
use vae_core::infer::calls::Call;
use vae_core::infer::log_likelihood::LogLikelihood;
use vae_core::infer::score::Scores;
use vae_core::infer::vae::{LoadOptions, TrainedVae};
use vae_core::model::posterior::{Encoding, RawScale};
use vae_core::{Code, Error};

use crate::compute::in_environment;
use crate::dataset::NativeDataset;
use crate::job::{Job, parse, promise, thrown};
use crate::task::NativeTask;

#[napi]
pub struct NativeVae {
    // A lock instead of `&mut self`, because napi borrows `self` for a call as long as its promise is pending.
    vae: Mutex<Option<Arc<TrainedVae>>>,
}

#[napi(object)]
pub struct NativeEncoding {
    pub mean: Float32Array,
    pub log_var: Option<Float32Array>,
    pub log_scale: Option<Float32Array>,
    pub low: Option<Float32Array>,
    pub high: Option<Float32Array>,
}

impl From<Encoding> for NativeEncoding {
    fn from(encoding: Encoding) -> Self {
        let mean = encoding.mean().into();
        let mut native = Self { mean, log_var: None, log_scale: None, low: None, high: None };
        match encoding.raw_scale() {
            RawScale::None => {}
            RawScale::LogVar(log_var) => native.log_var = Some(log_var.into()),
            RawScale::LogScale(log_scale) => native.log_scale = Some(log_scale.into()),
            RawScale::Interval(low, high) => (native.low, native.high) = (Some(low.into()), Some(high.into())),
        }
        native
    }
}

#[napi(object)]
pub struct NativeLogLikelihood {
    pub per_example: Float32Array,
    /// `{mean, standardError, samples, normalised}`
    pub json: String,
}

impl From<LogLikelihood> for NativeLogLikelihood {
    fn from(bound: LogLikelihood) -> Self {
        let json = json!({
            "mean": bound.mean,
            "standardError": bound.standard_error,
            "samples": bound.samples,
            "normalised": bound.normalised,
        });
        let per_example: Vec<f32> = bound.per_example.iter().map(|&value| value as f32).collect();
        Self { per_example: per_example.into(), json: json.to_string() }
    }
}

#[napi(object)]
pub struct NativeScores {
    /// Criterion of the scores, as JSON.
    pub by: String,
    pub per_example: Float32Array,
    pub map: Option<Float32Array>,
}

impl From<Scores> for NativeScores {
    fn from(scores: Scores) -> Self {
        let by = scores.by.to_json().to_string();
        Self { by, per_example: scores.per_example.into(), map: scores.map.map(Into::into) }
    }
}

impl NativeVae {
    pub fn new(vae: Arc<TrainedVae>) -> Self {
        Self { vae: Mutex::new(Some(vae)) }
    }

    /// Locks the model; a poisoned lock is usable, because its content is whole at any moment.
    fn lock(&self) -> MutexGuard<'_, Option<Arc<TrainedVae>>> {
        self.vae.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn vae(&self) -> napi::Result<Arc<TrainedVae>> {
        self.lock().clone().ok_or_else(|| {
            let error = Error::new(Code::Disposed, "the model has been disposed of");
            thrown(error.remedy("load it again, or dispose of it later"))
        })
    }
}

fn call(json: &str, known: &[&str]) -> napi::Result<Call> {
    Call::from_json(&parse(json)?, known).map_err(thrown)
}

fn floats(values: Vec<f32>) -> Float32Array {
    values.into()
}

#[napi]
impl NativeVae {
    /// Loads a model file, a checkpoint, or the model of a run folder.
    #[napi(ts_return_type = "Promise<NativeVae>", catch_unwind)]
    pub fn load(
        path: String,
        options: String,
        _task: &NativeTask,
    ) -> napi::Result<AsyncTask<Job<TrainedVae, NativeVae>>> {
        let LoadOptions { threads, compute } = LoadOptions::from_json(&parse(&options)?).map_err(thrown)?;
        let work =
            move || TrainedVae::load(&PathBuf::from(path), LoadOptions { threads, compute: in_environment(compute)? });
        Ok(promise(work, |vae| NativeVae::new(Arc::new(vae))))
    }

    /// Description of the model, as JSON.
    #[napi(getter, catch_unwind)]
    pub fn info(&self) -> napi::Result<String> {
        Ok(self.vae()?.info().to_string())
    }

    #[napi(ts_return_type = "Promise<NativeEncoding>", catch_unwind)]
    pub fn encode(
        &self,
        x: &NativeDataset,
        call: String,
        task: &NativeTask,
    ) -> napi::Result<AsyncTask<Job<Encoding, NativeEncoding>>> {
        let vae = self.vae()?;
        let data = x.inner.clone();
        let task = task.inner.clone();
        let call = self::call(&call, &["batchSize"])?;
        let work = move || vae.encode(&data, call.batches.rows, &task);
        Ok(promise(work, NativeEncoding::from))
    }

    #[napi(ts_return_type = "Promise<Float32Array>", catch_unwind)]
    pub fn decode(
        &self,
        z: &[f32],
        call: String,
        task: &NativeTask,
    ) -> napi::Result<AsyncTask<Job<Vec<f32>, Float32Array>>> {
        let vae = self.vae()?;
        let z = z.to_vec();
        let task = task.inner.clone();
        let call = self::call(&call, &["output", "seed", "batchSize", "units"])?;
        let seed = call.seed.unwrap_or(vae.metadata().options.seed);
        let work = move || vae.decode(&z, None, call.output, seed, call.batches, &task);
        Ok(promise(work, floats))
    }

    #[napi(ts_return_type = "Promise<Float32Array>", catch_unwind)]
    pub fn reconstruct(
        &self,
        x: &NativeDataset,
        call: String,
        task: &NativeTask,
    ) -> napi::Result<AsyncTask<Job<Vec<f32>, Float32Array>>> {
        let vae = self.vae()?;
        let data = x.inner.clone();
        let task = task.inner.clone();
        let call = self::call(&call, &["latent", "seed", "batchSize", "units"])?;
        let seed = call.seed.unwrap_or(vae.metadata().options.seed);
        let work = move || vae.reconstruct(&data, call.latent, seed, call.batches, &task);
        Ok(promise(work, floats))
    }

    #[napi(ts_return_type = "Promise<Float32Array>", catch_unwind)]
    pub fn sample(
        &self,
        n: u32,
        call: String,
        task: &NativeTask,
    ) -> napi::Result<AsyncTask<Job<Vec<f32>, Float32Array>>> {
        let vae = self.vae()?;
        let task = task.inner.clone();
        let call = self::call(&call, &["mean", "standardDeviation", "seed", "batchSize", "units"])?;
        let seed = call.seed.unwrap_or(vae.metadata().options.seed);
        let work = move || vae.sample(n as usize, None, &call.from, seed, call.batches, &task);
        Ok(promise(work, floats))
    }

    #[napi(ts_return_type = "Promise<Float32Array>", catch_unwind)]
    pub fn interpolate(
        &self,
        from: &[f32],
        to: &[f32],
        call: String,
        task: &NativeTask,
    ) -> napi::Result<AsyncTask<Job<Vec<f32>, Float32Array>>> {
        let vae = self.vae()?;
        let from = from.to_vec();
        let to = to.to_vec();
        let task = task.inner.clone();
        let call = self::call(&call, &["steps", "batchSize", "units"])?;
        let work = move || vae.interpolate(&from, &to, call.steps, call.batches, &task);
        Ok(promise(work, floats))
    }

    /// Values that the model receives, (n, …shape).
    #[napi(ts_return_type = "Promise<Float32Array>", catch_unwind)]
    pub fn inputs(
        &self,
        x: &NativeDataset,
        _task: &NativeTask,
    ) -> napi::Result<AsyncTask<Job<Vec<f32>, Float32Array>>> {
        let vae = self.vae()?;
        let data = x.inner.clone();
        Ok(promise(move || vae.inputs(&data), floats))
    }

    /// JSON: see `Evaluation::to_json`.
    #[napi(ts_return_type = "Promise<string>", catch_unwind)]
    pub fn evaluate(
        &self,
        x: &NativeDataset,
        call: String,
        task: &NativeTask,
    ) -> napi::Result<AsyncTask<Job<String, String>>> {
        let vae = self.vae()?;
        let data = x.inner.clone();
        let task = task.inner.clone();
        let call = self::call(&call, &["samples", "seed"])?;
        let work = move || Ok(vae.evaluate(&data, call.samples, call.seed, &task)?.to_json().to_string());
        Ok(promise(work, |json| json))
    }

    #[napi(ts_return_type = "Promise<NativeLogLikelihood>", catch_unwind)]
    pub fn log_likelihood(
        &self,
        x: &NativeDataset,
        call: String,
        task: &NativeTask,
    ) -> napi::Result<AsyncTask<Job<LogLikelihood, NativeLogLikelihood>>> {
        let vae = self.vae()?;
        let data = x.inner.clone();
        let task = task.inner.clone();
        let call = self::call(&call, &["samples", "seed"])?;
        let samples = call.required_samples().map_err(thrown)?;
        let seed = call.seed.unwrap_or(vae.metadata().options.seed);
        let work = move || vae.log_likelihood(&data, samples, seed, &task);
        Ok(promise(work, NativeLogLikelihood::from))
    }

    #[napi(ts_return_type = "Promise<NativeScores>", catch_unwind)]
    pub fn score(
        &self,
        x: &NativeDataset,
        call: String,
        task: &NativeTask,
    ) -> napi::Result<AsyncTask<Job<Scores, NativeScores>>> {
        let vae = self.vae()?;
        let data = x.inner.clone();
        let task = task.inner.clone();
        let call = self::call(&call, &["by", "map", "seed"])?;
        let seed = call.seed.unwrap_or(vae.metadata().options.seed);
        let work = move || vae.score(&data, call.by, call.map, seed, &task);
        Ok(promise(work, NativeScores::from))
    }

    #[napi(ts_return_type = "Promise<void>", catch_unwind)]
    pub fn save(&self, path: String, _task: &NativeTask) -> napi::Result<AsyncTask<Job<(), Undefined>>> {
        let vae = self.vae()?;
        Ok(promise(move || vae.save(&PathBuf::from(path)), |()| ()))
    }

    /// A second handle to the model, for a call of several steps: it outlives the disposal of this one.
    #[napi(catch_unwind)]
    pub fn hold(&self) -> napi::Result<NativeVae> {
        self.vae().map(NativeVae::new)
    }

    /// Releases the model; calls in flight finish, later ones fail.
    #[napi(catch_unwind)]
    pub fn dispose(&self) {
        self.lock().take();
    }
}
