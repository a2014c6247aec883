//! Events of a run. The same JSON schema serves as the API's event, the line of `metrics.jsonl` and the line of
//! `--json`.
//!
//! Sequence of a run, whatever its outcome:
//!
//! ```text
//! start
//! probe              before the first step
//! for each epoch:
//!   step …           for each step; the newest replaces unfetched ones
//!   control …        at the step from which it takes effect
//!   epoch            after the last step of the epoch, with the validation
//!   warning …, probe, checkpoint …
//! end                always emitted, always last
//! ```
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::base::error::{Code, Error};
use crate::engine::device::EngineInfo;
use crate::files::probe_file::{ProbeData, StepStamp};
use crate::infer::evaluate::Evaluation;
use crate::infer::forecast::Forecast;
use crate::objective::losses::Losses;

/// Outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndStatus {
    /// All epochs are done, or early stopping ended the run.
    Completed,
    /// Stopped on request; the model is kept.
    Stopped,
    /// Aborted by its signal; only the last checkpoint remains.
    Aborted,
    /// The loss stopped being finite; the last good state is kept.
    Diverged,
    /// Any other error.
    Failed,
}

impl EndStatus {
    /// Status of a run that ends with this error.
    pub fn new(error: &Error) -> Self {
        match error.code {
            Code::Aborted => EndStatus::Aborted,
            Code::Diverged => EndStatus::Diverged,
            _ => EndStatus::Failed,
        }
    }

    /// Name in events.
    pub fn as_str(self) -> &'static str {
        match self {
            EndStatus::Completed => "completed",
            EndStatus::Stopped => "stopped",
            EndStatus::Aborted => "aborted",
            EndStatus::Diverged => "diverged",
            EndStatus::Failed => "failed",
        }
    }
}

/// Type and content of an event.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// Training begins or continues.
    Start {
        /// Options in force.
        options: Value,
        /// β on the scale ½·SSE/σ² + β·KL, or Σ BCE + β·KL.
        effective_beta: f64,
        /// See [`Bounds`](crate::model::likelihood::Bounds).
        floor: Option<f64>,
        /// See [`Bounds`](crate::model::likelihood::Bounds).
        ceiling: f64,
        /// Critical β, above which a model collapses on these data, if known.
        forecast: Option<Forecast>,
        /// Description of the data's transform.
        scaling: String,
        /// Notes on how the data were read.
        notes: Vec<String>,
        /// Engine of the run.
        engine: EngineInfo,
        /// Step of the checkpoint that the run started from.
        resumed_from: Option<u64>,
        /// Folder of the run that the checkpoint was taken from, if it is another run.
        forked_from: Option<PathBuf>,
    },
    /// A step was completed.
    Step {
        /// Losses of its batch.
        train: Losses,
        /// η of this step, if it follows a schedule.
        learning_rate: Option<f64>,
        /// Recent examples per second.
        examples_per_second: f64,
        /// Number of unfetched steps that this one replaced.
        coalesced: u64,
    },
    /// An epoch was completed.
    Epoch {
        /// Means over its batches.
        train: Losses,
        /// Means over the validation set.
        validation: Option<Box<Evaluation>>,
        /// Examples per second of training in this epoch.
        examples_per_second: f64,
        /// True if its validation loss is the lowest so far.
        best: bool,
    },
    /// Data for display during training.
    Probe(Box<ProbeData>),
    /// A command took effect.
    Control {
        /// beta, learningRate, pause, resume, step or stop.
        name: &'static str,
        /// Previous value.
        from: Option<f64>,
        /// Value from this step on.
        to: Option<f64>,
        /// Rule of β or η from then on, as written in options; absent if constant.
        rule: Option<Value>,
    },
    /// A checkpoint was written.
    Checkpoint {
        /// Path of the file.
        path: PathBuf,
        /// schedule, request or stop.
        reason: &'static str,
    },
    /// A warning for the user.
    Warning {
        /// clamped, collapse-predicted, collapsed, dead-dimensions, overfitting, checkpoint-failed or probe-failed.
        code: &'static str,
        /// One sentence.
        message: String,
    },
    /// Last event.
    End {
        /// Status.
        status: EndStatus,
        /// Complete epochs.
        epochs: u64,
        /// Last validation, or the validation of the kept epoch.
        validation: Option<Losses>,
        /// Path of the model file, if any.
        model: Option<PathBuf>,
        /// Cause of a failure.
        error: Option<Box<Error>>,
    },
}

/// Event of a run.
#[derive(Debug, Clone)]
pub struct Event {
    /// Step stamp: step, epoch, seconds.
    pub moment: StepStamp,
    /// Type and content.
    pub kind: EventKind,
    /// Number of the command that this event answers.
    pub command: Option<u64>,
}

impl Event {
    /// Event as JSON, without the arrays of a probe, which are passed separately.
    pub fn to_json(&self) -> Value {
        let mut json = Map::new();
        let mut set = |name: &str, value: Value| {
            json.insert(name.to_owned(), value);
        };
        set("v", json!(1));
        set("type", json!(self.type_name()));
        set("step", json!(self.moment.step));
        set("epoch", json!(self.moment.epoch));
        set("seconds", json!(self.moment.seconds));
        match &self.kind {
            EventKind::Start {
                options,
                effective_beta,
                floor,
                ceiling,
                forecast,
                scaling,
                notes,
                engine,
                resumed_from,
                forked_from,
            } => {
                set("options", options.clone());
                set("effectiveBeta", json!(effective_beta));
                set("floor", json!(floor));
                set("ceiling", json!(ceiling));
                if let Some(forecast) = forecast {
                    set("criticalBeta", json!(forecast.critical_beta));
                    set("criticalBetaExamples", json!(forecast.examples));
                }
                set("scaling", json!(scaling));
                if !notes.is_empty() {
                    set("notes", json!(notes));
                }
                set("engine", engine.to_json());
                if let Some(step) = resumed_from {
                    set("resumedFrom", json!(step));
                }
                if let Some(folder) = forked_from {
                    set("forkedFrom", json!(folder));
                }
            }
            EventKind::Step { train, learning_rate, examples_per_second, coalesced } => {
                set("train", json!(train));
                if let Some(rate) = learning_rate {
                    set("learningRate", json!(rate));
                }
                set("examplesPerSecond", json!(examples_per_second));
                set("coalesced", json!(coalesced));
            }
            EventKind::Epoch { train, validation, examples_per_second, best } => {
                set("train", json!(train));
                if let Some(validation) = validation {
                    set("validation", validation.to_json());
                }
                set("examplesPerSecond", json!(examples_per_second));
                set("best", json!(best));
            }
            EventKind::Probe(_) => {}
            EventKind::Control { name, from, to, rule } => {
                set("name", json!(name));
                if let (Some(from), Some(to)) = (from, to) {
                    set("from", json!(from));
                    set("to", json!(to));
                }
                if let Some(rule) = rule {
                    set("rule", rule.clone());
                }
                set("by", json!("api"));
            }
            EventKind::Checkpoint { path, reason } => {
                set("path", json!(path));
                set("reason", json!(reason));
            }
            EventKind::Warning { code, message } => {
                set("code", json!(code));
                set("message", json!(message));
            }
            EventKind::End { status, epochs, validation, model, error } => {
                set("status", json!(status.as_str()));
                set("epochs", json!(epochs));
                if let Some(validation) = validation {
                    set("validation", json!(validation));
                }
                if let Some(model) = model {
                    set("model", json!(model));
                }
                if let Some(error) = error {
                    set("error", error.to_json());
                }
            }
        }
        Value::Object(json)
    }

    /// Type name: `start`, `step`, …
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            EventKind::Start { .. } => "start",
            EventKind::Step { .. } => "step",
            EventKind::Epoch { .. } => "epoch",
            EventKind::Probe(_) => "probe",
            EventKind::Control { .. } => "control",
            EventKind::Checkpoint { .. } => "checkpoint",
            EventKind::Warning { .. } => "warning",
            EventKind::End { .. } => "end",
        }
    }

    /// True if the event belongs in the record. The record holds the training and the commands that affected it, so
    /// that a stopped and resumed run has the same record as an uninterrupted one. It therefore leaves out scheduled
    /// checkpoints, probes (which have their own files) and the stop. A pause, a single step or a requested checkpoint
    /// changes no number, but explains to the reader an hour without steps, or the origin of a checkpoint. Like a new
    /// β, these are lost if the process is killed before the next checkpoint: the steps since then run again, without
    /// those commands. Every tenth step is recorded.
    pub fn is_recorded(&self) -> bool {
        match &self.kind {
            EventKind::Step { .. } => self.moment.step.is_multiple_of(10),
            EventKind::Control { name, .. } => *name != "stop",
            EventKind::Checkpoint { reason, .. } => *reason == "request",
            EventKind::Probe(_) => false,
            EventKind::Start { resumed_from, .. } => resumed_from.is_none(),
            EventKind::End { status, .. } => !matches!(status, EndStatus::Stopped | EndStatus::Aborted),
            _ => true,
        }
    }
}
