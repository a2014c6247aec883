//! The text of a table as UTF-8: encoding, byte order mark, and the budget of bytes.
use std::io::{Cursor, Read, Take};
use std::path::{Path, PathBuf};

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;

use crate::base::error::{Code, Error, Result};
use crate::data::budget;
use crate::data::input::Input;

/// Bytes from which the encoding is recognised.
const START: u64 = 1024;

/// The first characters of UTF-32, little and big endian.
const UTF_32: [&[u8]; 2] = [&[0xff, 0xfe, 0, 0], &[0, 0, 0xfe, 0xff]];

/// A text being read. Bytes of UTF-8 pass unchanged, so that what is not UTF-8 is found where it matters; of another
/// encoding, what cannot be decoded becomes U+FFFD.
pub(super) struct Text {
    pub reader: Box<dyn Read>,
    pub encoding: &'static Encoding,
}

impl Text {
    /// Opens a file. A byte order mark decides about the encoding, then the option, then the zero bytes of UTF-16;
    /// otherwise it is UTF-8. `limit` is the maximum length in bytes.
    pub(super) fn open(path: &Path, label: Option<&str>, limit: u64) -> Result<Self> {
        let mut budget = Budget { input: Input::open(path)?.take(limit.saturating_add(1)), path: path.into(), limit };
        let mut start = Vec::new();
        budget.by_ref().take(START).read_to_end(&mut start).map_err(|error| failed(error, path))?;
        let unknown = |label: &str| {
            let error = Error::option("encoding").path(path).received(format!("'{label}'"));
            error.expected("the name of an encoding, such as 'utf-8', 'utf-16le' or 'windows-1252'")
        };
        let given = |label: &str| Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(|| unknown(label));
        let given = label.map(given).transpose()?;
        if is_utf_32(&start) {
            let error = Error::new(Code::DataFormat, "the encoding is UTF-32").path(path);
            return Err(error.expected("UTF-8, UTF-16 or another encoding of the web").remedy("save it as UTF-8"));
        }
        let (encoding, mark) =
            Encoding::for_bom(&start).unwrap_or_else(|| (given.or_else(|| utf_16(&start)).unwrap_or(UTF_8), 0));
        let text = Cursor::new(start.split_off(mark)).chain(budget);
        let reader: Box<dyn Read> = if encoding == UTF_8 {
            Box::new(text)
        } else {
            Box::new(DecodeReaderBytesBuilder::new().encoding(Some(encoding)).bom_sniffing(false).build(text))
        };
        Ok(Self { reader, encoding })
    }
}

/// True if a text can begin with these bytes, non-ASCII letters included; a table has no control characters.
pub(super) fn is_text(start: &[u8]) -> bool {
    let is_text = |byte: &u8| *byte >= b' ' && *byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r');
    start.iter().all(is_text) || utf_16(start).is_some() || is_utf_32(start)
}

/// True if a text begins with the mark of UTF-32, which is refused by its name.
fn is_utf_32(start: &[u8]) -> bool {
    UTF_32.iter().any(|mark| start.starts_with(mark))
}

/// The kind of UTF-16, by its mark or, without one, by the zero bytes of ASCII characters.
fn utf_16(start: &[u8]) -> Option<&'static Encoding> {
    let pairs = start.as_chunks::<2>().0;
    // Two letters of ASCII are also one Chinese character.
    let is_letter = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let letters = pairs.iter().filter(|pair| pair.iter().all(is_letter)).count();
    let is_ascii_text = 2 * letters > pairs.len();
    let decode = |encoding: &'static Encoding| {
        let read = if encoding == UTF_16LE { u16::from_le_bytes } else { u16::from_be_bytes };
        // A pair of surrogates may be cut at the end.
        let characters: Vec<_> = char::decode_utf16(pairs.iter().map(|&pair| read(pair))).collect();
        let is_text = |character: &char| !character.is_control() || matches!(character, '\t' | '\n' | '\r');
        let cut = characters.len().saturating_sub(1);
        let has_mark = characters.first().is_some_and(|first| matches!(first, Ok('\u{feff}')));
        let is_ascii = |character: &std::result::Result<char, _>| character.as_ref().is_ok_and(char::is_ascii);
        let ascii = characters.iter().filter(|&character| is_ascii(character)).count();
        let good = characters.iter().enumerate().all(|(i, character)| match character {
            Ok(character) => is_text(character),
            Err(_) => i == cut,
        });
        (good && ascii > 0 && (has_mark || !is_ascii_text)).then_some((has_mark, ascii, encoding))
    };
    let kinds = [UTF_16LE, UTF_16BE].into_iter().filter_map(decode);
    kinds.max_by_key(|&(has_mark, ascii, _)| (has_mark, ascii)).map(|(_, _, encoding)| encoding)
}

/// The text of a name or a label, trimmed; `what` names it in the error. Refuses what cannot be decoded, because two
/// labels could become one.
pub(super) fn checked<'a>(cell: &'a [u8], encoding: &'static Encoding, what: &str) -> Result<&'a str> {
    match std::str::from_utf8(cell) {
        Ok(text) if encoding == UTF_8 || !text.contains('\u{fffd}') => Ok(text.trim()),
        _ => {
            let error = Error::new(Code::DataFormat, what).expected(format!("text in {}", encoding.name()));
            let error = error.received(format!("'{}'", shown(cell)));
            Err(error.remedy("name the encoding of the file, such as `encoding: 'windows-1252'`"))
        }
    }
}

/// The first characters of a cell, for a message.
pub(super) fn shown(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).trim().chars().take(40).collect()
}

/// The error of a failed read: the one inside, if this crate made it.
pub(super) fn failed(source: std::io::Error, path: &Path) -> Error {
    match source.get_ref().and_then(|error| error.downcast_ref::<Error>()) {
        Some(error) => error.clone(),
        None => Error::io("read the file", path, &source),
    }
}

/// An input that fails with an [`Error`] of this crate, also when it is longer than the limit.
struct Budget {
    input: Take<Input<'static>>,
    path: PathBuf,
    limit: u64,
}

impl Read for Budget {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = match self.input.read(buffer) {
            Ok(count) => count,
            Err(source) => return Err(std::io::Error::other(self.input.get_ref().failed(&source, "the table"))),
        };
        if self.input.limit() == 0 {
            let total = self.limit.saturating_add(1);
            let error = budget::over(self.path.as_path(), "the table's text", total, self.limit);
            return Err(std::io::Error::other(error));
        }
        Ok(count)
    }
}
