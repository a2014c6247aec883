//! The search of a sweep, seen from JavaScript, which trains the trials and keeps the study.
use std::path::Path;

use napi_derive::napi;
use vae_core::data::Dataset;
use vae_core::run::lock::Lock;
use vae_core::sweep::{Ended, Plan, check_same_study};

use crate::dataset::NativeDataset;
use crate::job::{parse, thrown};

/// A plan with the data that its trials are trained on, and the lock of the study's folder while it is held.
#[napi]
pub struct NativeSweep {
    plan: Plan,
    data: Dataset,
    validation: Option<Dataset>,
    lock: Option<Lock>,
}

#[napi]
impl NativeSweep {
    /// Checks everything that can be checked before the first trial.
    #[napi(factory, catch_unwind)]
    pub fn plan(data: &NativeDataset, validation: Option<&NativeDataset>, options: String) -> napi::Result<Self> {
        let plan = Plan::from_json(&parse(&options)?).map_err(thrown)?;
        let (data, validation) = (data.inner.clone(), validation.map(|set| set.inner.clone()));
        plan.check_data(&data, validation.as_ref()).map_err(thrown)?;
        Ok(Self { plan, data, validation, lock: None })
    }

    /// How many trials are trained at once.
    #[napi(getter, catch_unwind)]
    pub fn jobs(&self) -> u32 {
        self.plan.jobs as u32
    }

    /// How many threads compute for each of them.
    #[napi(getter, catch_unwind)]
    pub fn threads(&self) -> u32 {
        self.plan.threads as u32
    }

    /// The plan with its defaults, as the study remembers it, as JSON.
    #[napi(catch_unwind)]
    pub fn record(&self) -> napi::Result<String> {
        let record = self.plan.record(&self.data, self.validation.as_ref()).map_err(thrown)?;
        Ok(record.to_string())
    }

    /// The point `number`, given the trials that have ended, as JSON.
    #[napi(catch_unwind)]
    pub fn point(&self, number: u32, history: String) -> napi::Result<String> {
        let history = Ended::list(&parse(&history)?).map_err(thrown)?;
        let point = self.plan.point(number as usize, &history).map_err(thrown)?;
        Ok(serde_json::Value::from(point).to_string())
    }

    /// The whole point of a trial that is asked for by some of its parameters, as JSON.
    #[napi(catch_unwind)]
    pub fn completed(&self, params: String) -> napi::Result<String> {
        let point = self.plan.completed(&parse(&params)?).map_err(thrown)?;
        Ok(serde_json::Value::from(point).to_string())
    }

    /// Whether a trial that has reported these values should end.
    #[napi(catch_unwind)]
    pub fn should_prune(&self, reported: String, history: String) -> napi::Result<bool> {
        let history = Ended::list(&parse(&history)?).map_err(thrown)?;
        self.plan.should_prune(&parse(&reported)?, &history).map_err(thrown)
    }

    /// Takes the folder of the study for this process, until `unlock` or the process's end.
    #[napi(catch_unwind)]
    pub fn lock(&mut self, folder: String) -> napi::Result<()> {
        self.lock = Some(Lock::take(Path::new(&folder)).map_err(thrown)?);
        Ok(())
    }

    #[napi(catch_unwind)]
    pub fn unlock(&mut self) {
        self.lock = None;
    }
}

/// Refuses to continue one study as another: two records, as JSON.
#[napi(catch_unwind)]
pub fn check_same(before: String, now: String) -> napi::Result<()> {
    check_same_study(&parse(&before)?, &parse(&now)?).map_err(thrown)
}
