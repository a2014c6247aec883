//! One training run on a thread of its own: started, listened to, steered, ended.
//!
//! The thread never calls out. Events wait in a queue that somebody polls: steps and probes give way to newer ones,
//! everything else stays until it is fetched. Commands wait in a second queue that the thread reads between two steps.
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::card::Card;
use crate::data::Dataset;
use crate::error::{Code, Error, Result};
use crate::events::{EndStatus, Event, Kind, Moment};
use crate::fields::Fields;
use crate::model_file::{self, Stored};
use crate::options::{BETA, LEARNING_RATE, TrainOptions, is_beta, is_learning_rate};
use crate::prepare::{Prepared, prepare};
use crate::run_folder::{RunFolder, checkpoint_path};
use crate::task::Task;
use crate::threads::Threads;
use crate::trainer::Trainer;
use crate::vae::Vae;

/// How long a speed is averaged.
const SPEED_WINDOW: f64 = 0.5;

/// A knob.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// β from the next step on.
    Beta(f64),
    /// η from the next step on.
    LearningRate(f64),
    /// Waits after the current step.
    Pause,
    /// Goes on.
    Resume,
    /// Ends after the current step and keeps the model.
    Stop,
    /// Writes a checkpoint, to the run folder or to this file.
    Checkpoint(Option<PathBuf>),
}

impl Command {
    /// Reads `{"name": "beta", "to": 5}`: beta and learningRate with `to`, pause, resume, stop, checkpoint with `path`.
    ///
    /// # Errors
    /// [`Code::Option`] with the name of the option.
    pub fn from_json(json: &Value) -> Result<Self> {
        let fields = Fields::of(json, ["name", "to", "path"])?;
        let number = |name: &str, expected: &str, is_allowed: fn(f64) -> bool| match fields.get("to") {
            Some(Value::Number(to)) if to.as_f64().is_some_and(is_allowed) => Ok(to.as_f64().unwrap_or_default()),
            to => {
                let received = to.map_or("nothing".to_owned(), Value::to_string);
                Err(Error::option(name).expected(expected).received(received))
            }
        };
        let path = fields.read("path", "the path of a file", |path: &PathBuf| !path.as_os_str().is_empty())?;
        match fields.get("name").and_then(Value::as_str) {
            Some("beta") => Ok(Self::Beta(number("beta", BETA, is_beta)?)),
            Some("learningRate") => Ok(Self::LearningRate(number("learningRate", LEARNING_RATE, is_learning_rate)?)),
            Some("pause") => Ok(Self::Pause),
            Some("resume") => Ok(Self::Resume),
            Some("stop") => Ok(Self::Stop),
            Some("checkpoint") => Ok(Self::Checkpoint(path)),
            _ => Err(fields.refuse("name", "beta, learningRate, pause, resume, stop or checkpoint")),
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
struct Shared {
    events: Mutex<VecDeque<Event>>,
    commands: Mutex<VecDeque<(u64, Command)>>,
    arrived: Condvar,
    ids: AtomicU64,
    progress: Mutex<Progress>,
    outcome: Mutex<Option<Arc<Vae>>>,
    abort: Task,
}

/// A handle to a run. Dropping it aborts the run and waits for its thread.
#[derive(Debug)]
pub struct Run {
    shared: Arc<Shared>,
    history: Vec<Value>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// A lock is only poisoned by a panic, and what it guards here is whole at any moment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Run {
    /// Checks options, data and folder, then starts the thread.
    ///
    /// # Errors
    /// Everything that can be known before the first step: see [`prepare`].
    pub fn start(data: Dataset, validation: Option<Dataset>, options: TrainOptions) -> Result<Self> {
        let prepared = prepare(data, validation, options)?;
        let history = prepared.history();
        let shared = Arc::new(Shared::default());
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

    /// The trained model, once `end` has come; after a divergence or failure the last good one.
    pub fn model(&self) -> Option<Arc<Vae>> {
        lock(&self.shared.outcome).clone()
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
    fn push(&self, event: Event) {
        let mut events = lock(&self.events);
        match &event.kind {
            Kind::Step { .. } => {
                if let Some(Event { kind: Kind::Step { coalesced, .. }, .. }) = events.back() {
                    let unseen = coalesced + 1;
                    events.pop_back();
                    let Event { moment, kind: Kind::Step { train, examples_per_second, .. }, command } = event else {
                        return;
                    };
                    let kind = Kind::Step { train, examples_per_second, coalesced: unseen };
                    events.push_back(Event { moment, kind, command });
                    return;
                }
            }
            Kind::Probe(_) => events.retain(|event| !matches!(event.kind, Kind::Probe(_))),
            _ => {}
        }
        events.push_back(event);
    }
}

/// The thread's whole life.
fn train(shared: &Shared, prepared: Prepared) {
    let mut session = Session { shared, folder: None, trainer: None, clock: Clock::default(), saved: Instant::now() };
    let result = catch_unwind(AssertUnwindSafe(|| {
        let threads = Threads::new(prepared.options.threads)?;
        let count = threads.count();
        threads.run(|| session.run(prepared, count))
    }));
    let result = result.unwrap_or_else(|panic| Err(crate::error::panicked(panic.as_ref())));
    // Whatever happened, the end is told, and told last.
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| session.end(result))) {
        let error = crate::error::panicked(panic.as_ref());
        let (status, error) = (EndStatus::Failed, Some(Box::new(error)));
        let kind = Kind::End { status, epochs: 0, validation: None, model: None, error };
        lock(&shared.progress).state = status.as_str();
        shared.push(Event { moment: Moment::default(), kind, command: None });
    }
}

/// Seconds of training, those before a resume included, pauses left out.
#[derive(Debug)]
struct Clock {
    before: f64,
    since: Instant,
}

impl Default for Clock {
    fn default() -> Self {
        Self { before: 0.0, since: Instant::now() }
    }
}

impl Clock {
    fn seconds(&self) -> f64 {
        self.before + self.since.elapsed().as_secs_f64()
    }
}

struct Session<'a> {
    shared: &'a Shared,
    folder: Option<RunFolder>,
    trainer: Option<Trainer>,
    clock: Clock,
    saved: Instant,
}

/// Why a run left its loop without an error.
enum Left {
    Completed,
    Stopped,
}

impl Session<'_> {
    fn run(&mut self, prepared: Prepared, threads: usize) -> Result<Left> {
        let Prepared { options, data, validation, resumed } = prepared;
        let card = Card::new(&data, &options);
        let resumed_from = resumed.as_ref().and_then(|stored| stored.training.as_ref()).map(|t| t.state.step);
        let trainer = Trainer::new(card, data, validation, resumed)?;
        self.clock = Clock { before: trainer.state().seconds, since: Instant::now() };
        if let Some(out) = &options.out {
            let folder = RunFolder::open(out, trainer.state().record_bytes)?;
            folder.describe(trainer.card(), trainer.validation())?;
            self.folder = Some(folder);
        }
        let bounds = trainer.bounds();
        let scaling = trainer.card().transform.describe();
        self.trainer = Some(trainer);
        self.emit(Kind::Start {
            options: crate::card::recorded_options(&options),
            // Every likelihood here is a sum over the dimensions of x, so β stands on the common scale as it is.
            effective_beta: options.beta,
            floor: bounds.floor,
            ceiling: bounds.ceiling,
            scaling,
            threads,
            resumed_from,
        })?;
        self.epochs(&options)
    }

    fn epochs(&mut self, options: &TrainOptions) -> Result<Left> {
        let Some(steps_per_epoch) = self.trainer.as_ref().map(Trainer::steps_per_epoch) else {
            return Ok(Left::Completed);
        };
        let mut probed = Instant::now();
        let (mut window, mut seen, mut speed) = (Instant::now(), 0, 0.0);
        let (mut epoch_examples, mut epoch_seconds) = (0, 0.0);
        lock(&self.shared.progress).state = "running";
        loop {
            if self.obey()? {
                return Ok(Left::Stopped);
            }
            let Some(trainer) = self.trainer.as_mut() else { return Ok(Left::Completed) };
            if trainer.epochs_done() >= options.epochs || trainer.has_stalled() {
                return Ok(Left::Completed);
            }
            let before = Instant::now();
            let (train, examples) = trainer.step()?;
            let (step, epoch_is_over) = (trainer.state().step, trainer.at_epoch_start());
            epoch_examples += examples;
            epoch_seconds += before.elapsed().as_secs_f64();
            seen += examples;
            let elapsed = window.elapsed().as_secs_f64();
            if elapsed > SPEED_WINDOW || speed == 0.0 {
                speed = seen as f64 / elapsed.max(1e-9);
                (window, seen) = (Instant::now(), 0);
            }
            self.note_progress(step, steps_per_epoch, options, speed);
            self.emit(Kind::Step { train, examples_per_second: speed, coalesced: 0 })?;
            if epoch_is_over {
                self.end_epoch(epoch_examples as f64 / epoch_seconds.max(1e-9))?;
                (epoch_examples, epoch_seconds) = (0, 0.0);
                // An epoch's validation is no part of the speed of training.
                (window, seen) = (Instant::now(), 0);
            }
            self.probe(options, epoch_is_over, &mut probed)?;
            let Some(trainer) = self.trainer.as_ref() else { return Ok(Left::Completed) };
            let every = options.checkpoint_every;
            let due = epoch_is_over && every.at_epoch(trainer.epochs_done());
            if self.folder.is_some() && (due || every.after(self.saved.elapsed().as_secs_f64())) {
                self.checkpoint(None, "schedule", None)?;
            }
        }
    }

    fn end_epoch(&mut self, examples_per_second: f64) -> Result<()> {
        let Some(trainer) = self.trainer.as_mut() else { return Ok(()) };
        let result = trainer.end_epoch(&self.shared.abort)?;
        let (train, validation) = (result.train, result.validation.map(Box::new));
        self.emit(Kind::Epoch { train, validation, examples_per_second, best: result.best })?;
        for (code, message) in result.warnings {
            self.emit(Kind::Warning { code, message })?;
        }
        Ok(())
    }

    fn probe(&mut self, options: &TrainOptions, epoch_is_over: bool, last: &mut Instant) -> Result<()> {
        let (Some(probe), Some(trainer)) = (options.probe, self.trainer.as_ref()) else { return Ok(()) };
        let due = epoch_is_over && probe.every.at_epoch(trainer.epochs_done());
        if due || probe.every.after(last.elapsed().as_secs_f64()) {
            let data = trainer.probe(probe.examples)?;
            *last = Instant::now();
            self.emit(Kind::Probe(Box::new(data)))?;
        }
        Ok(())
    }

    /// Carries out what was asked for since the last step; true if the run should stop. Waits while it is paused.
    fn obey(&mut self) -> Result<bool> {
        let mut paused = false;
        loop {
            self.shared.abort.check()?;
            let command = lock(&self.shared.commands).pop_front();
            let Some((id, command)) = command else {
                if !paused {
                    return Ok(false);
                }
                let commands = lock(&self.shared.commands);
                if commands.is_empty() && !self.shared.abort.is_cancelled() {
                    // The time limit is a net: an abort that came between the check and the wait is seen after it.
                    let _ = self.shared.arrived.wait_timeout(commands, Duration::from_millis(100));
                }
                continue;
            };
            let Some(trainer) = self.trainer.as_mut() else { return Ok(true) };
            let state = trainer.state_mut();
            let (name, from, to) = match command {
                Command::Beta(beta) => ("beta", Some(std::mem::replace(&mut state.beta, beta)), Some(beta)),
                Command::LearningRate(rate) => {
                    ("learningRate", Some(std::mem::replace(&mut state.learning_rate, rate)), Some(rate))
                }
                Command::Pause => {
                    if !paused {
                        paused = true;
                        self.clock.before = self.clock.seconds();
                        lock(&self.shared.progress).state = "paused";
                    }
                    ("pause", None, None)
                }
                Command::Resume => {
                    if std::mem::take(&mut paused) {
                        self.clock.since = Instant::now();
                        lock(&self.shared.progress).state = "running";
                    }
                    ("resume", None, None)
                }
                Command::Stop => {
                    self.answer(id, Kind::Control { name: "stop", from: None, to: None })?;
                    return Ok(true);
                }
                Command::Checkpoint(path) => {
                    self.checkpoint(path, "request", Some(id))?;
                    continue;
                }
            };
            self.answer(id, Kind::Control { name, from, to })?;
        }
    }

    /// Writes a checkpoint. A failure is told and training goes on: a full disk must not cost what is in memory.
    fn checkpoint(&mut self, path: Option<PathBuf>, reason: &'static str, command: Option<u64>) -> Result<()> {
        self.saved = Instant::now();
        let seconds = self.clock.seconds();
        let Some(trainer) = self.trainer.as_mut() else { return Ok(()) };
        let written = (|| {
            let target = match (&path, &self.folder) {
                (Some(path), _) => path.clone(),
                (None, Some(folder)) => checkpoint_path(folder.path()),
                (None, None) => {
                    return Err(Error::option("path")
                        .expected("a path, as this run has no folder")
                        .received("nothing")
                        .remedy("give checkpoint() a path, or the run an 'out'"));
                }
            };
            trainer.state_mut().seconds = seconds;
            if let Some(folder) = &mut self.folder {
                trainer.state_mut().record_bytes = folder.flush()?;
            }
            model_file::write(&target, &trainer.checkpoint()?)?;
            Ok(target)
        })();
        let kind = match written {
            Ok(path) => Kind::Checkpoint { path, reason },
            Err(error) => Kind::Warning { code: "checkpoint-failed", message: error.to_string() },
        };
        self.push(kind, command);
        Ok(())
    }

    fn emit(&mut self, kind: Kind) -> Result<()> {
        let event = self.push(kind, None);
        self.record(&event)
    }

    fn answer(&mut self, command: u64, kind: Kind) -> Result<()> {
        let event = self.push(kind, Some(command));
        self.record(&event)
    }

    fn push(&self, kind: Kind, command: Option<u64>) -> Event {
        let event = Event { moment: self.moment(), kind, command };
        self.shared.push(event.clone());
        event
    }

    fn record(&mut self, event: &Event) -> Result<()> {
        match &mut self.folder {
            Some(folder) if event.is_recorded() => folder.append(&event.to_json()),
            _ => Ok(()),
        }
    }

    fn moment(&self) -> Moment {
        let seconds = self.clock.seconds();
        let Some(trainer) = &self.trainer else { return Moment { step: 0, epoch: 0, seconds } };
        let step = trainer.state().step;
        // The epoch of the step that was made last: a full epoch belongs to itself, not to the next.
        let epoch = step.div_ceil(trainer.steps_per_epoch());
        Moment { step, epoch, seconds }
    }

    fn note_progress(&self, step: u64, steps_per_epoch: u64, options: &TrainOptions, speed: f64) {
        let steps = steps_per_epoch * options.epochs;
        let left = steps.saturating_sub(step) as f64 * options.batch_size as f64;
        *lock(&self.shared.progress) = Progress {
            epoch: step.div_ceil(steps_per_epoch),
            epochs: options.epochs,
            step,
            steps,
            examples_per_second: speed,
            seconds_left: left / speed.max(1e-9),
            state: "running",
        };
    }

    /// Saves what there is to save, stores the model where the caller finds it, and says how it ended.
    fn end(&mut self, result: Result<Left>) {
        let (mut status, mut error) = match result {
            Ok(Left::Completed) => (EndStatus::Completed, None),
            Ok(Left::Stopped) => (EndStatus::Stopped, None),
            Err(error) => {
                let status = match error.code {
                    Code::Aborted => EndStatus::Aborted,
                    Code::Diverged => EndStatus::Diverged,
                    _ => EndStatus::Failed,
                };
                (status, Some(error))
            }
        };
        let mut model = None;
        let kept = match status {
            EndStatus::Aborted => None,
            EndStatus::Diverged => self.trainer.as_ref().map(Trainer::last_good),
            _ => self.trainer.as_ref().and_then(|trainer| trainer.result().ok()),
        };
        if let (EndStatus::Completed | EndStatus::Stopped, Some(kept)) = (status, &kept) {
            match self.save(kept, status) {
                Ok(path) => model = path,
                Err(failure) => (status, error) = (EndStatus::Failed, Some(failure)),
            }
        }
        let validation = kept.as_ref().and_then(|stored| stored.trained.validation);
        *lock(&self.shared.outcome) = kept.and_then(|stored| Vae::new(stored).ok()).map(Arc::new);
        let epochs = self.trainer.as_ref().map_or(0, Trainer::epochs_done);
        lock(&self.shared.progress).state = status.as_str();
        let kind = Kind::End { status, epochs, validation, model, error: error.map(Box::new) };
        let event = Event { moment: self.moment(), kind, command: None };
        // The record's last line; a run whose disk is full has already said so.
        let _ = self.record(&event);
        if let Some(folder) = &mut self.folder {
            let _ = folder.flush();
        }
        self.shared.push(event);
    }

    /// Writes the checkpoint, from which the run can go on, and the model.
    fn save(&mut self, kept: &Stored, status: EndStatus) -> Result<Option<PathBuf>> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let path = folder.path().join("model.safetensors");
        let reason = if status == EndStatus::Stopped { "stop" } else { "schedule" };
        self.checkpoint(None, reason, None)?;
        model_file::write(&path, kept)?;
        Ok(Some(path))
    }
}
