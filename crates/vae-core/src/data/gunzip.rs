//! gzip data, member after member: bgzip, pigz and `cat a.gz b.gz` write several, which together are one file.
use std::io::{BufRead, Error, ErrorKind, Read, Result};

use flate2::bufread::GzDecoder;

/// The first bytes of gzip.
pub(super) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Reads all members to the end. After a member, zero bytes may pad the file, as in Python's gzip module; anything but
/// a further member is [`TrailingBytes`].
pub(super) struct Gunzip<R> {
    /// `None` after an error of the underlying reader, or at the end.
    member: Option<GzDecoder<R>>,
    is_first: bool,
}

/// The error for bytes after the last member.
#[derive(Debug)]
pub(super) struct TrailingBytes;

impl std::fmt::Display for TrailingBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "bytes follow after the gzip data")
    }
}

impl std::error::Error for TrailingBytes {}

impl<R: BufRead> Gunzip<R> {
    /// Reads from the first byte of the first member.
    pub(super) fn new(reader: R) -> Self {
        Self { member: Some(GzDecoder::new(reader)), is_first: true }
    }

    /// Goes on to the member after one that has been read to its end.
    fn advance(&mut self) -> Result<()> {
        let Some(member) = self.member.take() else { return Ok(()) };
        let mut reader = member.into_inner();
        while let [first, ..] = reader.fill_buf()? {
            if *first == MAGIC[0] {
                (self.member, self.is_first) = (Some(GzDecoder::new(reader)), false);
                return Ok(());
            }
            if *first != 0 {
                return Err(Error::new(ErrorKind::InvalidData, TrailingBytes));
            }
            reader.consume(1);
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(member) = &mut self.member {
            match member.read(buffer) {
                Ok(0) => self.advance()?,
                // Bytes that only begin as gzip does are no member.
                Err(error)
                    if error.kind() == ErrorKind::InvalidInput && !self.is_first && member.header().is_none() =>
                {
                    return Err(Error::new(ErrorKind::InvalidData, TrailingBytes));
                }
                result => return result,
            }
        }
        Ok(0)
    }
}
