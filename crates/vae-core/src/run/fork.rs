//! Fork: a run that starts from another run's checkpoint, with its θ, Adam's moments, record and probes up to there,
//! and its options. Only β, η and options that a resumed run may change can differ.
use std::fs::File;
use std::io::{Read, copy as copy_bytes};
use std::path::Path;

use serde_json::Value;

use crate::base::error::{Error, Result};
use crate::files::model_file::{self, StoredModel};
use crate::files::probe_file;
use crate::run::folder::{checkpoint_path, record_path, too_short};

/// Completes the options of a fork, as JSON: `given`, and for the rest the current options of the run to fork. Without
/// `fork`, returns `given`.
///
/// # Errors
/// Same as [`stored`].
pub fn completed_options(given: Value) -> Result<Value> {
    let Some(of) = given.get("fork").and_then(Value::as_str) else { return Ok(given) };
    let StoredModel { metadata, training, .. } = stored(Path::new(of))?;
    let mut options = metadata.options;
    if let Some(training) = training {
        // Current values, which may differ from the initial options.
        options.beta = training.state.beta_in_force();
        options.learning_rate = training.state.learning_rate_in_force();
    }
    let mut full = options.persisted_options();
    if let (Some(full), Value::Object(given)) = (full.as_object_mut(), given) {
        full.extend(given.into_iter().filter(|(_, value)| !value.is_null()));
    }
    Ok(full)
}

/// Checkpoint of the run to fork.
///
/// # Errors
/// [`Code::Option`](crate::Code::Option) if the folder has no checkpoint; errors of [`model_file::read`].
pub fn stored(of: &Path) -> Result<StoredModel> {
    let checkpoint = checkpoint_path(of);
    if checkpoint.is_file() {
        return model_file::read(&checkpoint);
    }
    Err(Error::option("fork")
        .expected("the folder of a run that has a checkpoint")
        .received(format!("{}, which has none", of.display())))
}

/// Copies the record of the run to fork up to `bytes`, and the probes of its first `epochs` epochs.
///
/// # Errors
/// [`Code::Checkpoint`](crate::Code::Checkpoint) if its record is shorter; [`Code::Io`](crate::Code::Io).
pub(crate) fn copy(of: &Path, to: &Path, bytes: u64, epochs: u64) -> Result<()> {
    let (from, into) = (record_path(of), record_path(to));
    let open = File::open(&from).map_err(|source| Error::io("read the record", &from, &source))?;
    let mut copied = File::create(&into).map_err(|source| Error::io("write the record", &into, &source))?;
    let length = copy_bytes(&mut open.take(bytes), &mut copied);
    if length.map_err(|source| Error::io("copy the record", &from, &source))? < bytes {
        return Err(too_short(&from, bytes));
    }
    probe_file::copy_until(of, to, epochs)
}
