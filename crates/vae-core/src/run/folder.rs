//! Folder of a run: `run.json` (options and data), `metrics.jsonl` (record of training), `probes/` (one probe per
//! epoch), `checkpoint.safetensors` (state to resume from), `model.safetensors` (final model) and `.lock` (training
//! process).
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::base::error::{Code, Error, Result};
use crate::base::file::{remove_leftovers, write_atomically};
use crate::data::Dataset;
use crate::files::data_record::DataRecord;
use crate::files::metadata::ModelMetadata;
use crate::files::model_file::{self, StoredModel};
use crate::files::probe_file::{self, ProbeData, StepStamp};
use crate::run::lock::Lock;

/// Folder of a run in training, which is its only writer.
#[derive(Debug)]
pub struct RunFolder {
    lock: Lock,
    /// Unbuffered, so that other processes can follow the run line by line.
    record: File,
    bytes: u64,
}

/// Path of the checkpoint in a run folder.
pub fn checkpoint_path(folder: &Path) -> PathBuf {
    folder.join("checkpoint.safetensors")
}

/// Path of the record in a run folder.
pub fn record_path(folder: &Path) -> PathBuf {
    folder.join("metrics.jsonl")
}

/// Error for a record shorter than its checkpoint requires.
pub(crate) fn too_short(record: &Path, bytes: u64) -> Error {
    Error::new(Code::Checkpoint, "the record is shorter than the checkpoint says")
        .path(record)
        .expected(format!("at least {bytes} bytes"))
        .remedy("restore metrics.jsonl, or start a new run in another folder")
}

impl RunFolder {
    /// Checks that the folder is free for a new run.
    ///
    /// # Errors
    /// [`Code::Option`] if it holds a run, which is never overwritten silently.
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

    /// Checkpoint to resume from, if the folder has one.
    ///
    /// # Errors
    /// Same as [`model_file::read`].
    pub fn stored(lock: &Lock) -> Result<Option<StoredModel>> {
        let checkpoint = checkpoint_path(lock.folder());
        if checkpoint.is_file() { Ok(Some(model_file::read(&checkpoint)?)) } else { Ok(None) }
    }

    /// Opens the folder for a new run, or for a resumed one. `kept`: bytes of the record to keep; `epochs`: epochs
    /// whose probes to keep.
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

    /// Path of the folder.
    pub fn path(&self) -> &Path {
        self.lock.folder()
    }

    /// Writes `run.json`; `fork` describes the origin of a fork. What an existing `run.json` holds besides is kept.
    ///
    /// # Errors
    /// [`Code::Io`].
    pub fn describe(&self, metadata: &ModelMetadata, validation: Option<&Dataset>, fork: Option<Value>) -> Result<()> {
        let path = self.path().join("run.json");
        let before = fs::read(&path).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
        let mut run = before.and_then(|json| json.as_object().cloned()).unwrap_or_default();
        let mut data = serde_json::to_value(&metadata.data).unwrap_or_default();
        data["shape"] = json!(metadata.shape);
        data["scaling"] = json!(metadata.transform.describe());
        let json = json!({
            "v": 1,
            "version": env!("CARGO_PKG_VERSION"),
            "options": metadata.options.persisted_options(),
            "data": data,
            "validation": validation.map(DataRecord::from_data),
            "fork": fork.or_else(|| run.get("fork").cloned()),
        });
        run.extend(json.as_object().cloned().unwrap_or_default());
        let text = serde_json::to_string_pretty(&run).unwrap_or_default() + "\n";
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

    /// Flushes the record to disk and returns its length.
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

    /// Writes the probe of an epoch.
    ///
    /// # Errors
    /// [`Code::Io`].
    pub fn keep(&self, probe: &ProbeData, moment: StepStamp, metadata: &ModelMetadata) -> Result<()> {
        probe_file::write(self.path(), moment, probe, &metadata.shape, metadata.options.latent_dim)
    }

    /// Epoch events of the record, as written.
    pub fn epochs(folder: &Path, kept: u64) -> Vec<Value> {
        let Ok(file) = File::open(record_path(folder)) else { return Vec::new() };
        let lines = BufReader::new(std::io::Read::take(file, kept)).lines();
        let parsed = lines.map_while(std::result::Result::ok).filter_map(|line| serde_json::from_str(&line).ok());
        parsed.filter(|json: &Value| json["type"] == "epoch").collect()
    }
}
