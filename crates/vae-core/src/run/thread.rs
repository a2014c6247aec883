//! Training thread of a run: trains, processes commands between two steps, emits events, writes the folder.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;

use crate::base::error::{Code, Error, Result, panicked};
use crate::base::threads::locked;
use crate::files::metadata::ModelMetadata;
use crate::files::model_file::{self, StoredModel};
use crate::files::probe_file::StepStamp;
use crate::infer::vae::TrainedVae;
use crate::options::TrainOptions;
use crate::run::events::{EndStatus, Event, EventKind};
use crate::run::folder::{RunFolder, checkpoint_path};
use crate::run::fork;
use crate::run::prepare::Prepared;
use crate::run::shared::{Progress, RunState};
use crate::train::trainer::Trainer;

use super::clock::{Clock, Speed};

/// Body of the training thread. Always emits an `end` event, last, even after a panic.
pub(crate) fn train(shared: &RunState, prepared: Prepared) {
    let mut session = None;
    let result = caught(|| session.insert(Session::new(shared, prepared)?).run());
    let ended = match session {
        Some(mut session) => caught(|| Ok(session.end(result))),
        None => Err(result.err().unwrap_or_else(|| Error::new(Code::Internal, "the run ended before it began"))),
    };
    let event = ended.unwrap_or_else(|error| {
        let status = EndStatus::new(&error);
        let kind = EventKind::End { status, epochs: 0, validation: None, model: None, error: Some(Box::new(error)) };
        Event { moment: StepStamp::default(), kind, command: None }
    });
    if let EventKind::End { status, .. } = &event.kind {
        locked(&shared.progress).state = status.as_str();
    }
    shared.push(event);
}

/// Result of `work`; turns a panic into an error.
fn caught<R>(work: impl FnOnce() -> Result<R>) -> Result<R> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panicked(panic.as_ref())))
}

/// Reason for leaving the training loop without an error.
enum LoopExit {
    Completed,
    Stopped,
}

pub(super) struct Session<'a> {
    pub(super) shared: &'a RunState,
    pub(super) options: TrainOptions,
    pub(super) trainer: Trainer,
    pub(super) folder: Option<RunFolder>,
    pub(super) resumed_from: Option<u64>,
    pub(super) clock: Clock,
    pub(super) speed: Speed,
    pub(super) probed: Instant,
    /// Time of the last checkpoint, and true if nothing has changed since.
    pub(super) saved: (Instant, bool),
    /// True while training waits for a command.
    pub(super) paused: bool,
    /// Command that requested the current single step, after which training pauses.
    pub(super) stepping: Option<u64>,
}

impl<'a> Session<'a> {
    fn new(shared: &'a RunState, prepared: Prepared) -> Result<Self> {
        let Prepared { options, data, validation, resumed, lock } = prepared;
        let resumed_from = resumed.as_ref().map(|stored| stored.provenance.step);
        let trainer = Trainer::new(ModelMetadata::new(&data, &options), data, validation, resumed)?;
        let folder = match lock {
            Some(lock) => {
                let bytes = trainer.state().record_bytes;
                let epochs = trainer.epochs_done();
                if let Some(of) = &options.fork {
                    fork::copy(of, lock.folder(), bytes, epochs)?;
                }
                let folder = RunFolder::open(lock, bytes, epochs)?;
                let fork = options.fork.as_ref().map(|of| json!({ "of": of, "step": resumed_from }));
                folder.describe(trainer.metadata(), trainer.validation(), fork)?;
                Some(folder)
            }
            None => None,
        };
        let clock = Clock::from_seconds(trainer.state().seconds);
        let now = Instant::now();
        Ok(Self {
            shared,
            options,
            trainer,
            folder,
            resumed_from,
            clock,
            speed: Speed::new(),
            probed: now,
            saved: (now, false),
            paused: false,
            stepping: None,
        })
    }

    fn run(&mut self) -> Result<LoopExit> {
        let bounds = self.trainer.bounds();
        let forecast = self.trainer.critical_beta(&self.shared.abort)?;
        self.emit(EventKind::Start {
            options: self.options.persisted_options(),
            // Every likelihood here is a sum over the dimensions of x, so β already is on the common scale.
            effective_beta: self.options.beta.first(),
            floor: bounds.floor,
            ceiling: bounds.ceiling,
            forecast,
            scaling: self.trainer.metadata().transform.describe(),
            notes: self.trainer.data_notes(),
            engine: self.trainer.engine().clone(),
            resumed_from: self.resumed_from,
            forked_from: self.options.fork.clone(),
        })?;
        if let Some(message) = self.trainer.clamped_values() {
            self.emit(EventKind::Warning { code: "clamped", message })?;
        }
        if self.options.fork.is_some() {
            self.begin_fork()?;
        }
        if self.trainer.state().step == 0 {
            self.probe(Some(0))?;
        }
        if let Some(message) = forecast.and_then(|forecast| self.trainer.collapse_predicted(forecast)) {
            self.emit(EventKind::Warning { code: "collapse-predicted", message })?;
        }
        // A run that continues a finished one makes no step, but its progress is that of the finished one.
        self.update_progress();
        loop {
            // Emits the steps computed ahead first: θ of the last emitted step is not available before.
            if self.trainer.is_settled() && self.handle_commands()? {
                self.trainer.check_finite()?;
                return Ok(LoopExit::Stopped);
            }
            if self.trainer.epochs_done() >= self.options.epochs || self.trainer.has_stalled() {
                return Ok(LoopExit::Completed);
            }
            self.step()?;
        }
    }

    /// Sets the β and η of a fork, and writes its own checkpoint, without which it could not be resumed.
    fn begin_fork(&mut self) -> Result<()> {
        let beta = self.options.beta;
        let rate = self.options.learning_rate;
        let state = self.trainer.state();
        let other_beta = beta != state.beta_in_force();
        let other_rate = rate != state.learning_rate_in_force();
        if other_beta {
            // A count of epochs without improvement is meaningless at another β.
            self.trainer.state_mut().stale = 0;
            let kind = self.set_beta(beta);
            self.emit(kind)?;
        }
        if other_rate {
            let kind = self.set_learning_rate(rate);
            self.emit(kind)?;
        }
        self.checkpoint(None, "schedule", None)
    }

    /// Runs one step and the actions due after it.
    fn step(&mut self) -> Result<()> {
        let start = Instant::now();
        let (train, examples) =
            if self.stepping.is_some() { self.trainer.single_step()? } else { self.trainer.step()? };
        self.saved.1 = false;
        self.speed.count(examples, start.elapsed());
        self.update_progress();
        let state = self.trainer.state();
        let learning_rate = state.learning_rate_rule.map(|_| state.learning_rate);
        self.emit(EventKind::Step { train, learning_rate, examples_per_second: self.speed.recent, coalesced: 0 })?;
        let epoch = self.trainer.at_epoch_start().then(|| self.trainer.epochs_done());
        if epoch.is_some() {
            self.end_epoch()?;
        }
        if !self.trainer.is_settled() {
            return Ok(());
        }
        self.probe(epoch)?;
        let every = self.options.checkpoint_every;
        if self.folder.is_some() && (epoch.is_some_and(|epoch| every.at_epoch(epoch)) || every.after(self.saved.0)) {
            self.checkpoint(None, "schedule", None)?;
        }
        Ok(())
    }

    /// Emits a probe if one is due, at the end of this epoch or within one. Writes only probes of epochs to disk: those
    /// due by the clock do not recur at the same steps.
    fn probe(&mut self, epoch: Option<u64>) -> Result<()> {
        let Some(probe) = self.options.probe else { return Ok(()) };
        let is_kept = epoch.is_some_and(|epoch| probe.every.at_epoch(epoch));
        if !is_kept && !probe.every.after(self.probed) {
            return Ok(());
        }
        let data = self.trainer.probe(probe.examples)?;
        self.probed = Instant::now();
        if let Some(folder) = self.folder.as_ref().filter(|_| is_kept)
            && let Err(error) = folder.keep(&data, self.moment(), self.trainer.metadata())
        {
            self.push(EventKind::Warning { code: "probe-failed", message: error.to_string() }, None);
        }
        self.emit(EventKind::Probe(Box::new(data)))
    }

    fn end_epoch(&mut self) -> Result<()> {
        let result = self.trainer.end_epoch(&self.shared.abort)?;
        let (train, validation) = (result.train, result.validation.map(Box::new));
        let examples_per_second = self.speed.end_epoch();
        self.emit(EventKind::Epoch { train, validation, examples_per_second, best: result.best })?;
        for (code, message) in result.warnings {
            self.emit(EventKind::Warning { code, message })?;
        }
        Ok(())
    }

    /// Writes a checkpoint. Reports a failure and continues training: a full disk must not cost the state in memory.
    pub(super) fn checkpoint(
        &mut self,
        path: Option<PathBuf>,
        reason: &'static str,
        command: Option<u64>,
    ) -> Result<()> {
        match self.write_checkpoint(path) {
            Ok(path) => {
                let event = self.push(EventKind::Checkpoint { path, reason }, command);
                self.record(&event)
            }
            Err(error) => {
                self.push(EventKind::Warning { code: "checkpoint-failed", message: error.to_string() }, command);
                Ok(())
            }
        }
    }

    fn write_checkpoint(&mut self, path: Option<PathBuf>) -> Result<PathBuf> {
        let own = self.folder.as_ref().map(|folder| checkpoint_path(folder.path()));
        let is_own = path.is_none();
        let Some(path) = path.or(own) else {
            return Err(Error::option("path")
                .expected("a path, as this run has no folder")
                .received("nothing")
                .remedy("give checkpoint() a path, or the run an `out`"));
        };
        if is_own {
            self.saved = (Instant::now(), false);
        }
        self.trainer.state_mut().seconds = self.clock.seconds();
        if let Some(folder) = &mut self.folder {
            self.trainer.state_mut().record_bytes = folder.flush()?;
        }
        model_file::write(&path, &self.trainer.checkpoint()?)?;
        self.saved.1 = is_own;
        Ok(path)
    }

    /// Saves the results, publishes the model to the handle, and returns the `end` event.
    fn end(&mut self, result: Result<LoopExit>) -> Event {
        let (mut status, mut error) = match result {
            Ok(LoopExit::Completed) => (EndStatus::Completed, None),
            Ok(LoopExit::Stopped) => (EndStatus::Stopped, None),
            Err(error) => (EndStatus::new(&error), Some(error)),
        };
        let kept = match status {
            EndStatus::Aborted => None,
            EndStatus::Diverged => self.trainer.last_good().ok(),
            _ => self.trainer.result().ok(),
        };
        let mut model = None;
        if let (EndStatus::Completed | EndStatus::Stopped, Some(kept)) = (status, &kept) {
            match self.save(kept, status) {
                Ok(path) => model = path,
                Err(failure) => (status, error) = (EndStatus::Failed, Some(failure)),
            }
        }
        let TrainOptions { threads, compute, .. } = self.options;
        let validation = kept.as_ref().and_then(|stored| stored.provenance.validation.clone());
        *locked(&self.shared.outcome) =
            kept.and_then(|stored| TrainedVae::at(self.trainer.device(), stored, threads, compute).ok()).map(Arc::new);
        let epochs = self.trainer.epochs_done();
        let error = error.map(Box::new);
        let kind = EventKind::End { status, epochs, validation, model, error };
        let event = Event { moment: self.moment(), kind, command: None };
        // Last line of the record; if the disk is full, `error` already reports it.
        let _ = self.record(&event);
        if let Some(folder) = &mut self.folder {
            let _ = folder.flush();
        }
        event
    }

    /// Writes the checkpoint for resuming, and the model.
    fn save(&mut self, kept: &StoredModel, status: EndStatus) -> Result<Option<PathBuf>> {
        let Some(path) = self.folder.as_ref().map(|folder| folder.path().join("model.safetensors")) else {
            return Ok(None);
        };
        if !self.saved.1 {
            self.checkpoint(None, if status == EndStatus::Stopped { "stop" } else { "schedule" }, None)?;
        }
        model_file::write(&path, kept)?;
        Ok(Some(path))
    }

    fn emit(&mut self, kind: EventKind) -> Result<()> {
        let event = self.push(kind, None);
        self.record(&event)
    }

    pub(super) fn push(&self, kind: EventKind, command: Option<u64>) -> Event {
        let event = Event { moment: self.moment(), kind, command };
        self.shared.push(event.clone());
        event
    }

    pub(super) fn record(&mut self, event: &Event) -> Result<()> {
        let Some(folder) = self.folder.as_mut().filter(|_| event.is_recorded()) else { return Ok(()) };
        self.saved.1 = false; // a checkpoint stores the length of its record
        folder.append(&event.to_json())
    }

    fn moment(&self) -> StepStamp {
        let step = self.trainer.state().step;
        // Epoch of the last step: the last step of an epoch belongs to that epoch, not to the next.
        let epoch = step.div_ceil(self.trainer.steps_per_epoch());
        StepStamp { step, epoch, seconds: self.clock.seconds() }
    }

    fn update_progress(&self) {
        let StepStamp { step, epoch, .. } = self.moment();
        let steps = self.trainer.steps_per_epoch() * self.options.epochs;
        let examples_left = steps.saturating_sub(step) as f64 * self.options.batch_size as f64;
        *locked(&self.shared.progress) = Progress {
            epoch,
            epochs: self.options.epochs,
            step,
            steps,
            examples_per_second: self.speed.recent,
            seconds_left: examples_left / self.speed.recent,
            state: "running",
        };
    }
}
