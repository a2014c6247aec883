//! JavaScript binding of a sweep's search; JavaScript trains the trials and keeps the study.
use std::path::Path;

use napi_derive::napi;
use vae_core::data::Dataset;
use vae_core::run::lock::Lock;
use vae_core::sweep::{Ended, StudyPlan, check_same_study};

use crate::dataset::NativeDataset;
use crate::job::{parse, thrown};

/// A plan with the data of its trials, and the lock of the study's folder while it is held.
#[napi]
pub struct NativeSweep {
    plan: StudyPlan,
    data: Dataset,
    validation: Option<Dataset>,
    lock: Option<Lock>,
}

#[napi]
impl NativeSweep {
    /// Runs all checks that are possible before the first trial.
    #[napi(factory, catch_unwind)]
    pub fn plan(data: &NativeDataset, validation: Option<&NativeDataset>, options: String) -> napi::Result<Self> {
        let plan = StudyPlan::from_json(&parse(&options)?).map_err(thrown)?;
        let (data, validation) = (data.inner.clone(), validation.map(|set| set.inner.clone()));
        plan.check_data(&data, validation.as_ref()).map_err(thrown)?;
        Ok(Self { plan, data, validation, lock: None })
    }

    /// Number of trials trained at once.
    #[napi(getter, catch_unwind)]
    pub fn jobs(&self) -> u32 {
        self.plan.jobs as u32
    }

    /// Number of threads per trial.
    #[napi(getter, catch_unwind)]
    pub fn threads(&self) -> u32 {
        self.plan.threads as u32
    }

    /// The plan with its defaults, as stored in the study, as JSON.
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

    /// The complete point of a trial requested by some of its parameters, as JSON.
    #[napi(catch_unwind)]
    pub fn completed(&self, params: String) -> napi::Result<String> {
        let point = self.plan.completed(&parse(&params)?).map_err(thrown)?;
        Ok(serde_json::Value::from(point).to_string())
    }

    /// True if a trial with these reported values should end.
    #[napi(catch_unwind)]
    pub fn should_prune(&self, reported: String, history: String) -> napi::Result<bool> {
        let history = Ended::list(&parse(&history)?).map_err(thrown)?;
        self.plan.should_prune(&parse(&reported)?, &history).map_err(thrown)
    }

    /// Locks the folder of the study for this process, until `unlock` or the process's end.
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

/// Throws if two records (JSON) are of different studies.
#[napi(catch_unwind)]
pub fn check_same(before: String, now: String) -> napi::Result<()> {
    check_same_study(&parse(&before)?, &parse(&now)?).map_err(thrown)
}
