//! The options of a training run, and **the only place that defines default values**.
pub mod compute;
pub mod table;
mod values;

use std::path::PathBuf;
use std::time::Instant;

use serde_json::Value;

use crate::base::error::{Error, Result};
use crate::base::json_reader::JsonReader;
use crate::data::Shape;
use crate::model::architecture::{Architecture, NetworkOptions};
use crate::model::likelihood::Likelihood;
use crate::model::posterior::{Family, LatentSpace, PriorOptions};
use crate::nn::activation::Activation;
use crate::nn::initialization::Initialization;
use crate::objective::estimator::Estimator;
use crate::objective::weights::Beta;
use crate::optim::adam::AdamOptions;
use crate::optim::learning_rate::LearningRate;
use crate::options::compute::Compute;
use crate::options::table::{Change, OPTIONS, OptionRow};
pub(crate) use crate::options::values::{MAX_SEED, device, members, threads};

/// The options of a training run.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainOptions {
    /// d, the size of a latent code.
    pub latent_dim: usize,
    /// The sizes of the encoder's hidden layers, mirrored in the decoder; empty is linear.
    pub hidden_dims: Vec<usize>,
    /// The kind of both networks.
    pub architecture: NetworkOptions,
    /// The nonlinearity after each hidden layer.
    pub activation: Activation,
    /// Initialisation of the parameters before the first step.
    pub initialization: Initialization,
    /// The family of q(z|x) and p(z).
    pub posterior: Family,
    /// p(z).
    pub prior: PriorOptions,
    /// The distribution p(x|z).
    pub likelihood: Likelihood,
    /// β, the weight of the KL term.
    pub beta: Beta,
    /// Estimator of the gradient through z, and L.
    pub estimator: Estimator,
    /// Passes over the training set.
    pub epochs: u64,
    /// B, the examples of a step; the last batch of an epoch may be smaller and counts.
    pub batch_size: usize,
    /// η, Adam's step size.
    pub learning_rate: LearningRate,
    /// Adam's constants.
    pub adam: AdamOptions,
    /// Part of the training set held back for validation: a fraction in (0, 1) or, from 1 up, a count.
    pub validation: Option<f64>,
    /// Criterion for stopping before the last epoch.
    pub early_stopping: Option<EarlyStopping>,
    /// Parameters that the run ends with.
    pub keep: Keep,
    /// The seed of everything random.
    pub seed: u64,
    /// Number of compute threads; `None`: all that the process may use.
    pub threads: Option<usize>,
    /// Compute settings: `device`, `precision`, and `members`, which is not recorded; the rest is not in JSON. Only the
    /// precision affects results.
    pub compute: Compute,
    /// The run folder; `None`: nothing is written.
    pub out: Option<PathBuf>,
    /// Set to continue the run in `out`, if there is one.
    pub resume: bool,
    /// The run folder to fork: `out` becomes a new run that starts from its checkpoint.
    pub fork: Option<PathBuf>,
    /// Interval between checkpoints.
    pub checkpoint_every: Every,
    /// Content and interval of `probe` events.
    pub probe: Option<Probe>,
}

/// Stop once the validation loss has not improved for a while.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EarlyStopping {
    /// Epochs in a row without improvement that end the run.
    pub patience: u64,
    /// Nats by which the loss must fall to count as improved.
    pub min_delta: f64,
}

/// Parameters that a run ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// Parameters of the last step.
    #[default]
    Last,
    /// Parameters of the epoch with the lowest validation loss.
    Best,
}

/// An interval: whichever of the two elapses first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Every {
    /// Interval in epochs, due at the end of an epoch.
    pub epochs: Option<u64>,
    /// Interval in seconds.
    pub seconds: Option<f64>,
}

impl Every {
    /// True if due at the end of this epoch (from 1).
    pub fn at_epoch(&self, epoch: u64) -> bool {
        self.epochs.is_some_and(|epochs| epoch.is_multiple_of(epochs))
    }

    /// True if due, given the time of the last one.
    pub fn after(&self, last: Instant) -> bool {
        self.seconds.is_some_and(|seconds| last.elapsed().as_secs_f64() >= seconds)
    }
}

/// Content and interval of `probe` events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probe {
    /// Number of examples, from the start of the validation set, else of the training set.
    pub examples: usize,
    /// Interval between events.
    pub every: Every,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            latent_dim: 2,
            hidden_dims: vec![400],
            architecture: NetworkOptions::Mlp,
            activation: Activation::Relu,
            initialization: Initialization::Torch,
            posterior: Family::Gaussian,
            prior: PriorOptions::default(),
            likelihood: Likelihood::Bernoulli,
            beta: Beta::Constant(1.0),
            estimator: Estimator::default(),
            epochs: 10,
            batch_size: 128,
            learning_rate: LearningRate::Constant(1e-3),
            adam: AdamOptions::default(),
            validation: None,
            early_stopping: None,
            keep: Keep::Last,
            seed: 1,
            threads: None,
            compute: Compute::default(),
            out: None,
            resume: false,
            fork: None,
            checkpoint_every: Every { epochs: Some(1), seconds: Some(30.0) },
            probe: Some(Probe { examples: 512, every: Every { epochs: Some(1), seconds: None } }),
        }
    }
}

impl TrainOptions {
    /// Reads options from a JSON object; what is absent or null keeps its default.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the option's path if it is unknown, out of range, or clashes with
    /// another.
    pub fn from_json(json: &Value) -> Result<Self> {
        let fields = JsonReader::new(json, OPTIONS.iter().map(|row| row.name))?;
        let mut options = Self::default();
        for row in OPTIONS {
            (row.read)(&fields, row.name, &mut options)?;
        }
        options.check(&fields)?;
        Ok(options)
    }

    /// The options as JSON, all of them present; `from_json` reads them back.
    pub fn to_json(&self) -> Value {
        self.written(|_| true)
    }

    /// The options recorded in files of the run or model: all except those given with each call.
    pub fn persisted_options(&self) -> Value {
        self.written(|row| row.change < Change::Unrecorded)
    }

    fn written(&self, is_wanted: impl Fn(&OptionRow) -> bool) -> Value {
        let rows = OPTIONS.iter().filter(|row| is_wanted(row));
        Value::Object(rows.map(|row| (row.name.to_owned(), (row.write)(self))).collect())
    }

    /// Checks combinations of options.
    fn check(&self, fields: &JsonReader) -> Result<()> {
        if self.resume && self.out.is_none() {
            return Err(Error::option("resume")
                .expected("a run folder to continue")
                .received("no `out`")
                .remedy("set `out` to the folder of the run"));
        }
        if self.fork.is_some() {
            if self.out.is_none() {
                return Err(Error::option("fork")
                    .expected("a folder for the new run")
                    .received("no `out`")
                    .remedy("set `out` to a folder that holds no run"));
            }
            if self.resume {
                return Err(Error::option("fork")
                    .expected("a new run")
                    .received("`resume`, which continues one")
                    .remedy("set `resume` alone to continue the fork, or fork into another folder"));
            }
        }
        if self.architecture != NetworkOptions::Mlp && fields.get("hiddenDims").is_some() {
            return Err(fields.refuse("hiddenDims", "nothing, as a convolutional network has its own widths"));
        }
        if !self.estimator.has_kl() && self.beta != Beta::Constant(1.0) {
            return Err(fields.refuse("beta", "1, as the importance-weighted bound has no separate KL"));
        }
        if self.beta.is_adaptive() {
            let why = "as losses at different β say nothing about each other";
            if self.keep == Keep::Best {
                return Err(fields.refuse("keep", &format!("'last', {why}")));
            }
            if self.early_stopping.is_some() {
                return Err(fields.refuse("earlyStopping", &format!("nothing, {why}")));
            }
            if self.posterior == Family::Deterministic {
                return Err(fields.refuse("beta", "a number, as a deterministic posterior has no KL to hold"));
            }
        }
        Ok(())
    }

    /// Refuses, at public entry points, options that the library supports but does not yet offer to users.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) as if there were no such value.
    pub fn published(self) -> Result<Self> {
        self.estimator.check_published()?;
        match self.architecture {
            NetworkOptions::Mlp => Ok(self),
            _ => Err(Error::option("architecture").expected("'mlp'").received("another")),
        }
    }

    /// The sizes and choices that fix the model and the layout of θ, for examples of this shape.
    pub fn architecture(&self, shape: &Shape) -> Architecture {
        Architecture {
            shape: shape.clone(),
            condition: 0,
            network: self.architecture.clone(),
            hidden: self.hidden_dims.clone(),
            latent: self.latent_dim,
            activation: self.activation,
            posterior: LatentSpace { family: self.posterior, prior: self.prior.frame() },
            likelihood: self.likelihood,
        }
    }
}
