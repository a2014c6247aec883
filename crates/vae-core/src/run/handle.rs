//! Handle to a training run on its own thread: start, poll events, send commands, end.
//!
//! The thread calls no callbacks. Events wait in a queue for polling: newer steps and probes replace older ones, all
//! other events stay until fetched. Commands wait in a second queue, which the thread reads between two steps.
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;

use crate::base::error::{Code, Error, Result};
use crate::base::threads::locked;
use crate::data::Dataset;
use crate::infer::vae::TrainedVae;
use crate::options::TrainOptions;
use crate::run::events::Event;
use crate::run::prepare::prepare;
use crate::run::shared::RunState;
use crate::run::thread::train;

pub use crate::run::shared::{Command, Progress};

/// Handle to a run. Dropping it aborts the run and waits for its thread.
#[derive(Debug)]
pub struct Run {
    shared: Arc<RunState>,
    history: Vec<Value>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Run {
    /// Checks options, data and folder, then starts the thread.
    ///
    /// # Errors
    /// All errors that [`prepare`] detects before the first step.
    pub fn start(data: Dataset, validation: Option<Dataset>, options: TrainOptions) -> Result<Self> {
        Self::start_with(data, validation, options, &[])
    }

    /// [`Run::start`] with commands, numbered from 1, that are guaranteed to take effect before the first step.
    ///
    /// # Errors
    /// Same as [`Run::start`].
    pub fn start_with(
        data: Dataset,
        validation: Option<Dataset>,
        options: TrainOptions,
        commands: &[Command],
    ) -> Result<Self> {
        let prepared = prepare(data, validation, options)?;
        let history = prepared.history();
        let shared = Arc::new(RunState::default());
        locked(&shared.commands).extend((1..).zip(commands.iter().cloned()));
        shared.ids.store(commands.len() as u64, Relaxed);
        locked(&shared.progress).state = "starting";
        locked(&shared.progress).epochs = prepared.options.epochs;
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("vae-native-run".to_owned())
            .spawn(move || train(&theirs, prepared))
            .map_err(|error| Error::new(Code::Io, format!("cannot start a thread: {error}")))?;
        Ok(Self { shared, history, thread: Mutex::new(Some(thread)) })
    }

    /// Epochs recorded before this session, if the run continues another.
    pub fn history(&self) -> &[Value] {
        &self.history
    }

    /// Returns all events since the last call, in order.
    pub fn poll(&self) -> Vec<Event> {
        locked(&self.shared.events).drain(..).collect()
    }

    /// Sends a command; returns the number that the answering event carries.
    pub fn command(&self, command: Command) -> u64 {
        let id = self.shared.ids.fetch_add(1, Relaxed) + 1;
        locked(&self.shared.commands).push_back((id, command));
        self.shared.arrived.notify_all();
        id
    }

    /// Aborts the run at once; only files on disk remain.
    pub fn abort(&self) {
        self.shared.abort.cancel();
        self.shared.arrived.notify_all();
    }

    /// Progress of the run.
    pub fn progress(&self) -> Progress {
        *locked(&self.shared.progress)
    }

    /// Takes the trained model, once, after `end`; after a divergence or failure the last good one. The run keeps no
    /// reference, so that the caller decides when to free the memory.
    pub fn model(&self) -> Option<Arc<TrainedVae>> {
        locked(&self.shared.outcome).take()
    }

    /// Waits until the thread has ended.
    pub fn join(&self) {
        if let Some(thread) = locked(&self.thread).take() {
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
