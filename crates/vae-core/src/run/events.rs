//! What a run says of itself. The JSON made here is the API's event, the line of `metrics.jsonl` and the line of
//! `--json`: one schema.
//!
//! The sequence of a run, whatever its outcome:
//!
//! ```text
//! start
//! probe              what there is before the first step
//! for each epoch:
//!   step …           for each step; steps that nobody fetched in time give way to the newest
//!   control …        at the step from which it holds
//!   epoch            after the last step of the epoch, with the validation
//!   warning …, probe, checkpoint …
//! end                always the last, and always there
//! ```
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::base::error::{Code, Error};
use crate::engine::device::EngineInfo;
use crate::files::probe_file::{ProbeData, StepStamp};
use crate::infer::evaluate::Evaluation;
use crate::objective::losses::Losses;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndStatus {
    /// All epochs are done, or early stopping found no more improvement.
    Completed,
    /// Asked to stop; the model is kept.
    Stopped,
    /// Aborted by its signal; nothing is kept but the last checkpoint.
    Aborted,
    /// The loss stopped being finite; the last good state is kept.
    Diverged,
    /// Something else went wrong.
    Failed,
}

impl EndStatus {
    /// How a run ends that meets this error.
    pub fn of(error: &Error) -> Self {
        match error.code {
            Code::Aborted => EndStatus::Aborted,
            Code::Diverged => EndStatus::Diverged,
            _ => EndStatus::Failed,
        }
    }

    /// The word in events.
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

/// What happened.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Training begins or continues.
    Start {
        /// The options in force.
        options: Value,
        /// β on the scale ½·SSE/σ² + β·KL, or Σ BCE + β·KL.
        effective_beta: f64,
        /// See [`Bounds`](crate::model::likelihood::Bounds).
        floor: Option<f64>,
        /// See [`Bounds`](crate::model::likelihood::Bounds).
        ceiling: f64,
        /// The β above which a model collapses on these data, where that is known.
        critical_beta: Option<f64>,
        /// What the values of the data mean.
        scaling: String,
        /// What computes.
        engine: EngineInfo,
        /// The step that a checkpoint was taken at.
        resumed_from: Option<u64>,
        /// The folder of the run whose checkpoint that was, if it is another run.
        forked_from: Option<PathBuf>,
    },
    /// An update was made.
    Step {
        /// The losses of its batch.
        train: Losses,
        /// η of this step, where it follows a schedule.
        learning_rate: Option<f64>,
        /// Examples per second of late.
        examples_per_second: f64,
        /// How many steps gave way to this one unseen.
        coalesced: u64,
    },
    /// An epoch is complete.
    Epoch {
        /// The means over its batches.
        train: Losses,
        /// The means over the validation set.
        validation: Option<Box<Evaluation>>,
        /// Examples per second of training in this epoch.
        examples_per_second: f64,
        /// Is its validation loss the lowest so far?
        best: bool,
    },
    /// Something to look at.
    Probe(Box<ProbeData>),
    /// Somebody turned a knob.
    Control {
        /// beta, learningRate, pause, resume, step or stop.
        name: &'static str,
        /// The value before.
        from: Option<f64>,
        /// The value from this step on.
        to: Option<f64>,
        /// Rule that β or η follows from then on, as options write it, if it does not stay.
        rule: Option<Value>,
    },
    /// A checkpoint is on the disk.
    Checkpoint {
        /// Where.
        path: PathBuf,
        /// schedule, request or stop.
        reason: &'static str,
    },
    /// Something that the user would want to know.
    Warning {
        /// collapse-predicted, collapsed, dead-dimensions, overfitting, checkpoint-failed or probe-failed.
        code: &'static str,
        /// One sentence.
        message: String,
    },
    /// The last event.
    End {
        /// How it ended.
        status: EndStatus,
        /// Complete epochs.
        epochs: u64,
        /// The last validation, or that of the kept epoch.
        validation: Option<Losses>,
        /// The model file, if there is one.
        model: Option<PathBuf>,
        /// Why it failed.
        error: Option<Box<Error>>,
    },
}

/// An event of a run.
#[derive(Debug, Clone)]
pub struct Event {
    /// When.
    pub moment: StepStamp,
    /// What.
    pub kind: Kind,
    /// The command that it answers.
    pub command: Option<u64>,
}

impl Event {
    /// The event as JSON; probes leave their arrays out, which travel beside it.
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
            Kind::Start {
                options,
                effective_beta,
                floor,
                ceiling,
                critical_beta,
                scaling,
                engine,
                resumed_from,
                forked_from,
            } => {
                set("options", options.clone());
                set("effectiveBeta", json!(effective_beta));
                set("floor", json!(floor));
                set("ceiling", json!(ceiling));
                if let Some(critical) = critical_beta {
                    set("criticalBeta", json!(critical));
                }
                set("scaling", json!(scaling));
                set("engine", engine.to_json());
                if let Some(step) = resumed_from {
                    set("resumedFrom", json!(step));
                }
                if let Some(folder) = forked_from {
                    set("forkedFrom", json!(folder));
                }
            }
            Kind::Step { train, learning_rate, examples_per_second, coalesced } => {
                set("train", json!(train));
                if let Some(rate) = learning_rate {
                    set("learningRate", json!(rate));
                }
                set("examplesPerSecond", json!(examples_per_second));
                set("coalesced", json!(coalesced));
            }
            Kind::Epoch { train, validation, examples_per_second, best } => {
                set("train", json!(train));
                if let Some(validation) = validation {
                    set("validation", validation.to_json());
                }
                set("examplesPerSecond", json!(examples_per_second));
                set("best", json!(best));
            }
            Kind::Probe(_) => {}
            Kind::Control { name, from, to, rule } => {
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
            Kind::Checkpoint { path, reason } => {
                set("path", json!(path));
                set("reason", json!(reason));
            }
            Kind::Warning { code, message } => {
                set("code", json!(code));
                set("message", json!(message));
            }
            Kind::End { status, epochs, validation, model, error } => {
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

    /// `start`, `step`, …
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Start { .. } => "start",
            Kind::Step { .. } => "step",
            Kind::Epoch { .. } => "epoch",
            Kind::Probe(_) => "probe",
            Kind::Control { .. } => "control",
            Kind::Checkpoint { .. } => "checkpoint",
            Kind::Warning { .. } => "warning",
            Kind::End { .. } => "end",
        }
    }

    /// Does it belong in the record? The record is what training did and what somebody did to it, so that a run that was
    /// stopped and resumed has the same record as one that never was: when it was saved by schedule is left out, how it
    /// was looked at (a probe has a file of its own), and that it stopped. A pause, a single step or a checkpoint that was
    /// asked for changes no number; but who reads the record wants to know why nothing happened for an hour, and where the
    /// checkpoint came from. Like a new β, they are lost if the process is killed before the next checkpoint: the steps
    /// since then are made anew, and nobody does anything to them this time. Of the steps, every tenth is recorded.
    pub fn is_recorded(&self) -> bool {
        match &self.kind {
            Kind::Step { .. } => self.moment.step.is_multiple_of(10),
            Kind::Control { name, .. } => *name != "stop",
            Kind::Checkpoint { reason, .. } => *reason == "request",
            Kind::Probe(_) => false,
            Kind::Start { resumed_from, .. } => resumed_from.is_none(),
            Kind::End { status, .. } => !matches!(status, EndStatus::Stopped | EndStatus::Aborted),
            _ => true,
        }
    }
}
