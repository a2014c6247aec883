//! One training run on a thread of its own: started, listened to, steered, ended.
//!
//! The thread never calls out. Events wait in a queue that somebody polls: steps and probes give way to newer ones,
//! everything else stays until it is fetched. Commands wait in a second queue that the thread reads between two steps.
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;

use crate::base::error::{Code, Error, Result};
use crate::base::threads::locked;
use crate::data::Dataset;
use crate::infer::vae::Vae;
use crate::options::TrainOptions;
use crate::run::events::Event;
use crate::run::prepare::prepare;
use crate::run::shared::Shared;
use crate::run::thread::train;

pub use crate::run::shared::{Command, Progress};

/// A handle to a run. Dropping it aborts the run and waits for its thread.
#[derive(Debug)]
pub struct Run {
    shared: Arc<Shared>,
    history: Vec<Value>,
    thread: Mutex<Option<JoinHandle<()>>>,
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

    /// The epochs that came before this session, as they were recorded, if the run continues one.
    pub fn history(&self) -> &[Value] {
        &self.history
    }

    /// All events since the last call, in order.
    pub fn poll(&self) -> Vec<Event> {
        locked(&self.shared.events).drain(..).collect()
    }

    /// Hands over a command; the event that answers it carries the number returned here.
    pub fn command(&self, command: Command) -> u64 {
        let id = self.shared.ids.fetch_add(1, Relaxed) + 1;
        locked(&self.shared.commands).push_back((id, command));
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
        *locked(&self.shared.progress)
    }

    /// Hands over the trained model, once, after `end` has come; after a divergence or failure the last good one. The
    /// run keeps none, so that its owner decides when the memory goes back.
    pub fn model(&self) -> Option<Arc<Vae>> {
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
