//! The folder of a run: `run.json` (what was asked for), `metrics.jsonl` (what training did), `probes/` (what its epochs
//! looked like), `checkpoint.safetensors` (where it stands), `model.safetensors` (what came of it) and `.lock` (who trains
//! there).
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::base::error::{Code, Error, Result};
use crate::base::file::{remove_leftovers, write_atomically};
use crate::data::Dataset;
use crate::files::metadata::{Card, DataRecord};
use crate::files::model_file::{self, Stored};
use crate::files::probe_file::{self, ProbeData, StepStamp};
use crate::run::lock::Lock;

/// The folder of a run that is being trained; it alone writes there.
#[derive(Debug)]
pub struct RunFolder {
    lock: Lock,
    /// Unbuffered: whoever follows the run from outside is to see a line when it is written.
    record: File,
    bytes: u64,
}

/// Where a folder keeps its checkpoint.
pub fn checkpoint_path(folder: &Path) -> PathBuf {
    folder.join("checkpoint.safetensors")
}

/// Where a folder keeps its record.
pub fn record_path(folder: &Path) -> PathBuf {
    folder.join("metrics.jsonl")
}

/// The error of a record that lacks what its checkpoint counts on.
pub(crate) fn too_short(record: &Path, bytes: u64) -> Error {
    Error::new(Code::Checkpoint, "the record is shorter than the checkpoint says")
        .path(record)
        .expected(format!("at least {bytes} bytes"))
        .remedy("restore metrics.jsonl, or start a new run in another folder")
}

impl RunFolder {
    /// Looks whether the folder is free for a new run.
    ///
    /// # Errors
    /// [`Code::Option`] if it holds a run: nothing is overwritten silently.
    pub fn check_free(folder: &Path) -> Result<()> {
        let holds = ["run.json", "metrics.jsonl", "checkpoint.safetensors", "model.safetensors"];
        match holds.iter().find(|name| folder.join(name).exists()) {
            Some(name) => Err(Error::option("out")
                .expected("a folder without a run")
                .received(format!("{}, which holds {name}", folder.display()))
                .remedy("set `resume` to continue that run, or choose another folder")),
            None => Ok(()),
        }
    }

    /// What there is to continue in the folder.
    ///
    /// # Errors
    /// Those of [`model_file::read`].
    pub fn stored(lock: &Lock) -> Result<Option<Stored>> {
        let checkpoint = checkpoint_path(lock.folder());
        if checkpoint.is_file() { Ok(Some(model_file::read(&checkpoint)?)) } else { Ok(None) }
    }

    /// Opens the folder for a new run, or for one that continues after so many bytes of its record and so many epochs.
    ///
    /// # Errors
    /// [`Code::Checkpoint`] if the record is shorter; [`Code::Io`].
    pub fn open(lock: Lock, kept: u64, epochs: u64) -> Result<Self> {
        let folder = lock.folder();
        remove_leftovers(folder);
        probe_file::remove_after(folder, epochs)?;
        let path = record_path(folder);
        let failed = |source: std::io::Error| Error::io("write the record", &path, &source);
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        if file.metadata().map_err(failed)?.len() < kept {
            return Err(too_short(&path, kept));
        }
        file.set_len(kept).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Self { lock, record: file, bytes: kept })
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        self.lock.folder()
    }

    /// Writes `run.json`; `fork` says where the run came from, if it is not there already.
    ///
    /// # Errors
    /// [`Code::Io`].
    pub fn describe(&self, card: &Card, validation: Option<&Dataset>, fork: Option<Value>) -> Result<()> {
        let path = self.path().join("run.json");
        let before = || serde_json::from_slice::<Value>(&fs::read(&path).ok()?).ok()?.get("fork").cloned();
        let json = json!({
            "v": 1,
            "version": env!("CARGO_PKG_VERSION"),
            "options": card.options.persisted_options(),
            "data": {
                "source": card.data.source,
                "fingerprint": card.data.fingerprint,
                "n": card.data.n,
                "shape": card.shape,
                "preprocessing": card.preprocessing,
                "scaling": card.transform.describe(),
            },
            "validation": validation.map(DataRecord::of),
            "fork": fork.or_else(before),
        });
        let text = serde_json::to_string_pretty(&json).unwrap_or_default() + "\n";
        write_atomically(&path, text.as_bytes())
    }

    /// Appends one line to the record.
    ///
    /// # Errors
    /// [`Code::Io`].
    pub fn append(&mut self, line: &Value) -> Result<()> {
        let line = format!("{line}\n");
        self.bytes += line.len() as u64;
        self.record.write_all(line.as_bytes()).map_err(|source| self.failed(&source))
    }

    /// Puts the record on the disk and says how long it is.
    ///
    /// # Errors
    /// [`Code::Io`].
    pub fn flush(&mut self) -> Result<u64> {
        self.record.sync_data().map_err(|source| self.failed(&source))?;
        Ok(self.bytes)
    }

    fn failed(&self, source: &std::io::Error) -> Error {
        Error::io("write the record", record_path(self.path()), source)
    }

    /// Keeps what an epoch looked like.
    ///
    /// # Errors
    /// [`Code::Io`].
    pub fn keep(&self, probe: &ProbeData, moment: StepStamp, card: &Card) -> Result<()> {
        probe_file::write(self.path(), moment, probe, &card.shape, card.options.latent_dim)
    }

    /// The epochs of the record, as they were written.
    pub fn epochs(folder: &Path, kept: u64) -> Vec<Value> {
        let Ok(file) = File::open(record_path(folder)) else { return Vec::new() };
        let lines = BufReader::new(std::io::Read::take(file, kept)).lines();
        let parsed = lines.map_while(std::result::Result::ok).filter_map(|line| serde_json::from_str(&line).ok());
        parsed.filter(|json: &Value| json["type"] == "epoch").collect()
    }
}
