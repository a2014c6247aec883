//! A stream of bytes: a plain file, a gzip file or a member of a zip file, never read past its declared size.
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use zip::read::ZipFile;

use super::budget;
use super::gunzip::{self, Gunzip, TrailingBytes};
use crate::base::cancel_token::CancelToken;
use crate::base::error::{Code, Error, Result};

/// Maximum ratio of deflate: 1032, zlib's own figure.
const DEFLATE_RATIO: u64 = 1032;

/// Bytes read between two checks for cancellation; a multiple of every element's width.
const CHUNK: u64 = 1 << 20;

/// Bytes being read from their start.
pub(super) struct Input<'a> {
    path: PathBuf,
    /// The member of a zip file, named in every message.
    member: Option<String>,
    reader: Reader<'a>,
    /// Maximum bytes that can follow: the rest of a plain file, 1032 times a compressed length.
    max_left: u64,
    /// Bytes read so far.
    bytes_read: u64,
}

enum Reader<'a> {
    Plain(BufReader<File>),
    Gzip(Box<Gunzip<BufReader<File>>>),
    Member(Box<ZipFile<'a, BufReader<File>>>),
}

/// The first bytes of a file, at most 16, gunzipped if it is gzip.
pub(super) fn start(path: &Path) -> Result<Vec<u8>> {
    let mut input = Input::open(path)?;
    let mut start = Vec::new();
    let read = (&mut input).take(16).read_to_end(&mut start);
    read.map_err(|source| input.failed(&source, "the header"))?;
    Ok(start)
}

/// Bytes in hex: `00 00 08 03`.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

impl Input<'static> {
    /// Opens a file; gunzips it if it starts with gzip's magic bytes.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = crate::base::file::open(path).map_err(|source| Error::io("open the file", path, &source))?;
        let length = file.metadata().map_err(|source| Error::io("read the file's size", path, &source))?.len();
        let mut file = BufReader::with_capacity(1 << 16, file);
        let start = file.fill_buf().map_err(|source| Error::io("read the file", path, &source))?;
        let (reader, max_left) = if start.starts_with(&gunzip::MAGIC) {
            (Reader::Gzip(Box::new(Gunzip::new(file))), length.saturating_mul(DEFLATE_RATIO))
        } else {
            (Reader::Plain(file), length)
        };
        Ok(Self { path: path.to_path_buf(), member: None, reader, max_left, bytes_read: 0 })
    }
}

impl<'a> Input<'a> {
    /// A member of the zip file at `path`.
    pub(super) fn member(path: &Path, name: &str, file: ZipFile<'a, BufReader<File>>) -> Self {
        let max_left = file.compressed_size().saturating_mul(DEFLATE_RATIO).min(file.size());
        let reader = Reader::Member(Box::new(file));
        Self { path: path.to_path_buf(), member: Some(name.to_owned()), reader, max_left, bytes_read: 0 }
    }

    /// Bytes read so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The file of the stream.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Exactly `N` bytes; `what` names them in the error if the stream ends early.
    pub(super) fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        match self.read_exact(&mut bytes) {
            Ok(()) => Ok(bytes),
            Err(source) => Err(self.failed(&source, what)),
        }
    }

    /// Exactly `count` bytes, which the caller has checked against the budget.
    pub(super) fn body(&mut self, count: u64, token: &CancelToken) -> Result<Vec<u8>> {
        self.check_available(count)?;
        let mut bytes = budget::reserve(self.path.as_path(), count)?;
        self.chunks(count, token, |chunk| bytes.extend_from_slice(chunk))?;
        Ok(bytes)
    }

    /// Exactly `count` numbers of `N` bytes, which the caller has checked against the budget.
    pub(super) fn numbers<const N: usize, T>(
        &mut self,
        count: u64,
        token: &CancelToken,
        number: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>> {
        let total = count.saturating_mul(N as u64);
        self.check_available(total)?;
        let mut numbers = budget::reserve(self.path.as_path(), count)?;
        self.chunks(total, token, |chunk| numbers.extend(chunk.as_chunks().0.iter().map(|&bytes| number(bytes))))?;
        Ok(numbers)
    }

    /// Refuses more bytes than the stream can still supply, before allocating memory for them.
    fn check_available(&self, total: u64) -> Result<()> {
        if total <= self.max_left {
            return Ok(());
        }
        let at_most = if matches!(self.reader, Reader::Plain(_)) { "" } else { "at most " };
        let error = self.error("the file is shorter than its header says");
        Err(error.expected(format!("{total} bytes of values")).received(format!("{at_most}{}", self.max_left)))
    }

    /// Calls `visit` with the next `total` bytes, in chunks.
    fn chunks(&mut self, total: u64, token: &CancelToken, mut visit: impl FnMut(&[u8])) -> Result<()> {
        let mut chunk = Vec::new();
        let mut left = total;
        while left > 0 {
            token.check()?;
            let count = CHUNK.min(left);
            chunk.clear();
            let got = (&mut *self).take(count).read_to_end(&mut chunk);
            let got = got.map_err(|source| self.failed(&source, "the values"))? as u64;
            if got < count {
                let error = self.error("the file ends inside the values");
                return Err(error.expected(format!("{total} bytes of values")).received(total - left + got));
            }
            visit(&chunk);
            token.advance(got);
            left -= got;
        }
        Ok(())
    }

    /// Checks that nothing follows: no further value, nothing after the compressed data; reads the checksum.
    pub(super) fn finish(mut self) -> Result<()> {
        match self.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.error("bytes follow after the last value; the header is wrong")),
            Err(source) => Err(self.failed(&source, "the checksum")),
        }
    }

    /// An error about the content.
    pub(super) fn error(&self, what: impl Into<String>) -> Error {
        self.error_with(Code::DataFormat, what)
    }

    /// An error of this kind about the content.
    pub(super) fn error_with(&self, code: Code, what: impl Into<String>) -> Error {
        let what = match &self.member {
            Some(member) => format!("array '{member}': {}", what.into()),
            None => what.into(),
        };
        Error::new(code, what).path(&self.path)
    }

    /// The error of a failed read, by its cause: the bytes end, the compressed data are damaged, the disk fails.
    pub(super) fn failed(&self, source: &std::io::Error, what: &str) -> Error {
        let format = match self.reader {
            Reader::Plain(_) => None,
            Reader::Gzip(_) => Some("gzip"),
            Reader::Member(_) => Some("zip"),
        };
        if source.get_ref().is_some_and(|cause| cause.is::<TrailingBytes>()) {
            return self.error(TrailingBytes.to_string());
        }
        match (source.kind(), format) {
            (ErrorKind::UnexpectedEof, Some(format)) => {
                let error = self.error(format!("the {format} data end inside {what}"));
                error.remedy("the file is truncated: fetch it again")
            }
            (ErrorKind::UnexpectedEof, None) => self.error(format!("the file ends inside {what}")),
            (ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::Other, Some(format)) => {
                self.error(format!("the {format} data are damaged ({source})")).remedy("fetch the file again")
            }
            _ => Error::io("read the file", &self.path, source),
        }
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = match &mut self.reader {
            Reader::Plain(reader) => reader.read(buffer)?,
            Reader::Gzip(reader) => reader.read(buffer)?,
            Reader::Member(reader) => reader.read(buffer)?,
        };
        self.max_left = self.max_left.saturating_sub(count as u64);
        self.bytes_read += count as u64;
        Ok(count)
    }
}
