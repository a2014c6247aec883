//! The beginning of a table, from which its dialect is found.
use std::cell::Cell;
use std::io::{Cursor, Read};
use std::rc::Rc;

use ::csv::{ByteRecord, Reader, ReaderBuilder};

use super::dialect::{BLANK, Dialect, Lines};
use super::tidy::Tidy;

/// Bytes read at least.
const BYTES: usize = 1 << 16;

/// Lines read at least, if they are long, up to [`MAX_BYTES`].
const LINES: usize = 32;

/// Bytes read at most, once there are two lines.
const MAX_BYTES: usize = 1 << 24;

/// The first lines of a text.
pub(super) struct Sample {
    pub text: Vec<u8>,
    /// True if nothing follows.
    is_whole: bool,
    /// The separator named by a first line `sep=;`, which Excel writes, and which is taken off the text.
    pub declared: Option<u8>,
}

impl Sample {
    /// Reads the first lines.
    pub(super) fn read(reader: &mut dyn Read) -> std::io::Result<Self> {
        let (mut text, mut lines, mut is_whole) = (Vec::new(), 0, false);
        while text.len() < BYTES || lines < 2 || lines < LINES && text.len() < MAX_BYTES {
            let before = text.len();
            reader.take(BYTES as u64).read_to_end(&mut text)?;
            is_whole = text.len() == before;
            if is_whole {
                break;
            }
            lines += text.iter().skip(before).filter(|byte| matches!(byte, b'\n' | b'\r')).count();
        }
        let declared = declared(&text);
        if let Some((_, length)) = declared {
            text.drain(..length);
        }
        Ok(Self { text, is_whole, declared: declared.map(|(separator, _)| separator) })
    }

    /// The rows that are complete.
    pub(super) fn rows(&self, dialect: &Dialect) -> Vec<ByteRecord> {
        let reader = split(Cursor::new(&self.text), dialect, &Rc::default());
        let mut rows: Vec<ByteRecord> = reader.into_byte_records().map_while(Result::ok).collect();
        if !self.is_whole {
            rows.pop();
        }
        rows.retain(|row| !is_blank(row));
        rows
    }

    /// The kind of its lines. They can be split as they are if one character separates cells, none is a comment, all end
    /// in the same way, and no blank stands before a quote.
    pub(super) fn line_kind(&self, separator: u8, comment: Option<u8>) -> Lines {
        let mut pairs = self.text.windows(2);
        let is_whole_end = |pair: &[u8]| matches!(pair, [first, second] if (*first == b'\r') == (*second == b'\n'));
        match () {
            () if separator == BLANK || comment.is_some() || self.has_padding(separator) => Lines::Untidy,
            () if !self.text.contains(&b'\r') => Lines::Plain,
            () if pairs.all(is_whole_end) && !self.text.starts_with(b"\n") => Lines::Returns,
            () => Lines::Untidy,
        }
    }

    /// True if a blank stands before the quotes of a cell.
    fn has_padding(&self, separator: u8) -> bool {
        let is_blank = |byte: &u8| matches!(byte, b'\t' | &BLANK) && *byte != separator;
        let quotes =
            self.text.windows(2).enumerate().filter(|(_, pair)| matches!(pair, [byte, b'"'] if is_blank(byte)));
        let before = |at: usize| self.text.get(..at).unwrap_or_default().iter().rfind(|byte| !is_blank(byte));
        let mut before = quotes.map(|(at, _)| before(at));
        before.any(|before| before.is_none_or(|&byte| byte == separator || byte == b'\n'))
    }

    /// The lines that are neither blank nor comments.
    pub(super) fn lines(&self, comment: Option<u8>) -> impl Iterator<Item = &[u8]> {
        let lines = self.text.split(|byte| matches!(byte, b'\n' | b'\r'));
        lines.map(<[u8]>::trim_ascii).filter(move |line| line.first().is_some_and(|&first| Some(first) != comment))
    }
}

/// Splits a text into rows of cells.
pub(super) fn split<'a>(
    text: impl Read + 'a,
    dialect: &Dialect,
    comments: &Rc<Cell<u64>>,
) -> Reader<Box<dyn Read + 'a>> {
    let text: Box<dyn Read + 'a> = if dialect.lines == Lines::Untidy {
        Box::new(Tidy::new(text, dialect, Rc::clone(comments)))
    } else {
        Box::new(text)
    };
    let mut reader = ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).delimiter(dialect.separator).buffer_capacity(BYTES);
    reader.from_reader(text)
}

/// True for a line of blanks.
pub(super) fn is_blank(row: &ByteRecord) -> bool {
    row.len() == 1 && !row.as_slice().is_empty() && row.as_slice().trim_ascii().is_empty()
}

/// The separator of a first line such as `sep=;`, and the length of that line.
fn declared(text: &[u8]) -> Option<(u8, usize)> {
    let end = text.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
    let line: Vec<u8> = text.get(..end)?.iter().copied().filter(|byte| *byte != b'"').collect();
    let (name, separator) = line.split_at_checked(4)?;
    let [separator] = separator else { return None };
    let next = text.get(end..end + 2).unwrap_or_default();
    let is_separator = separator.is_ascii_punctuation() || matches!(separator, b'\t' | &BLANK);
    (name.eq_ignore_ascii_case(b"sep=") && is_separator)
        .then_some((*separator, end + if next == b"\r\n" { 2 } else { 1 }))
}
