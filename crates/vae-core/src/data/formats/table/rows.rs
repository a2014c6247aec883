//! The rows of a table, split into cells.
use std::cell::Cell;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use ::csv::{ByteRecord, ErrorKind, Reader};

use super::dialect::{Dialect, Lines};
use super::sample::{is_blank, split};
use super::text::failed;
use crate::base::error::{Code, Error, Result};

/// Text put after the end, which no table holds. It becomes a row of its own, unless a quote is still open.
const END: &[u8] = b"\x03\x03\x03\x03";

/// A table being read row by row.
pub(super) struct Rows {
    reader: Reader<Box<dyn Read>>,
    /// The cells of the current row.
    pub cells: ByteRecord,
    path: PathBuf,
    /// Lines taken off before the text.
    lines_before: u64,
    /// True if lines end with `\r\n`, of which the splitter leaves `\n` to the next row.
    has_returns: bool,
    comments: Rc<Cell<u64>>,
}

impl Rows {
    pub(super) fn new(text: impl Read + 'static, dialect: &Dialect, lines_before: u64, path: &Path) -> Self {
        let comments = Rc::default();
        let has_returns = dialect.lines == Lines::Returns;
        let line_end: &[u8] = if has_returns { b"\r\n" } else { b"\n" };
        let text = text.chain(Cursor::new([line_end, END, line_end].concat()));
        let reader = split(text, dialect, &comments);
        Self { reader, cells: ByteRecord::new(), path: path.to_path_buf(), lines_before, has_returns, comments }
    }

    /// Reads the next row that is not blank; false at the end.
    ///
    /// # Errors
    /// [`Code::DataFormat`] if a quote is not closed; errors of reading.
    pub(super) fn next(&mut self) -> Result<bool> {
        loop {
            let is_row = self.reader.read_byte_record(&mut self.cells).map_err(|error| match error.into_kind() {
                ErrorKind::Io(source) => failed(source, &self.path),
                other => Error::new(Code::DataFormat, format!("{other:?}")).path(&self.path),
            })?;
            if !is_row || self.cells.as_slice() == END {
                return Ok(false);
            }
            if self.cells.as_slice().trim_ascii_end().ends_with(END) {
                return Err(self.open_quote());
            }
            if !is_blank(&self.cells) {
                return Ok(true);
            }
        }
    }

    /// The line on which the current row begins, from 1.
    pub(super) fn line(&self) -> u64 {
        self.first_line().saturating_sub(u64::from(!self.has_returns))
    }

    /// The line on which the current row begins, if the end of its last line is not counted yet.
    fn first_line(&self) -> u64 {
        self.lines_before + self.reader.position().line().saturating_sub(breaks(self.cells.as_slice()))
    }

    /// Number of comment lines so far.
    pub(super) fn comments(&self) -> u64 {
        self.comments.get()
    }

    fn open_quote(&self) -> Error {
        let last = self.cells.iter().next_back().unwrap_or_default();
        let before = self.cells.as_slice().len() - last.len();
        let line = self.first_line() + breaks(self.cells.as_slice().get(..before).unwrap_or_default());
        let start = super::text::shown(last.split(|&byte| byte == b'\n').next().unwrap_or_default());
        let error = Error::new(Code::DataFormat, format!("line {line}: the quote before '{start}' is never closed"));
        error.path(&self.path).remedy("close it, double the quotes within a cell, or check `separator`")
    }
}

/// Number of line ends within cells.
fn breaks(cells: &[u8]) -> u64 {
    cells.iter().filter(|&&byte| byte == b'\n').count() as u64
}
