//! Readers and writers of options that take more than a line of their row.
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::base::error::{Error, Result};
use crate::base::json_reader::JsonReader;
use crate::model::architecture::NetworkOptions;
use crate::nn::initialization::Initialization;
use crate::optim::adam::AdamOptions;
use crate::options::compute::Device;
use crate::options::{EarlyStopping, Every, Keep, Probe};

/// Largest layer size, batch size or number of epochs: far above practical values, far below an overflow of their
/// products. Their memory is checked against a separate budget.
pub(super) const MAX_COUNT: u64 = 1 << 24;
/// Largest seed: JavaScript passes whole numbers up to 2⁵³ − 1 exactly.
pub(crate) const MAX_SEED: u64 = (1 << 53) - 1;

pub(super) const INITIALIZATIONS: [(&str, Initialization); 2] =
    [("torch", Initialization::Torch), ("glorot", Initialization::Glorot)];
pub(super) const KEEPS: [(&str, Keep); 2] = [("last", Keep::Last), ("best", Keep::Best)];

/// The name of this value.
pub(super) fn name_of<T: PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    words.iter().find(|(_, word)| *word == value).map_or("", |(name, _)| name)
}

/// The size of a layer or a batch.
pub(super) fn size(fields: &JsonReader, name: &str) -> Result<Option<usize>> {
    Ok(fields.whole(name, 1..=MAX_COUNT)?.map(|size| size as usize))
}

pub(super) fn hidden_dims(fields: &JsonReader, name: &str) -> Result<Option<Vec<usize>>> {
    let expected = "a list of at most 32 layer sizes, each a whole number from 1 up";
    let is_allowed = |sizes: &Vec<u64>| sizes.len() <= 32 && sizes.iter().all(|size| (1..=MAX_COUNT).contains(size));
    let sizes = fields.read(name, expected, is_allowed)?;
    Ok(sizes.map(|sizes| sizes.into_iter().map(|size| size as usize).collect()))
}

pub(super) fn adam(fields: &JsonReader, name: &str, default: AdamOptions) -> Result<AdamOptions> {
    let Some(value) = fields.get(name) else { return Ok(default) };
    let inner = JsonReader::within(name, value, ["beta1", "beta2", "epsilon", "weightDecay"])?;
    let decay = |name| inner.number(name, "a number from 0 up and below 1", |beta| (0.0..1.0).contains(&beta));
    let epsilon = inner.number("epsilon", "a number above 0", |epsilon| epsilon > 0.0 && epsilon.is_finite())?;
    let is_weight = |weight| weight >= 0.0 && f64::is_finite(weight);
    let weight_decay = inner.number("weightDecay", "a number from 0 up", is_weight)?;
    Ok(AdamOptions {
        beta1: decay("beta1")?.unwrap_or(default.beta1),
        beta2: decay("beta2")?.unwrap_or(default.beta2),
        epsilon: epsilon.unwrap_or(default.epsilon),
        weight_decay: weight_decay.unwrap_or(default.weight_decay),
    })
}

pub(super) fn adam_json(adam: AdamOptions) -> Value {
    json!({ "beta1": adam.beta1, "beta2": adam.beta2, "epsilon": adam.epsilon, "weightDecay": adam.weight_decay })
}

pub(super) fn validation(fields: &JsonReader, name: &str) -> Result<Option<f64>> {
    let is_allowed = |part| part > 0.0 && (part < 1.0 || f64::fract(part) == 0.0);
    fields.number(name, "a fraction below 1 or a number of examples", is_allowed)
}

pub(super) fn early_stopping(fields: &JsonReader, name: &str) -> Result<Option<EarlyStopping>> {
    let Some(value) = fields.get(name) else { return Ok(None) };
    let inner = JsonReader::within(name, value, ["patience", "minDelta"])?;
    let Some(patience) = inner.whole("patience", 1..=MAX_COUNT)? else {
        return Err(inner.refuse("patience", "a whole number of epochs from 1 up"));
    };
    let min_delta =
        inner.number("minDelta", "a number of nats from 0 up", |delta| delta >= 0.0 && delta.is_finite())?;
    Ok(Some(EarlyStopping { patience, min_delta: min_delta.unwrap_or(0.0) }))
}

pub(super) fn early_stopping_json(stopping: EarlyStopping) -> Value {
    json!({ "patience": stopping.patience, "minDelta": stopping.min_delta })
}

/// The folder that a field names.
pub(super) fn folder(fields: &JsonReader, name: &str) -> Result<Option<PathBuf>> {
    fields.read(name, "the path of a folder", |path: &PathBuf| !path.as_os_str().is_empty())
}

/// The ensemble size in these fields.
pub(crate) fn members(fields: &JsonReader) -> Result<Option<usize>> {
    Ok(fields.whole("members", 1..=1 << 10)?.map(|members| members as usize))
}

/// The number of threads in these fields.
pub(crate) fn threads(fields: &JsonReader) -> Result<Option<usize>> {
    Ok(fields.whole("threads", 1..=1024)?.map(|threads| threads as usize))
}

/// The device in these fields.
pub(crate) fn device(fields: &JsonReader) -> Result<Option<Device>> {
    match fields.get("device").and_then(Value::as_str).and_then(Device::parse) {
        Some(device) => Ok(Some(device)),
        None => fields.word("device", &[("auto", Device::Auto), ("cpu", Device::Cpu), ("cuda", Device::Cuda(0))]),
    }
}

pub(super) fn every(path: &str, value: &Value) -> Result<Every> {
    let inner = JsonReader::within(path, value, ["epochs", "seconds"])?;
    let seconds = inner.number("seconds", "a number above 0", |seconds| seconds > 0.0 && seconds.is_finite())?;
    let every = Every { epochs: inner.whole("epochs", 1..=MAX_COUNT)?, seconds };
    if every.epochs.is_none() && every.seconds.is_none() {
        return Err(Error::option(path).expected("{ epochs } or { seconds }").received(value));
    }
    Ok(every)
}

pub(super) fn every_json(every: Every) -> Value {
    let mut json = serde_json::Map::new();
    if let Some(epochs) = every.epochs {
        json.insert("epochs".to_owned(), json!(epochs));
    }
    if let Some(seconds) = every.seconds {
        json.insert("seconds".to_owned(), json!(seconds));
    }
    Value::Object(json)
}

pub(super) fn probe(fields: &JsonReader, name: &str, default: Option<Probe>) -> Result<Option<Probe>> {
    match fields.get(name) {
        None => Ok(default),
        Some(Value::Bool(false)) => Ok(None),
        Some(value @ Value::Object(_)) => {
            let inner = JsonReader::within(name, value, ["examples", "every"])?;
            let default = default.unwrap_or(Probe { examples: 512, every: Every { epochs: Some(1), seconds: None } });
            let examples = inner.whole("examples", 1..=1 << 20)?.map(|examples| examples as usize);
            let every = inner.get("every").map(|value| every("probe.every", value)).transpose()?;
            Ok(Some(Probe { examples: examples.unwrap_or(default.examples), every: every.unwrap_or(default.every) }))
        }
        Some(_) => Err(fields.refuse(name, "false or an object")),
    }
}

pub(super) fn probe_json(probe: Probe) -> Value {
    json!({ "examples": probe.examples, "every": every_json(probe.every) })
}

/// Reads `'mlp'`, or `{ type: 'convolutional', channels, dense }`.
pub(super) fn architecture(fields: &JsonReader, name: &str) -> Result<Option<NetworkOptions>> {
    let Some(value) = fields.get(name).filter(|value| value.is_object()) else {
        return Ok(fields.word(name, &[("mlp", ())])?.map(|()| NetworkOptions::Mlp));
    };
    let inner = JsonReader::within(name, value, ["type", "channels", "dense"])?;
    inner.needed_word("type", &[("convolutional", ())])?;
    let sizes = |name: &str| {
        let is_allowed =
            |sizes: &Vec<usize>| sizes.len() <= 16 && sizes.iter().all(|&size| (1..=1 << 16).contains(&size));
        inner.read(name, "a list of at most 16 sizes, each a whole number from 1 up", is_allowed)
    };
    let channels = sizes("channels")?.ok_or_else(|| inner.refuse("channels", "a list of channels"))?;
    Ok(Some(NetworkOptions::Convolutional { channels, dense: sizes("dense")?.unwrap_or_default() }))
}

pub(super) fn architecture_json(architecture: &NetworkOptions) -> Value {
    match architecture {
        NetworkOptions::Mlp => json!("mlp"),
        NetworkOptions::Convolutional { channels, dense } => {
            json!({ "type": "convolutional", "channels": channels, "dense": dense })
        }
    }
}
