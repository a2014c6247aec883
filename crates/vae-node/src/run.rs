//! JavaScript binding of a training run: it is polled and never calls back.
use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Float32Array, Int32Array};
use napi_derive::napi;
use serde_json::{Value, json};
use vae_core::TrainOptions;
use vae_core::run::events::{Event, EventKind};
use vae_core::run::fork;
use vae_core::run::handle::{Command, Run};

use crate::compute::in_environment;
use crate::dataset::NativeDataset;
use crate::job::{parse, thrown};
use crate::vae::NativeVae;

/// An event as JSON, with the arrays of a probe beside it.
#[napi(object)]
pub struct NativeEvent {
    pub json: String,
    pub command: Option<f64>,
    pub latents: Option<Float32Array>,
    pub labels: Option<Int32Array>,
    pub reconstructions: Option<Float32Array>,
    pub samples: Option<Float32Array>,
}

impl From<Event> for NativeEvent {
    fn from(event: Event) -> Self {
        let json = event.to_json().to_string();
        let command = event.command.map(|id| id as f64);
        let mut native = Self { json, command, latents: None, labels: None, reconstructions: None, samples: None };
        if let EventKind::Probe(probe) = event.kind {
            native.latents = Some(probe.latents.into());
            native.labels = probe.labels.map(Into::into);
            native.reconstructions = Some(probe.reconstructions.into());
            native.samples = Some(probe.samples.into());
        }
        native
    }
}

#[napi]
pub struct NativeRun {
    run: Arc<Run>,
}

#[napi]
impl NativeRun {
    /// Runs all possible checks and starts the run's thread.
    #[napi(factory, catch_unwind)]
    pub fn start(
        env: Env,
        data: &NativeDataset,
        validation: Option<&NativeDataset>,
        options: String,
    ) -> napi::Result<Self> {
        let mut options = fork::completed_options(parse(&options)?)
            .and_then(|json| TrainOptions::from_json(&json)?.published())
            .map_err(thrown)?;
        options.compute = in_environment(options.compute).map_err(thrown)?;
        let validation = validation.map(|set| set.inner.clone());
        let run = Arc::new(Run::start(data.inner.clone(), validation, options).map_err(thrown)?);
        // The thread must end before Node unloads the addon: at exit, and when a worker is terminated.
        let weak = Arc::downgrade(&run);
        env.add_env_cleanup_hook(weak, |weak| {
            if let Some(run) = weak.upgrade() {
                run.abort();
                run.join();
            }
        })?;
        Ok(Self { run })
    }

    /// All events since the last call, in order.
    #[napi(catch_unwind)]
    pub fn poll(&self) -> Vec<NativeEvent> {
        self.run.poll().into_iter().map(NativeEvent::from).collect()
    }

    /// Sends a command; its response event carries the number returned here.
    #[napi(catch_unwind)]
    pub fn command(&self, json: String) -> napi::Result<f64> {
        let command = Command::from_json(&parse(&json)?).map_err(thrown)?;
        Ok(self.run.command(command) as f64)
    }

    /// Ends the run at once; only what is on disk is kept.
    #[napi(catch_unwind)]
    pub fn abort(&self) {
        self.run.abort();
    }

    #[napi(getter, catch_unwind)]
    pub fn progress(&self) -> String {
        let progress = self.run.progress();
        json!({
            "epoch": progress.epoch,
            "epochs": progress.epochs,
            "step": progress.step,
            "steps": progress.steps,
            "examplesPerSecond": progress.examples_per_second,
            "secondsLeft": progress.seconds_left,
            "state": progress.state,
        })
        .to_string()
    }

    /// The epochs before this session, as JSON, if the run continues one.
    #[napi(getter, catch_unwind)]
    pub fn history(&self) -> String {
        Value::Array(self.run.history().to_vec()).to_string()
    }

    /// Returns the trained model, once, after the `end` event; after a divergence or failure the last good one.
    #[napi(catch_unwind)]
    pub fn model(&self) -> Option<NativeVae> {
        self.run.model().map(NativeVae::new)
    }
}
