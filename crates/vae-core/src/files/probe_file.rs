//! Probes on disk, the history of a run by epoch: `probes/0007.safetensors` holds the state at the end of epoch 7,
//! `probes/0000.safetensors` the state before the first step.
//!
//! | tensor | shape | what |
//! | --- | --- | --- |
//! | `latents` | (n, d) | μ of the probed examples, f32 |
//! | `labels` | (n) | their labels, i32; only for labelled data |
//! | `reconstructions` | (k, …) | the decoder's mean for the first k of them, each in the shape of an example, f32 |
//! | `samples` | (k, …) | the decoder's mean for draws from the prior, the same in every probe, f32 |
//!
//! The metadata holds one key, `vae_native`: a JSON object with `v`, `kind`, `step`, `epoch` and `seconds`.
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensorError, TensorView};
use serde_json::json;

use crate::base::error::{Code, Error, Result};
use crate::base::file::{remove_leftovers, write_atomically};
use crate::data::Shape;

const FOLDER: &str = "probes";
const SUFFIX: &str = ".safetensors";

/// Step, epoch and time of an event.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StepStamp {
    /// Updates made so far.
    pub step: u64,
    /// Epoch, from 1; 0 before the first.
    pub epoch: u64,
    /// Seconds of training so far, including those before a resume.
    pub seconds: f64,
}

/// Latents, reconstructions and samples at one step of a run.
#[derive(Debug, Clone, Default)]
pub struct ProbeData {
    /// μ of the probed examples, (n, d).
    pub latents: Vec<f32>,
    /// Labels, if the data have any.
    pub labels: Option<Vec<i32>>,
    /// Decoder's mean for the first k examples, (k, D).
    pub reconstructions: Vec<f32>,
    /// Decoder's mean for fixed draws from the prior, (k, D).
    pub samples: Vec<f32>,
}

/// Path of the probe of an epoch in a run's folder.
pub fn path(folder: &Path, epoch: u64) -> PathBuf {
    folder.join(FOLDER).join(format!("{epoch:04}{SUFFIX}"))
}

/// Writes the probe of an epoch atomically; `shape` is the shape of an example, `d` the size of a latent code.
///
/// # Errors
/// [`Code::Io`].
pub fn write(folder: &Path, moment: StepStamp, probe: &ProbeData, shape: &Shape, d: usize) -> Result<()> {
    let floats = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let images = |values: &[f32]| {
        let k = values.len() / shape.size();
        (Dtype::F32, [&[k], shape.sizes()].concat(), floats(values))
    };
    let mut tensors = vec![
        ("latents", (Dtype::F32, vec![probe.latents.len() / d, d], floats(&probe.latents))),
        ("reconstructions", images(&probe.reconstructions)),
        ("samples", images(&probe.samples)),
    ];
    if let Some(labels) = &probe.labels {
        let bytes = labels.iter().flat_map(|label| label.to_le_bytes()).collect();
        tensors.push(("labels", (Dtype::I32, vec![labels.len()], bytes)));
    }
    let StepStamp { step, epoch, seconds } = moment;
    let header = json!({ "v": 1, "kind": "probe", "step": step, "epoch": epoch, "seconds": seconds });
    let metadata = Some(HashMap::from([("vae_native".to_owned(), header.to_string())]));
    let bytes = tensors
        .iter()
        .map(|(name, (dtype, shape, bytes))| Ok((name, TensorView::new(*dtype, shape.clone(), bytes)?)))
        .collect::<std::result::Result<Vec<_>, SafeTensorError>>()
        .and_then(|views| safetensors::serialize(views, metadata))
        .map_err(|error| Error::new(Code::Internal, format!("safetensors: {error}")))?;
    write_atomically(&path(folder, epoch), &bytes)
}

/// Removes the probes of epochs after `epoch`, which the run will write again, and partial files of a killed process.
///
/// # Errors
/// [`Code::Io`].
pub fn remove_after(folder: &Path, epoch: u64) -> Result<()> {
    remove_leftovers(&folder.join(FOLDER));
    for (_, path) in kept(folder).into_iter().filter(|(other, _)| *other > epoch) {
        fs::remove_file(&path).map_err(|source| Error::io("remove a probe", &path, &source))?;
    }
    Ok(())
}

/// Copies the probes up to this epoch from one run folder to another.
///
/// # Errors
/// [`Code::Io`].
pub fn copy_until(from: &Path, to: &Path, epoch: u64) -> Result<()> {
    for (epoch, source) in kept(from).into_iter().filter(|(other, _)| *other <= epoch) {
        let bytes = fs::read(&source).map_err(|error| Error::io("read a probe", &source, &error))?;
        write_atomically(&path(to, epoch), &bytes)?;
    }
    Ok(())
}

/// Probes in a run folder: epoch and path.
fn kept(folder: &Path) -> Vec<(u64, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder.join(FOLDER)) else { return Vec::new() };
    let epoch = |name: &str| name.strip_suffix(SUFFIX).and_then(|epoch| epoch.parse().ok());
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter_map(|path| Some((epoch(path.file_name()?.to_str()?)?, path))).collect()
}
