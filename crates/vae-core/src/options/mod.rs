//! What a training run can be told, and **the only place where a default value stands**.
pub mod compute;

use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};

use crate::base::error::{Error, Result};
use crate::base::json_reader::Fields;
use crate::data::Shape;
use crate::model::likelihood::Likelihood;
use crate::model::posterior::{Family, LatentSpace};
use crate::model::prior::LocationScale;
use crate::model::vae::{Architecture, NetworkOptions};
use crate::nn::activation::Activation;
use crate::nn::initialization::Initialization;
use crate::objective::estimator::Estimator;
use crate::objective::weights::Beta;
use crate::optim::adam::AdamOptions;
use crate::options::compute::{Compute, Device, Precision};

/// The options of a training run.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainOptions {
    /// d, the size of a latent code.
    pub latent_dim: usize,
    /// The sizes of the encoder's hidden layers, mirrored in the decoder; empty is linear.
    pub hidden_dims: Vec<usize>,
    /// The nonlinearity after each hidden layer.
    pub activation: Activation,
    /// How parameters are drawn before the first step.
    pub initialization: Initialization,
    /// The family of q(z|x) and p(z).
    pub posterior: Family,
    /// p(z).
    pub prior: LocationScale,
    /// The distribution p(x|z).
    pub likelihood: Likelihood,
    /// β, the weight of the KL term.
    pub beta: Beta,
    /// How the gradient through z is estimated, and L.
    pub estimator: Estimator,
    /// How often the training set is gone through.
    pub epochs: u64,
    /// B, the examples of a step; the last batch of an epoch may be smaller and counts.
    pub batch_size: usize,
    /// η, Adam's step size.
    pub learning_rate: f64,
    /// Adam's constants.
    pub adam: AdamOptions,
    /// The part of the training set to hold back for validation: a fraction in (0, 1) or, from 1 up, a count.
    pub validation: Option<f64>,
    /// When to stop before the last epoch.
    pub early_stopping: Option<EarlyStopping>,
    /// Which parameters the run ends with.
    pub keep: Keep,
    /// The seed of everything random.
    pub seed: u64,
    /// How many threads compute; `None`: what the process may use.
    pub threads: Option<usize>,
    /// What to compute with: `device`, `precision`, and `members`, which is not recorded; the rest is no option of JSON. No
    /// result depends on them, but for the precision.
    pub compute: Compute,
    /// The run folder; `None`: nothing is written.
    pub out: Option<PathBuf>,
    /// Continue what `out` holds, if it holds anything.
    pub resume: bool,
    /// The run folder to begin in the middle of: `out` becomes a new run that starts where that one's checkpoint stands.
    pub fork: Option<PathBuf>,
    /// When checkpoints are written.
    pub checkpoint_every: Every,
    /// What `probe` events show.
    pub probe: Option<Probe>,
}

/// Stop once the validation loss has not improved for a while.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EarlyStopping {
    /// How many epochs in a row without improvement end the run.
    pub patience: u64,
    /// By how many nats the loss must fall to count as improved.
    pub min_delta: f64,
}

/// Which parameters a run ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// Those of the last step.
    #[default]
    Last,
    /// Those of the epoch with the lowest validation loss.
    Best,
}

/// A rhythm: whichever of the two comes first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Every {
    /// At the end of every so many epochs.
    pub epochs: Option<u64>,
    /// Every so many seconds.
    pub seconds: Option<f64>,
}

impl Every {
    /// Is it time, at the end of this epoch (from 1)?
    pub fn at_epoch(&self, epoch: u64) -> bool {
        self.epochs.is_some_and(|epochs| epoch.is_multiple_of(epochs))
    }

    /// Is it time, after the last one?
    pub fn after(&self, last: Instant) -> bool {
        self.seconds.is_some_and(|seconds| last.elapsed().as_secs_f64() >= seconds)
    }
}

/// What `probe` events show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probe {
    /// How many examples, from the start of the validation set, else of the training set.
    pub examples: usize,
    /// How often.
    pub every: Every,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            latent_dim: 2,
            hidden_dims: vec![400],
            activation: Activation::Relu,
            initialization: Initialization::Torch,
            posterior: Family::Gaussian,
            prior: LocationScale::default(),
            likelihood: Likelihood::Bernoulli,
            beta: Beta::Constant(1.0),
            estimator: Estimator::default(),
            epochs: 10,
            batch_size: 128,
            learning_rate: 1e-3,
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

const NAMES: [&str; 27] = [
    "latentDim",
    "hiddenDims",
    "activation",
    "initialization",
    "architecture",
    "posterior",
    "prior",
    "likelihood",
    "beta",
    "estimator",
    "epochs",
    "batchSize",
    "learningRate",
    "adam",
    "validation",
    "earlyStopping",
    "keep",
    "seed",
    "device",
    "precision",
    "members",
    "threads",
    "out",
    "resume",
    "fork",
    "checkpointEvery",
    "probe",
];

/// The largest size of a layer, a batch or a count of epochs: far above what is of use, far below where products of
/// them overflow. The memory that they would need together is checked against a budget of its own.
const MOST: u64 = 1 << 24;
/// Whole numbers up to 2⁵³ − 1 arrive from JavaScript as they left.
pub(crate) const MOST_SEED: u64 = (1 << 53) - 1;

const INITIALIZATIONS: [(&str, Initialization); 2] =
    [("torch", Initialization::Torch), ("glorot", Initialization::Glorot)];
const KEEPS: [(&str, Keep); 2] = [("last", Keep::Last), ("best", Keep::Best)];

impl TrainOptions {
    /// Reads options from a JSON object; what is absent or null keeps its default.
    ///
    /// # Errors
    /// [`Code::Option`] with the option's path if it is unknown, out of range, or clashes with another.
    pub fn from_json(json: &Value) -> Result<Self> {
        let fields = Fields::of(json, NAMES)?;
        let default = Self::default();
        let size = |name| fields.whole(name, 1..=MOST).map(|size| size.map(|size| size as usize));
        fields.word("architecture", &[("mlp", ())])?;
        let posterior = fields.word("posterior", &Family::NAMES)?.unwrap_or(default.posterior);
        let options = Self {
            latent_dim: size("latentDim")?.unwrap_or(default.latent_dim),
            hidden_dims: hidden_dims(&fields)?.unwrap_or(default.hidden_dims),
            activation: fields.word("activation", &Activation::NAMES)?.unwrap_or(default.activation),
            initialization: fields.word("initialization", &INITIALIZATIONS)?.unwrap_or(default.initialization),
            posterior,
            likelihood: Likelihood::from_json(&fields)?.unwrap_or(default.likelihood),
            beta: match fields.get("beta") {
                Some(value) => Beta::from_json("beta", value)?,
                None => default.beta,
            },
            estimator: Estimator::from_json(posterior, &fields)?,
            prior: LocationScale::from_json(posterior, &fields)?,
            epochs: fields.whole("epochs", 1..=MOST)?.unwrap_or(default.epochs),
            batch_size: size("batchSize")?.unwrap_or(default.batch_size),
            learning_rate: fields
                .number("learningRate", LEARNING_RATE, is_learning_rate)?
                .unwrap_or(default.learning_rate),
            adam: adam(&fields, default.adam)?,
            validation: fields.number("validation", "a fraction below 1 or a number of examples", |part| {
                part > 0.0 && (part < 1.0 || part.fract() == 0.0)
            })?,
            early_stopping: early_stopping(&fields)?,
            keep: fields.word("keep", &KEEPS)?.unwrap_or(default.keep),
            seed: fields.whole("seed", 0..=MOST_SEED)?.unwrap_or(default.seed),
            threads: threads(&fields)?,
            compute: Compute {
                device: device(&fields)?.unwrap_or_default(),
                precision: fields.word("precision", &Precision::NAMES)?.unwrap_or_default(),
                members: members(&fields)?,
                ..default.compute
            },
            out: folder("out", &fields)?,
            resume: fields.read("resume", "true or false", |_: &bool| true)?.unwrap_or(default.resume),
            fork: folder("fork", &fields)?,
            checkpoint_every: match fields.get("checkpointEvery") {
                Some(value) => every("checkpointEvery", value)?,
                None => default.checkpoint_every,
            },
            probe: probe(&fields, default.probe)?,
        };
        if options.resume && options.out.is_none() {
            return Err(Error::option("resume")
                .expected("a run folder to continue")
                .received("no 'out'")
                .remedy("set out to the folder of the run"));
        }
        if options.fork.is_some() {
            if options.out.is_none() {
                return Err(Error::option("fork")
                    .expected("a folder for the new run")
                    .received("no 'out'")
                    .remedy("set out to a folder that holds no run"));
            }
            if options.resume {
                return Err(Error::option("fork")
                    .expected("a new run")
                    .received("'resume', which continues one")
                    .remedy("set resume alone to continue the fork, or fork into another folder"));
            }
        }
        if options.beta.is_adaptive() {
            let why = "as losses at different β say nothing about each other";
            if options.keep == Keep::Best {
                return Err(fields.refuse("keep", &format!("'last', {why}")));
            }
            if options.early_stopping.is_some() {
                return Err(fields.refuse("earlyStopping", &format!("nothing, {why}")));
            }
            if posterior == Family::Deterministic {
                return Err(fields.refuse("beta", "a number, as a deterministic posterior has no KL to hold"));
            }
        }
        Ok(options)
    }

    /// The sizes and choices that fix the model and the layout of θ, for examples of this shape.
    pub fn architecture(&self, shape: &Shape) -> Architecture {
        Architecture {
            shape: shape.clone(),
            condition: 0,
            network: NetworkOptions::Mlp(self.hidden_dims.clone()),
            latent: self.latent_dim,
            activation: self.activation,
            posterior: LatentSpace { family: self.posterior, prior: self.prior },
            likelihood: self.likelihood,
        }
    }

    /// The options as JSON, every one of them present: `from_json` gives the same back.
    pub fn to_json(&self) -> Value {
        let name_of = |words: &[(&str, Activation)]| {
            words.iter().find(|(_, word)| *word == self.activation).map(|(name, _)| (*name).to_owned())
        };
        let deterministic = self.posterior == Family::Deterministic;
        json!({
            "latentDim": self.latent_dim,
            "hiddenDims": self.hidden_dims,
            "activation": name_of(&Activation::NAMES),
            "initialization": match self.initialization { Initialization::Torch => "torch", Initialization::Glorot => "glorot" },
            "architecture": "mlp",
            "posterior": self.posterior.name(),
            "prior": self.prior.to_json(self.posterior),
            "likelihood": self.likelihood.to_json(),
            "beta": self.beta.to_json(),
            "estimator": (!deterministic).then(|| self.estimator.to_json()),
            "epochs": self.epochs,
            "batchSize": self.batch_size,
            "learningRate": self.learning_rate,
            "adam": { "beta1": self.adam.beta1, "beta2": self.adam.beta2, "epsilon": self.adam.epsilon },
            "validation": self.validation,
            "earlyStopping": self.early_stopping.map(|stopping| json!({
                "patience": stopping.patience, "minDelta": stopping.min_delta,
            })),
            "keep": match self.keep { Keep::Last => "last", Keep::Best => "best" },
            "seed": self.seed,
            "device": self.compute.device.name(),
            "precision": self.compute.precision.name(),
            "members": self.compute.members,
            "threads": self.threads,
            "out": self.out,
            "resume": self.resume,
            "fork": self.fork,
            "checkpointEvery": every_json(self.checkpoint_every),
            "probe": self.probe.map_or(json!(false), |probe| json!({
                "examples": probe.examples, "every": every_json(probe.every),
            })),
        })
    }
}

/// What `learningRate` may be.
pub(crate) fn is_learning_rate(rate: f64) -> bool {
    rate > 0.0 && rate.is_finite()
}

/// What `learningRate` may be, in words.
pub(crate) const LEARNING_RATE: &str = "a number above 0";

fn hidden_dims(fields: &Fields) -> Result<Option<Vec<usize>>> {
    let expected = "a list of at most 32 layer sizes, each a whole number from 1 up";
    let is_allowed = |sizes: &Vec<u64>| sizes.len() <= 32 && sizes.iter().all(|size| (1..=MOST).contains(size));
    let sizes = fields.read("hiddenDims", expected, is_allowed)?;
    Ok(sizes.map(|sizes| sizes.into_iter().map(|size| size as usize).collect()))
}

fn adam(fields: &Fields, default: AdamOptions) -> Result<AdamOptions> {
    let Some(value) = fields.get("adam") else { return Ok(default) };
    let inner = Fields::within("adam", value, ["beta1", "beta2", "epsilon"])?;
    let decay = |name| inner.number(name, "a number from 0 up and below 1", |beta| (0.0..1.0).contains(&beta));
    let epsilon = inner.number("epsilon", "a number above 0", |epsilon| epsilon > 0.0 && epsilon.is_finite())?;
    Ok(AdamOptions {
        beta1: decay("beta1")?.unwrap_or(default.beta1),
        beta2: decay("beta2")?.unwrap_or(default.beta2),
        epsilon: epsilon.unwrap_or(default.epsilon),
    })
}

fn early_stopping(fields: &Fields) -> Result<Option<EarlyStopping>> {
    let Some(value) = fields.get("earlyStopping") else { return Ok(None) };
    let inner = Fields::within("earlyStopping", value, ["patience", "minDelta"])?;
    let Some(patience) = inner.whole("patience", 1..=MOST)? else {
        return Err(inner.refuse("patience", "a whole number of epochs from 1 up"));
    };
    let min_delta =
        inner.number("minDelta", "a number of nats from 0 up", |delta| delta >= 0.0 && delta.is_finite())?;
    Ok(Some(EarlyStopping { patience, min_delta: min_delta.unwrap_or(0.0) }))
}

/// The folder that a field names.
fn folder(name: &str, fields: &Fields) -> Result<Option<PathBuf>> {
    fields.read(name, "the path of a folder", |path: &PathBuf| !path.as_os_str().is_empty())
}

/// How many models these fields want trained together.
pub(crate) fn members(fields: &Fields) -> Result<Option<usize>> {
    Ok(fields.whole("members", 1..=1 << 10)?.map(|members| members as usize))
}

/// The threads that these fields ask for.
pub(crate) fn threads(fields: &Fields) -> Result<Option<usize>> {
    Ok(fields.whole("threads", 1..=1024)?.map(|threads| threads as usize))
}

/// The device that these fields name.
pub(crate) fn device(fields: &Fields) -> Result<Option<Device>> {
    match fields.get("device").and_then(Value::as_str).and_then(Device::of) {
        Some(device) => Ok(Some(device)),
        None => fields.word("device", &[("auto", Device::Auto), ("cpu", Device::Cpu), ("cuda", Device::Cuda(0))]),
    }
}

fn every(path: &str, value: &Value) -> Result<Every> {
    let inner = Fields::within(path, value, ["epochs", "seconds"])?;
    let seconds = inner.number("seconds", "a number above 0", |seconds| seconds > 0.0 && seconds.is_finite())?;
    let every = Every { epochs: inner.whole("epochs", 1..=MOST)?, seconds };
    if every.epochs.is_none() && every.seconds.is_none() {
        return Err(Error::option(path).expected("{ epochs } or { seconds }").received(value));
    }
    Ok(every)
}

fn every_json(every: Every) -> Value {
    let mut json = serde_json::Map::new();
    if let Some(epochs) = every.epochs {
        json.insert("epochs".to_owned(), json!(epochs));
    }
    if let Some(seconds) = every.seconds {
        json.insert("seconds".to_owned(), json!(seconds));
    }
    Value::Object(json)
}

fn probe(fields: &Fields, default: Option<Probe>) -> Result<Option<Probe>> {
    match fields.get("probe") {
        None => Ok(default),
        Some(Value::Bool(false)) => Ok(None),
        Some(value @ Value::Object(_)) => {
            let inner = Fields::within("probe", value, ["examples", "every"])?;
            let default = default.unwrap_or(Probe { examples: 512, every: Every { epochs: Some(1), seconds: None } });
            let examples = inner.whole("examples", 1..=1 << 20)?.map(|examples| examples as usize);
            let every = inner.get("every").map(|value| every("probe.every", value)).transpose()?;
            Ok(Some(Probe { examples: examples.unwrap_or(default.examples), every: every.unwrap_or(default.every) }))
        }
        Some(_) => Err(fields.refuse("probe", "false or an object")),
    }
}
