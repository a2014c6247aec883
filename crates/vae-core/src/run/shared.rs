//! State shared by a run's handle and its thread: commands to the thread, events and progress from it.
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Condvar, Mutex};

use serde_json::Value;

use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;
use crate::base::json_reader::JsonReader;
use crate::base::threads::locked;
use crate::infer::vae::TrainedVae;
use crate::objective::weights::Beta;
use crate::optim::learning_rate::LearningRate;
use crate::run::events::{Event, EventKind};

/// Command to a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Sets β from the next step on.
    Beta(Beta),
    /// Sets η from the next step on.
    LearningRate(LearningRate),
    /// Pauses after the current step.
    Pause,
    /// Resumes.
    Resume,
    /// Runs one step, then pauses.
    Step,
    /// Ends after the current step and keeps the model.
    Stop,
    /// Writes a checkpoint, to the run folder or to this file.
    Checkpoint(Option<PathBuf>),
}

impl Command {
    /// Reads `{"name": "beta", "to": 5}`: beta and learningRate with `to`, pause, resume, step, stop,
    /// checkpoint with `path`.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the name of the option.
    pub fn from_json(json: &Value) -> Result<Self> {
        let fields = JsonReader::new(json, ["name", "to", "path"])?;
        let to = fields.get("to").unwrap_or(&Value::Null);
        let path = fields.read("path", "the path of a file", |path: &PathBuf| !path.as_os_str().is_empty())?;
        match fields.get("name").and_then(Value::as_str) {
            Some("beta") => Ok(Self::Beta(Beta::from_json("beta", to)?)),
            Some("learningRate") => Ok(Self::LearningRate(LearningRate::from_json("learningRate", to)?)),
            Some("pause") => Ok(Self::Pause),
            Some("resume") => Ok(Self::Resume),
            Some("step") => Ok(Self::Step),
            Some("stop") => Ok(Self::Stop),
            Some("checkpoint") => Ok(Self::Checkpoint(path)),
            _ => Err(fields.refuse("name", "beta, learningRate, pause, resume, step, stop or checkpoint")),
        }
    }
}

/// Progress of a run.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// Current epoch, from 1.
    pub epoch: u64,
    /// Number of epochs at the end of the run.
    pub epochs: u64,
    /// Updates made.
    pub step: u64,
    /// Number of updates at the end of the run.
    pub steps: u64,
    /// Recent examples per second.
    pub examples_per_second: f64,
    /// Estimate of the remaining seconds at that speed.
    pub seconds_left: f64,
    /// "starting", "running", "paused", or the end status.
    pub state: &'static str,
}

/// State shared by both threads.
#[derive(Debug, Default)]
pub(crate) struct RunState {
    pub(super) events: Mutex<VecDeque<Event>>,
    pub(crate) commands: Mutex<VecDeque<(u64, Command)>>,
    pub(crate) arrived: Condvar,
    pub(super) ids: AtomicU64,
    pub(crate) progress: Mutex<Progress>,
    pub(crate) outcome: Mutex<Option<Arc<TrainedVae>>>,
    pub(crate) abort: CancelToken,
}

impl RunState {
    /// Queues an event for polling; replaces a step or probe that has not been fetched yet.
    pub(crate) fn push(&self, mut event: Event) {
        let mut events = locked(&self.events);
        match (&mut event.kind, events.back().map(|last| &last.kind)) {
            (EventKind::Step { coalesced, .. }, Some(EventKind::Step { coalesced: unseen, .. })) => {
                *coalesced = unseen + 1;
                events.pop_back();
            }
            (EventKind::Probe(_), _) => events.retain(|event| !matches!(event.kind, EventKind::Probe(_))),
            _ => {}
        }
        events.push_back(event);
    }
}
