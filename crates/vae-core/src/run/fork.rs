//! A run that begins where another stands: with its θ, Adam's moments, its record and its probes up to the checkpoint, and
//! with its options. Only β, η and what a resumed run may change can be others.
use std::fs::File;
use std::io::{Read, copy as copy_bytes};
use std::path::Path;

use serde_json::Value;

use crate::base::error::{Error, Result};
use crate::files::model_file::{self, Stored};
use crate::files::probe_file;
use crate::run::folder::{checkpoint_path, record_path, too_short};

/// The options of a fork in full, as JSON: those given, and for the rest those that the run to fork stands with. Without
/// `fork`, those given.
///
/// # Errors
/// Those of [`stored`].
pub fn in_full(given: Value) -> Result<Value> {
    let Some(of) = given.get("fork").and_then(Value::as_str) else { return Ok(given) };
    let Stored { card, training, .. } = stored(Path::new(of))?;
    let mut options = card.options;
    if let Some(training) = training {
        // As they are now, which is not always as they were at the start.
        options.beta = training.state.beta_in_force();
        options.learning_rate = training.state.learning_rate_in_force();
    }
    let mut full = options.persisted_options();
    if let (Some(full), Value::Object(given)) = (full.as_object_mut(), given) {
        full.extend(given.into_iter().filter(|(_, value)| !value.is_null()));
    }
    Ok(full)
}

/// Where the run to fork stands.
///
/// # Errors
/// [`Code::Option`](crate::Code::Option) if the folder has no checkpoint; those of [`model_file::read`].
pub fn stored(of: &Path) -> Result<Stored> {
    let checkpoint = checkpoint_path(of);
    if checkpoint.is_file() {
        return model_file::read(&checkpoint);
    }
    Err(Error::option("fork")
        .expected("the folder of a run that has a checkpoint")
        .received(format!("{}, which has none", of.display())))
}

/// Copies what the run to fork has told so far: so many bytes of its record, and the probes of so many epochs.
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
