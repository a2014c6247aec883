//! Models on disk: safetensors with self-explanatory names.
//!
//! | tensors | what |
//! | --- | --- |
//! | `encoder.hidden.0.weight` … `decoder.output.bias` | θ, one tensor per parameter, weights (out, in) as in PyTorch |
//! | `data.mean` | the mean of the training set, f64 |
//! | `adam.m.NAME`, `adam.v.NAME` | both moments of Adam, in a checkpoint |
//! | `best.NAME` | θ of the best epoch so far, in a checkpoint |
//! | `objective.NAME`, `adam.m.objective.NAME`, `adam.v.objective.NAME` | the objective's own parameters, if any |
//!
//! The safetensors metadata holds one key, `vae_native`: a JSON object with metadata, provenance, and a digest of both
//! and the tensors. One key only, because the order of several varies between writes.
use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::base::error::{Code, Error, Result};
use crate::base::file::write_atomically;
use crate::engine::OwnTensor;
use crate::files::metadata::{MetadataJson, ModelMetadata, Provenance};
use crate::files::training_state::TrainingState;
use crate::model::vae::Vae;
use crate::nn::parameters::Layout;

const KEY: &str = "vae_native";
const SCHEMA: u32 = 1;
/// Name prefixes of the objective's own parameters: values, m, v.
const OWN_PREFIXES: [&str; 3] = ["objective.", "adam.m.objective.", "adam.v.objective."];

/// Content of a file.
#[derive(Debug, Clone)]
pub struct StoredModel {
    /// Metadata of the model.
    pub metadata: ModelMetadata,
    /// Provenance of the model.
    pub provenance: Provenance,
    /// θ.
    pub theta: Vec<f32>,
    /// State for resuming training; `None` in a finished model.
    pub training: Option<ResumeState>,
}

/// State that training needs besides θ to resume exactly.
#[derive(Debug, Clone)]
pub struct ResumeState {
    /// Step, β, sums, …
    pub state: TrainingState,
    /// Adam's first moment.
    pub m: Vec<f32>,
    /// Adam's second moment.
    pub v: Vec<f32>,
    /// θ of the best epoch so far.
    pub best: Option<Vec<f32>>,
    /// The objective's own parameters with their moments.
    pub own: Vec<OwnTensor>,
}

#[derive(Serialize, Deserialize)]
struct ModelHeader {
    v: u32,
    kind: String,
    sha256: String,
    card: MetadataJson,
    trained: Provenance,
    #[serde(skip_serializing_if = "Option::is_none")]
    training: Option<TrainingState>,
}

/// Tensors by name: dtype, shape, little-endian bytes.
type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

/// Writes a model or checkpoint atomically.
///
/// # Errors
/// [`Code::Io`]; an existing file then stays unchanged.
pub fn write(path: &Path, stored: &StoredModel) -> Result<()> {
    let (_, layout) = Vae::new(&stored.metadata.architecture());
    let mut tensors = Tensors::new();
    let mut put = |prefix: &str, values: &[f32]| {
        for slot in layout.slots() {
            let bytes = values[slot.range()].iter().flat_map(|value| value.to_le_bytes()).collect();
            tensors.insert(format!("{prefix}{}", slot.name), (Dtype::F32, slot.shape.clone(), bytes));
        }
    };
    put("", &stored.theta);
    if let Some(training) = &stored.training {
        put("adam.m.", &training.m);
        put("adam.v.", &training.v);
        if let Some(best) = &training.best {
            put("best.", best);
        }
        for OwnTensor { name, shape, parts } in &training.own {
            for (prefix, values) in OWN_PREFIXES.iter().zip(parts) {
                let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                tensors.insert(format!("{prefix}{name}"), (Dtype::F32, shape.clone(), bytes));
            }
        }
    }
    let mean = &stored.metadata.moments.mean;
    let bytes = mean.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensors.insert("data.mean".to_owned(), (Dtype::F64, vec![mean.len()], bytes));
    let mut header = ModelHeader {
        v: SCHEMA,
        kind: if stored.training.is_some() { "checkpoint" } else { "model" }.to_owned(),
        sha256: String::new(),
        card: MetadataJson::new(&stored.metadata),
        trained: stored.provenance.clone(),
        training: stored.training.as_ref().map(|training| training.state.clone()),
    };
    let named = tensors.iter().map(|(name, (_, _, bytes))| (name.as_str(), bytes.as_slice()));
    header.sha256 = digest(&text(&header)?, named);
    let header = text(&header)?;
    let views = tensors
        .iter()
        .map(|(name, (dtype, shape, bytes))| Ok((name, TensorView::new(*dtype, shape.clone(), bytes)?)))
        .collect::<std::result::Result<Vec<_>, SafeTensorError>>()
        .map_err(|error| defect(&error))?;
    let metadata = Some(HashMap::from([(KEY.to_owned(), header)]));
    let bytes = safetensors::serialize(views, metadata).map_err(|error| defect(&error))?;
    write_atomically(path, &bytes)
}

/// Reads a model file, a checkpoint, or the model (else the checkpoint) of a run folder.
///
/// # Errors
/// [`Code::Io`] if it cannot be read; [`Code::Checkpoint`] if it is not a file of vae-native, is damaged, comes from a
/// newer version, or does not match its metadata.
pub fn read(path: &Path) -> Result<StoredModel> {
    let path = &model_path(path)?;
    let mut bytes = Vec::new();
    let read = crate::base::file::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
    read.map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => Error::new(Code::Io, "there is no such file or folder").path(path),
        _ => Error::io("read the file", path, &source),
    })?;
    let foreign = |what: String| {
        Error::new(Code::Checkpoint, what).path(path).remedy("give a .safetensors file or a run folder of vae-native")
    };
    let damaged = |what: String| Error::new(Code::Checkpoint, format!("the file is damaged: {what}")).path(path);
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|error| match error {
        SafeTensorError::MetadataIncompleteBuffer => damaged("its length does not match its header".to_owned()),
        error => foreign(format!("this is no safetensors file ({error})")),
    })?;
    let header = metadata.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
    let Some(header) = header else {
        return Err(foreign("this safetensors file was not written by vae-native".to_owned()));
    };
    let version = serde_json::from_str::<serde_json::Value>(header).ok().and_then(|json| json["v"].as_u64());
    if version.is_some_and(|version| version > u64::from(SCHEMA)) {
        return Err(Error::new(Code::Checkpoint, "the file comes from a newer vae-native")
            .path(path)
            .expected(format!("schema version {SCHEMA}"))
            .received(version.unwrap_or_default())
            .remedy("update vae-native"));
    }
    let ModelHeader { sha256, card: metadata, trained: provenance, training, .. } =
        serde_json::from_str(header).map_err(|error| damaged(without_position(&error)))?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|error| damaged(error.to_string()))?;
    let mut named: Vec<(String, TensorView)> = tensors.tensors();
    named.sort_by(|a, b| a.0.cmp(&b.0));
    let undigested = header.replacen(&sha256, "", 1);
    if digest(&undigested, named.iter().map(|(name, view)| (name.as_str(), view.data()))) != sha256 {
        return Err(damaged("its content does not match its digest".to_owned()));
    }
    let mean = f64s(&tensors, "data.mean", metadata.size()).map_err(damaged)?;
    let metadata = metadata.read(mean)?;
    let (_, layout) = Vae::new(&metadata.architecture());
    let theta = values(&tensors, "", &layout).map_err(damaged)?;
    let training = match training {
        None => None,
        Some(state) => Some(ResumeState {
            m: values(&tensors, "adam.m.", &layout).map_err(damaged)?,
            v: values(&tensors, "adam.v.", &layout).map_err(damaged)?,
            best: match state.best {
                Some(_) if tensors.names().iter().any(|name| name.starts_with("best.")) => {
                    Some(values(&tensors, "best.", &layout).map_err(damaged)?)
                }
                _ => None,
            },
            own: own(&tensors).map_err(damaged)?,
            state,
        }),
    };
    Ok(StoredModel { metadata, provenance, theta, training })
}

/// Message of a JSON error without line and column, which mean nothing to the user.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    what.trim_end_matches('.').to_owned()
}

/// Resolves a path: the file itself, or the model or checkpoint in a run folder.
fn model_path(path: &Path) -> Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_path_buf());
    }
    let candidates = ["model.safetensors", "checkpoint.safetensors"].map(|name| path.join(name));
    candidates.into_iter().find(|path| path.is_file()).ok_or_else(|| {
        Error::new(Code::Io, "the folder holds neither model.safetensors nor checkpoint.safetensors").path(path)
    })
}

/// Concatenates all tensors of a layout, in its order.
fn values(tensors: &SafeTensors, prefix: &str, layout: &Layout) -> std::result::Result<Vec<f32>, String> {
    let mut values = Vec::with_capacity(layout.len());
    for slot in layout.slots() {
        values.extend(f32s(tensors, &format!("{prefix}{}", slot.name), &slot.shape)?);
    }
    Ok(values)
}

/// Reads the objective's own parameters, ordered by name.
fn own(tensors: &SafeTensors) -> std::result::Result<Vec<OwnTensor>, String> {
    let mut names: Vec<&str> =
        tensors.names().into_iter().filter_map(|name| name.strip_prefix(OWN_PREFIXES[0])).collect();
    names.sort_unstable();
    let tensor = |name: &str| {
        let shape =
            tensors.tensor(&format!("{}{name}", OWN_PREFIXES[0])).map_err(|error| error.to_string())?.shape().to_vec();
        let part = |prefix| f32s(tensors, &format!("{prefix}{name}"), &shape);
        Ok(OwnTensor {
            parts: [part(OWN_PREFIXES[0])?, part(OWN_PREFIXES[1])?, part(OWN_PREFIXES[2])?],
            name: name.to_owned(),
            shape,
        })
    };
    names.into_iter().map(tensor).collect()
}

/// Reads a tensor of finite f32.
fn f32s(tensors: &SafeTensors, name: &str, shape: &[usize]) -> std::result::Result<Vec<f32>, String> {
    let view = tensors.tensor(name).map_err(|_| format!("the tensor {name} is missing"))?;
    if view.dtype() != Dtype::F32 || view.shape() != shape {
        return Err(format!("the tensor {name} is {:?} {:?} instead of F32 {shape:?}", view.dtype(), view.shape()));
    }
    let values: Vec<f32> = view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    match values.iter().find(|value| !value.is_finite()) {
        Some(value) => Err(format!("the tensor {name} holds {value}")),
        None => Ok(values),
    }
}

fn f64s(tensors: &SafeTensors, name: &str, size: usize) -> std::result::Result<Vec<f64>, String> {
    let view = tensors.tensor(name).map_err(|_| format!("the tensor {name} is missing"))?;
    if view.dtype() != Dtype::F64 || view.shape() != [size] {
        return Err(format!("the tensor {name} is {:?} {:?} instead of F64 [{size}]", view.dtype(), view.shape()));
    }
    Ok(view.data().as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
}

/// SHA-256 of the header's text, with the digest itself empty, and the names and bytes of the tensors, ordered by name.
fn digest<'a>(header: &str, tensors: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut hash = Sha256::new();
    hash.update(header.as_bytes());
    for (name, bytes) in tensors {
        hash.update(name.as_bytes());
        hash.update(bytes);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text(header: &ModelHeader) -> Result<String> {
    serde_json::to_string(header).map_err(|error| defect(&error))
}

/// Error that cannot occur with data this crate produced.
fn defect(error: &dyn std::fmt::Display) -> Error {
    Error::new(Code::Internal, format!("cannot encode the model: {error}"))
}
