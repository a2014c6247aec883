//! One row per option: its reader and writer, the occasions on which it may change, and its scale in a sweep. Every
//! list of options is derived from these rows: the known ones, those kept in files, those that a resumed run, a fork or
//! a continued study may change, those that can be swept, and the flags of the command line.
//!
//! Combinations of options are checked after all rows are read, in [`TrainOptions::from_json`].
use serde_json::{Value, json};

use crate::base::error::Result;
use crate::base::json_reader::JsonReader;
use crate::model::architecture::NetworkOptions;
use crate::model::likelihood::Likelihood;
use crate::model::posterior::{Family, PriorOptions};
use crate::nn::activation::Activation;
use crate::objective::estimator::Estimator;
use crate::objective::weights::Beta;
use crate::optim::learning_rate::LearningRate;
use crate::options::TrainOptions;
use crate::options::compute::Precision;
use crate::options::values::{self, INITIALIZATIONS, KEEPS, MAX_COUNT, MAX_SEED, name_of};

/// One option of training.
#[derive(Debug, Clone, Copy)]
pub struct OptionRow {
    /// The name in JSON: `latentDim`.
    pub name: &'static str,
    /// Reads the field of this name, if given.
    pub(crate) read: fn(&JsonReader, &str, &mut TrainOptions) -> Result<()>,
    /// Writes the value that `read` accepts.
    pub(crate) write: fn(&TrainOptions) -> Value,
    /// Occasions on which the value may change.
    pub change: Change,
    /// Values that a sweep can give it; `None`: none, as it decides where or how fast to train, not what.
    pub sweep: Option<SweepScale>,
}

impl OptionRow {
    /// True if a value written to a file, and one written now, are the same value.
    pub(crate) fn is_same(&self, before: &Value, now: &Value) -> bool {
        before == now || (self.name == "prior" && PriorOptions::is_rounded(before, now))
    }
}

/// Occasions on which the value of an option may change. Each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Never: it would be another run.
    Never,
    /// In a fork, which records the change.
    OnFork,
    /// In a resumed run too: it affects only the length of training and what is kept.
    OnResume,
    /// In a continued study too: no result depends on it.
    Anytime,
    /// Not kept in files: given with each call.
    Unrecorded,
}

impl Change {
    /// The name in [`table_json`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::OnFork => "on-fork",
            Self::OnResume => "on-resume",
            Self::Anytime => "anytime",
            Self::Unrecorded => "unrecorded",
        }
    }
}

/// The values that a sweep can give an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SweepScale {
    /// Listed values, or the whole numbers of a range.
    Whole,
    /// Listed values, or the numbers of a range.
    Real,
    /// Listed values only: words, lists and objects.
    Choice,
}

impl SweepScale {
    /// The name in [`table_json`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Real => "real",
            Self::Choice => "choice",
        }
    }
}

/// Every option, in the order of files and help. A row that reads another option comes after it.
pub static OPTIONS: &[OptionRow] = &[
    OptionRow {
        name: "latentDim",
        read: |fields, name, options| set(&mut options.latent_dim, values::size(fields, name)),
        write: |options| json!(options.latent_dim),
        change: Change::Never,
        sweep: Some(SweepScale::Whole),
    },
    OptionRow {
        name: "hiddenDims",
        read: |fields, name, options| set(&mut options.hidden_dims, values::hidden_dims(fields, name)),
        // Other networks have their own widths.
        write: |options| json!((options.architecture == NetworkOptions::Mlp).then_some(&options.hidden_dims)),
        change: Change::Never,
        sweep: Some(SweepScale::Choice),
    },
    OptionRow {
        name: "activation",
        read: |fields, name, options| set(&mut options.activation, fields.word(name, &Activation::NAMES)),
        write: |options| json!(name_of(&Activation::NAMES, options.activation)),
        change: Change::Never,
        sweep: Some(SweepScale::Choice),
    },
    OptionRow {
        name: "initialization",
        read: |fields, name, options| set(&mut options.initialization, fields.word(name, &INITIALIZATIONS)),
        write: |options| json!(name_of(&INITIALIZATIONS, options.initialization)),
        change: Change::Never,
        sweep: Some(SweepScale::Choice),
    },
    OptionRow {
        name: "architecture",
        read: |fields, name, options| set(&mut options.architecture, values::architecture(fields, name)),
        write: |options| values::architecture_json(&options.architecture),
        change: Change::Never,
        sweep: None,
    },
    OptionRow {
        name: "posterior",
        read: |fields, name, options| set(&mut options.posterior, fields.word(name, &Family::NAMES)),
        write: |options| json!(options.posterior.name()),
        change: Change::Never,
        sweep: Some(SweepScale::Choice),
    },
    OptionRow {
        name: "prior",
        read: |fields, _, options| {
            options.prior = PriorOptions::from_json(options.posterior, fields)?;
            Ok(())
        },
        write: |options| options.prior.to_json(options.posterior),
        change: Change::Never,
        sweep: Some(SweepScale::Choice),
    },
    OptionRow {
        name: "likelihood",
        read: |fields, _, options| set(&mut options.likelihood, Likelihood::from_json(fields)),
        write: |options| options.likelihood.to_json(),
        change: Change::Never,
        sweep: Some(SweepScale::Choice),
    },
    OptionRow {
        name: "beta",
        read: |fields, name, options| {
            let given = fields.get(name).map(|value| Beta::from_json(name, value));
            set(&mut options.beta, given.transpose())
        },
        write: |options| options.beta.to_json(),
        change: Change::OnFork,
        sweep: Some(SweepScale::Real),
    },
    OptionRow {
        name: "estimator",
        read: |fields, _, options| {
            options.estimator = Estimator::from_json(options.posterior, fields)?;
            Ok(())
        },
        write: |options| match options.posterior {
            Family::Deterministic => Value::Null,
            _ => options.estimator.to_json(),
        },
        change: Change::Never,
        sweep: Some(SweepScale::Choice),
    },
    OptionRow {
        name: "epochs",
        read: |fields, name, options| set(&mut options.epochs, fields.whole(name, 1..=MAX_COUNT)),
        write: |options| json!(options.epochs),
        change: Change::OnResume,
        sweep: Some(SweepScale::Whole),
    },
    OptionRow {
        name: "batchSize",
        read: |fields, name, options| set(&mut options.batch_size, values::size(fields, name)),
        write: |options| json!(options.batch_size),
        change: Change::Never,
        sweep: Some(SweepScale::Whole),
    },
    OptionRow {
        name: "learningRate",
        read: |fields, name, options| {
            let given = fields.get(name).map(|value| LearningRate::from_json(name, value));
            set(&mut options.learning_rate, given.transpose())
        },
        write: |options| options.learning_rate.to_json(),
        change: Change::OnFork,
        sweep: Some(SweepScale::Real),
    },
    OptionRow {
        name: "adam",
        read: |fields, name, options| {
            options.adam = values::adam(fields, name, options.adam)?;
            Ok(())
        },
        write: |options| values::adam_json(options.adam),
        change: Change::Never,
        sweep: Some(SweepScale::Choice),
    },
    OptionRow {
        name: "validation",
        read: |fields, name, options| optional(&mut options.validation, values::validation(fields, name)),
        write: |options| json!(options.validation),
        change: Change::OnResume,
        sweep: None,
    },
    OptionRow {
        name: "earlyStopping",
        read: |fields, name, options| optional(&mut options.early_stopping, values::early_stopping(fields, name)),
        write: |options| json!(options.early_stopping.map(values::early_stopping_json)),
        change: Change::OnResume,
        sweep: Some(SweepScale::Choice),
    },
    OptionRow {
        name: "keep",
        read: |fields, name, options| set(&mut options.keep, fields.word(name, &KEEPS)),
        write: |options| json!(name_of(&KEEPS, options.keep)),
        change: Change::OnResume,
        sweep: Some(SweepScale::Choice),
    },
    OptionRow {
        name: "seed",
        read: |fields, name, options| set(&mut options.seed, fields.whole(name, 0..=MAX_SEED)),
        write: |options| json!(options.seed),
        change: Change::Never,
        sweep: None,
    },
    OptionRow {
        name: "device",
        read: |fields, _, options| set(&mut options.compute.device, values::device(fields)),
        write: |options| json!(options.compute.device.name()),
        change: Change::Anytime,
        sweep: None,
    },
    OptionRow {
        name: "precision",
        read: |fields, name, options| set(&mut options.compute.precision, fields.word(name, &Precision::NAMES)),
        write: |options| json!(options.compute.precision.name()),
        change: Change::Never,
        sweep: None,
    },
    OptionRow {
        name: "members",
        read: |fields, _, options| optional(&mut options.compute.members, values::members(fields)),
        write: |options| json!(options.compute.members),
        change: Change::Unrecorded,
        sweep: None,
    },
    OptionRow {
        name: "threads",
        read: |fields, _, options| optional(&mut options.threads, values::threads(fields)),
        write: |options| json!(options.threads),
        change: Change::Anytime,
        sweep: None,
    },
    OptionRow {
        name: "out",
        read: |fields, name, options| optional(&mut options.out, values::folder(fields, name)),
        write: |options| json!(options.out),
        change: Change::Unrecorded,
        sweep: None,
    },
    OptionRow {
        name: "resume",
        read: |fields, name, options| set(&mut options.resume, fields.read(name, "true or false", |_| true)),
        write: |options| json!(options.resume),
        change: Change::Unrecorded,
        sweep: None,
    },
    OptionRow {
        name: "fork",
        read: |fields, name, options| optional(&mut options.fork, values::folder(fields, name)),
        write: |options| json!(options.fork),
        change: Change::Unrecorded,
        sweep: None,
    },
    OptionRow {
        name: "checkpointEvery",
        read: |fields, name, options| {
            let given = fields.get(name).map(|value| values::every(name, value));
            set(&mut options.checkpoint_every, given.transpose())
        },
        write: |options| values::every_json(options.checkpoint_every),
        change: Change::Anytime,
        sweep: None,
    },
    OptionRow {
        name: "probe",
        read: |fields, name, options| {
            options.probe = values::probe(fields, name, options.probe)?;
            Ok(())
        },
        write: |options| options.probe.map_or(json!(false), values::probe_json),
        change: Change::Anytime,
        sweep: None,
    },
];

/// The row of this name.
pub fn row(name: &str) -> Option<&'static OptionRow> {
    OPTIONS.iter().find(|row| row.name == name)
}

/// The rows as JSON: `[{ name, default, change, sweep }]`.
pub fn table_json() -> Value {
    let defaults = TrainOptions::default();
    let row = |row: &OptionRow| {
        json!({
            "name": row.name,
            "default": (row.write)(&defaults),
            "change": row.change.name(),
            "sweep": row.sweep.map(SweepScale::name),
        })
    };
    OPTIONS.iter().map(row).collect()
}

/// Sets the value if given; else keeps its default.
fn set<T>(value: &mut T, given: Result<Option<T>>) -> Result<()> {
    if let Some(given) = given? {
        *value = given;
    }
    Ok(())
}

/// [`set`] for an option that is `None` unless given.
fn optional<T>(value: &mut Option<T>, given: Result<Option<T>>) -> Result<()> {
    *value = given?;
    Ok(())
}
