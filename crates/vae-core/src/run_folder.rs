//! The folder of a run: `run.json` (what was asked for), `metrics.jsonl` (what training did), `checkpoint.safetensors`
//! (where it stands) and `model.safetensors` (what came of it).
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::card::{Card, DataRecord, recorded_options};
use crate::data::Dataset;
use crate::error::{Code, Error, Result};
use crate::file::{remove_leftovers, write_atomically};
use crate::model_file::{self, Stored};

/// The folder of a run that is being trained; it alone writes there.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    record: BufWriter<File>,
    bytes: u64,
}

/// Where a folder keeps its checkpoint.
pub fn checkpoint_path(folder: &Path) -> PathBuf {
    folder.join("checkpoint.safetensors")
}

impl RunFolder {
    /// What there is to continue in this folder.
    ///
    /// # Errors
    /// [`Code::Option`] if it holds a run and `resume` is not set: nothing is overwritten silently.
    pub fn look(folder: &Path, resume: bool) -> Result<Option<Stored>> {
        let checkpoint = checkpoint_path(folder);
        if resume {
            return if checkpoint.is_file() { Ok(Some(model_file::read(&checkpoint)?)) } else { Ok(None) };
        }
        let holds = ["run.json", "metrics.jsonl", "checkpoint.safetensors", "model.safetensors"];
        match holds.iter().find(|name| folder.join(name).exists()) {
            Some(name) => Err(Error::option("out")
                .expected("a folder without a run")
                .received(format!("{}, which holds {name}", folder.display()))
                .remedy("set resume to continue that run, or choose another folder")),
            None => Ok(None),
        }
    }

    /// Opens the folder for a new run, or for one that continues after so many bytes of its record.
    pub fn open(folder: &Path, kept: u64) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|source| Error::io("make the run folder", folder, &source))?;
        remove_leftovers(folder);
        let path = folder.join("metrics.jsonl");
        let failed = |source: std::io::Error| Error::io("write the record", &path, &source);
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        if file.metadata().map_err(failed)?.len() < kept {
            return Err(Error::new(Code::Checkpoint, "the record is shorter than the checkpoint says")
                .path(&path)
                .expected(format!("at least {kept} bytes"))
                .remedy("restore metrics.jsonl, or start a new run in another folder"));
        }
        file.set_len(kept).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Self { path: folder.to_path_buf(), record: BufWriter::new(file), bytes: kept })
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes `run.json`.
    pub fn describe(&self, card: &Card, validation: Option<&Dataset>) -> Result<()> {
        let json = json!({
            "v": 1,
            "version": env!("CARGO_PKG_VERSION"),
            "options": recorded_options(&card.options),
            "data": {
                "source": card.data.source,
                "fingerprint": card.data.fingerprint,
                "n": card.data.n,
                "shape": card.shape,
                "preprocessing": card.preprocessing,
                "scaling": card.transform.describe(),
            },
            "validation": validation.map(DataRecord::of),
        });
        let text = serde_json::to_string_pretty(&json).unwrap_or_default() + "\n";
        write_atomically(&self.path.join("run.json"), text.as_bytes())
    }

    /// Appends one line to the record.
    pub fn append(&mut self, line: &Value) -> Result<()> {
        let line = format!("{line}\n");
        self.bytes += line.len() as u64;
        let failed = |source: std::io::Error| Error::io("write the record", self.path.join("metrics.jsonl"), &source);
        self.record.write_all(line.as_bytes()).map_err(failed)
    }

    /// Puts the record on the disk and says how long it is.
    pub fn flush(&mut self) -> Result<u64> {
        let failed = |source: std::io::Error| Error::io("write the record", self.path.join("metrics.jsonl"), &source);
        self.record.flush().map_err(failed)?;
        self.record.get_ref().sync_data().map_err(failed)?;
        Ok(self.bytes)
    }

    /// The epochs of the record, as they were written.
    pub fn epochs(folder: &Path, kept: u64) -> Vec<Value> {
        let Ok(file) = File::open(folder.join("metrics.jsonl")) else { return Vec::new() };
        let lines = BufReader::new(std::io::Read::take(file, kept)).lines();
        let parsed = lines.map_while(std::result::Result::ok).filter_map(|line| serde_json::from_str(&line).ok());
        parsed.filter(|json: &Value| json["type"] == "epoch").collect()
    }
}
