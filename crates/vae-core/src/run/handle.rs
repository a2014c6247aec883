//! One training run on a thread of its own: started, listened to, steered, ended.
//!
//! The thread never calls out. Events wait in a queue that somebody polls: steps and probes give way to newer ones,
//! everything else stays until it is fetched. Commands wait in a second queue that the thread reads between two steps.
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use serde_json::Value;

use crate::base::error::{Code, Error, Result};
use crate::base::json_reader::Fields;
use crate::base::task::Task;
use crate::data::Dataset;
use crate::infer::vae::Vae;
use crate::objective::weights::Beta;
use crate::optim::learning_rate::LearningRate;
use crate::options::TrainOptions;
use crate::run::events::{Event, Kind};
use crate::run::prepare::prepare;
use crate::run::thread::train;

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
    /// [`Code::Option`] with the name of the option.
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

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// The epoch that is being trained, from 1.
    pub epoch: u64,
    /// How many there will be.
    pub epochs: u64,
    /// Updates made.
    pub step: u64,
    /// How many there will be.
    pub steps: u64,
    /// Examples per second of late.
    pub examples_per_second: f64,
    /// An estimate from that speed.
    pub seconds_left: f64,
    /// starting, running, paused, or how it ended.
    pub state: &'static str,
}

/// What both threads see.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    events: Mutex<VecDeque<Event>>,
    pub(crate) commands: Mutex<VecDeque<(u64, Command)>>,
    pub(crate) arrived: Condvar,
    ids: AtomicU64,
    pub(crate) progress: Mutex<Progress>,
    pub(crate) outcome: Mutex<Option<Arc<Vae>>>,
    pub(crate) abort: Task,
}

/// A handle to a run. Dropping it aborts the run and waits for its thread.
#[derive(Debug)]
pub struct Run {
    shared: Arc<Shared>,
    history: Vec<Value>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// A lock is only poisoned by a panic, and what it guards here is whole at any moment.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Run {
    /// Checks options, data and folder, then starts the thread.
    ///
    /// # Errors
    /// Everything that can be known before the first step: see [`prepare`].
    pub fn start(data: Dataset, validation: Option<Dataset>, options: TrainOptions) -> Result<Self> {
        Self::start_with(data, validation, options, &[])
    }

    /// [`Run::start`] with commands, numbered from 1, that are obeyed before the first step, however fast that would come.
    ///
    /// # Errors
    /// Those of [`Run::start`].
    pub fn start_with(
        data: Dataset,
        validation: Option<Dataset>,
        options: TrainOptions,
        commands: &[Command],
    ) -> Result<Self> {
        let prepared = prepare(data, validation, options)?;
        let history = prepared.history();
        let shared = Arc::new(Shared::default());
        lock(&shared.commands).extend((1..).zip(commands.iter().cloned()));
        shared.ids.store(commands.len() as u64, Relaxed);
        lock(&shared.progress).state = "starting";
        lock(&shared.progress).epochs = prepared.options.epochs;
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("vae-native-run".to_owned())
            .spawn(move || train(&theirs, prepared))
            .map_err(|error| Error::new(Code::Io, format!("cannot start a thread: {error}")))?;
        Ok(Self { shared, history, thread: Mutex::new(Some(thread)) })
    }

    /// The epochs that came before this session, as they were recorded, if the run continues one.
    pub fn history(&self) -> &[Value] {
        &self.history
    }

    /// All events since the last call, in order.
    pub fn poll(&self) -> Vec<Event> {
        lock(&self.shared.events).drain(..).collect()
    }

    /// Hands over a command; the event that answers it carries the number returned here.
    pub fn command(&self, command: Command) -> u64 {
        let id = self.shared.ids.fetch_add(1, Relaxed) + 1;
        lock(&self.shared.commands).push_back((id, command));
        self.shared.arrived.notify_all();
        id
    }

    /// Ends the run at once; nothing is kept but what is on the disk.
    pub fn abort(&self) {
        self.shared.abort.cancel();
        self.shared.arrived.notify_all();
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        *lock(&self.shared.progress)
    }

    /// Hands over the trained model, once, after `end` has come; after a divergence or failure the last good one. The
    /// run keeps none, so that its owner decides when the memory goes back.
    pub fn model(&self) -> Option<Arc<Vae>> {
        lock(&self.shared.outcome).take()
    }

    /// Waits until the thread has ended.
    pub fn join(&self) {
        if let Some(thread) = lock(&self.thread).take() {
            // The thread catches its own panics and reports them as an event.
            let _ = thread.join();
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.abort();
        self.join();
    }
}

impl Shared {
    /// Queues an event for whoever polls; a step or probe that nobody has fetched yet gives way.
    pub(crate) fn push(&self, mut event: Event) {
        let mut events = lock(&self.events);
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
