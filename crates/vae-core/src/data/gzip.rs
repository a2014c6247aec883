//! Files read as one stream of bytes, gunzipped on the way if they are gzip, never past what was declared.
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::GzDecoder;

use super::budget::{self, DEFLATE_RATIO};
use crate::error::{Code, Error, Result};
use crate::task::Task;

/// How many bytes are read between two looks at the task.
const CHUNK: u64 = 1 << 20;

/// A file being read from its start, plain or gzip by its first two bytes.
pub(super) struct Input {
    path: PathBuf,
    reader: Reader,
    /// The most bytes that can still come: what is left of a plain file, 1032 times a gzip file's length.
    most: u64,
}

enum Reader {
    Plain(BufReader<File>),
    Gzip(GzDecoder<BufReader<File>>),
}

impl Input {
    /// Opens the file.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|source| Error::io("open the file", path, &source))?;
        let length = file.metadata().map_err(|source| Error::io("read the file's size", path, &source))?.len();
        let mut file = BufReader::with_capacity(1 << 16, file);
        let start = file.fill_buf().map_err(|source| Error::io("read the file", path, &source))?;
        let (reader, most) = if start.starts_with(&[0x1f, 0x8b]) {
            (Reader::Gzip(GzDecoder::new(file)), length.saturating_mul(DEFLATE_RATIO))
        } else {
            (Reader::Plain(file), length)
        };
        Ok(Self { path: path.to_path_buf(), reader, most })
    }

    /// Exactly `N` bytes; `what` names them if the file ends before.
    pub(super) fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        match self.read_exact(&mut bytes) {
            Ok(()) => Ok(bytes),
            Err(source) => Err(self.failed(&source, what)),
        }
    }

    /// Exactly `total` bytes, which the caller has checked against the budget. A file that is too short for them is
    /// refused before memory is taken.
    pub(super) fn body(&mut self, total: u64, task: &Task) -> Result<Vec<u8>> {
        if total > self.most {
            let error = self.error("the file is shorter than its header says");
            let most = if self.is_gzip() { "at most " } else { "" };
            return Err(error.expected(format!("{total} bytes of values")).received(format!("{most}{}", self.most)));
        }
        let mut bytes = budget::reserve(&self.path, total)?;
        while (bytes.len() as u64) < total {
            task.check()?;
            let want = CHUNK.min(total - bytes.len() as u64);
            let got = (&mut *self).take(want).read_to_end(&mut bytes);
            let got = got.map_err(|source| self.failed(&source, "the values"))? as u64;
            task.advance(got);
            if got < want {
                let error = self.error("the file ends inside the values");
                return Err(error.expected(format!("{total} bytes of values")).received(bytes.len()));
            }
        }
        Ok(bytes)
    }

    /// Checks that nothing follows: no further value, no second gzip member, no garbage.
    pub(super) fn finish(mut self) -> Result<()> {
        let mut one = [0];
        match self.read(&mut one) {
            Ok(0) => {}
            Ok(_) => return Err(self.error("bytes follow after the last value").remedy("the header is wrong")),
            Err(source) => return Err(self.failed(&source, "the end")),
        }
        let Reader::Gzip(decoder) = &mut self.reader else {
            return Ok(());
        };
        let rest = decoder.get_mut().fill_buf();
        let rest = rest.map_err(|source| Error::io("read the file", &self.path, &source))?;
        let (is_empty, is_member) = (rest.is_empty(), rest.starts_with(&[0x1f, 0x8b]));
        match (is_empty, is_member) {
            (true, _) => Ok(()),
            (_, true) => {
                Err(self.error("the file holds several gzip members").remedy("compress it again in one piece"))
            }
            _ => Err(self.error("bytes follow after the gzip data")),
        }
    }

    fn is_gzip(&self) -> bool {
        matches!(self.reader, Reader::Gzip(_))
    }

    /// An error about this file's content.
    pub(super) fn error(&self, what: impl Into<String>) -> Error {
        Error::new(Code::DataFormat, what).path(&self.path)
    }

    /// A failed read, told apart: the file ends, the gzip data are damaged, the disk fails.
    pub(super) fn failed(&self, source: &std::io::Error, what: &str) -> Error {
        match source.kind() {
            ErrorKind::UnexpectedEof if self.is_gzip() => {
                self.error(format!("the gzip data end inside {what}")).remedy("the file is truncated: fetch it again")
            }
            ErrorKind::UnexpectedEof => self.error(format!("the file ends inside {what}")),
            ErrorKind::InvalidInput | ErrorKind::InvalidData if self.is_gzip() => {
                self.error(format!("the gzip data are damaged ({source})")).remedy("fetch the file again")
            }
            _ => Error::io("read the file", &self.path, source),
        }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = match &mut self.reader {
            Reader::Plain(reader) => reader.read(buffer)?,
            Reader::Gzip(reader) => reader.read(buffer)?,
        };
        self.most = self.most.saturating_sub(count as u64);
        Ok(count)
    }
}
