//! The state that a run's handle and its thread share: commands to the thread, events and progress from it.
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Condvar, Mutex};

use serde_json::Value;

use crate::base::error::Result;
use crate::base::json_reader::Fields;
use crate::base::task::Task;
use crate::base::threads::locked;
use crate::infer::vae::Vae;
use crate::objective::weights::Beta;
use crate::optim::learning_rate::LearningRate;
use crate::run::events::{Event, Kind};

/// A knob.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// β from the next step on.
    Beta(Beta),
    /// η from the next step on.
    LearningRate(LearningRate),
    /// Waits after the current step.
    Pause,
    /// Goes on.
    Resume,
    /// Makes one step and waits after it.
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
        let fields = Fields::of(json, ["name", "to", "path"])?;
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

/// The progress of a run.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// The epoch that is being trained, from 1.
    pub epoch: u64,
    /// The count of epochs when the run ends.
    pub epochs: u64,
    /// Updates made.
    pub step: u64,
    /// The count of updates when the run ends.
    pub steps: u64,
    /// Examples per second of late.
    pub examples_per_second: f64,
    /// An estimate from that speed.
    pub seconds_left: f64,
    /// starting, running, paused, or how it ended.
    pub state: &'static str,
}

/// The state that both threads see.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(super) events: Mutex<VecDeque<Event>>,
    pub(crate) commands: Mutex<VecDeque<(u64, Command)>>,
    pub(crate) arrived: Condvar,
    pub(super) ids: AtomicU64,
    pub(crate) progress: Mutex<Progress>,
    pub(crate) outcome: Mutex<Option<Arc<Vae>>>,
    pub(crate) abort: Task,
}

impl Shared {
    /// Queues an event for whoever polls; a step or probe that nobody has fetched yet gives way.
    pub(crate) fn push(&self, mut event: Event) {
        let mut events = locked(&self.events);
        match (&mut event.kind, events.back().map(|last| &last.kind)) {
            (Kind::Step { coalesced, .. }, Some(Kind::Step { coalesced: unseen, .. })) => {
                *coalesced = unseen + 1;
                events.pop_back();
            }
            (Kind::Probe(_), _) => events.retain(|event| !matches!(event.kind, Kind::Probe(_))),
            _ => {}
        }
        events.push_back(event);
    }
}
