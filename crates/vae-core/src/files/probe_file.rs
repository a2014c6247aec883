//! Probes on disk, by which one can go back through the epochs of a run: `probes/0007.safetensors` is what epoch 7 ended
//! with, `probes/0000.safetensors` what was there before the first step.
//!
//! | tensor | shape | what |
//! | --- | --- | --- |
//! | `latents` | (n, d) | μ of the probed examples, f32 |
//! | `labels` | (n) | their labels, i32; only of data that have some |
//! | `reconstructions` | (k, …) | the decoder's mean for the first of them, each of the shape of an example, f32 |
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
    /// The epoch, from 1; 0 before the first.
    pub epoch: u64,
    /// Seconds of training so far, those before a resume included.
    pub seconds: f64,
}

/// A few latents, reconstructions and samples at one moment of a run.
#[derive(Debug, Clone, Default)]
pub struct ProbeData {
    /// μ of the probed examples, (n, d).
    pub latents: Vec<f32>,
    /// Their labels, if they have any.
    pub labels: Option<Vec<i32>>,
    /// The decoder's mean for the first of them, (k, D).
    pub reconstructions: Vec<f32>,
    /// The decoder's mean for fixed draws from the prior, (k, D).
    pub samples: Vec<f32>,
}

/// Path of the probe of an epoch in a run's folder.
pub fn path(folder: &Path, epoch: u64) -> PathBuf {
    folder.join(FOLDER).join(format!("{epoch:04}{SUFFIX}"))
}

/// Writes the probe of an epoch atomically, of examples of this shape with latent codes of d numbers.
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

/// Removes the probes of later epochs than this one, which the run will make anew, and what a killed process left there half
/// written.
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

/// The probes of a run folder: of which epoch, and where.
fn kept(folder: &Path) -> Vec<(u64, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder.join(FOLDER)) else { return Vec::new() };
    let epoch = |name: &str| name.strip_suffix(SUFFIX).and_then(|epoch| epoch.parse().ok());
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter_map(|path| Some((epoch(path.file_name()?.to_str()?)?, path))).collect()
}
