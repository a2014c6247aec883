//! The dialect of a table: the signs between cells, within numbers and before comments. What is not known is found in
//! the first lines.
use super::candidate::{self, Candidate};
use super::sample::Sample;
use crate::base::error::{Error, Result};
use crate::data::options::DialectOptions;

/// The separator that stands for any number of blanks.
pub(super) const BLANK: u8 = b' ';

/// The separators to choose from; the first of equally good ones is taken.
const SEPARATORS: [u8; 5] = [b',', b';', b'\t', b'|', BLANK];

/// The signs of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub separator: u8,
    /// A point or a comma.
    pub decimal: u8,
    /// The first character of comment lines.
    pub comment: Option<u8>,
    pub lines: Lines,
}

/// The lines of a text, for the splitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// They end with `\n` and can be split as they are.
    Plain,
    /// They end with `\r\n` and can be split as they are.
    Returns,
    /// They are prepared by [`Tidy`](super::tidy::Tidy).
    Untidy,
}

impl Dialect {
    /// Finds what the options leave open.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) for a sign that cannot be one, [`Code::DataFormat`](crate::Code::DataFormat)
    /// with the option to set if two dialects are possible.
    pub(super) fn find(sample: &Sample, options: &DialectOptions) -> Result<Self> {
        let given = options.separator.map(|sign| ascii("separator", sign)).transpose()?.or(sample.declared);
        let comment = match options.comment {
            Some(sign) => sign.map(|sign| ascii("comment", sign)).transpose()?,
            None => comment(sample),
        };
        let separators = given.map_or(SEPARATORS.to_vec(), |given| vec![given]);
        let decimals = match options.decimal {
            Some(sign) => vec![ascii("decimal", sign)?],
            None => vec![b'.', b','],
        };
        let mut candidates: Vec<Candidate> = Vec::new();
        for &separator in &separators {
            for &decimal in &decimals {
                let lines = sample.line_kind(separator, comment);
                let dialect = Self { separator, decimal, comment, lines };
                candidates.extend(Candidate::new(sample, dialect));
            }
        }
        candidates.retain(|it| it.width == 1 || given.is_some() || it.has_support());
        let Some(best) = candidate::best(candidates, options.decimal.is_none()) else {
            let separator = given.unwrap_or(b',');
            let decimal = decimals.first().copied().unwrap_or(b'.');
            return Ok(Self { separator, decimal, comment, lines: sample.line_kind(separator, comment) });
        };
        if options.decimal.is_none() {
            best.check_decimal(given.is_none() && !sample.text.contains(&b'"'))?;
        }
        Ok(best.dialect)
    }

    /// Signs that the options left open and that are not the default, one clause each.
    pub(super) fn notes(&self, options: &DialectOptions) -> Vec<String> {
        let mut notes = Vec::new();
        if options.separator.is_none() && self.separator != b',' {
            notes.push(match self.separator {
                BLANK => "cells are separated by blanks".to_owned(),
                b'\t' => "cells are separated by tabs".to_owned(),
                sign => format!("cells are separated by '{}'", char::from(sign)),
            });
        }
        if options.decimal.is_none() && self.decimal == b',' {
            notes.push("the decimal sign is a comma".to_owned());
        }
        notes
    }
}

/// The `#` of the first line, unless it is the name of the first column.
fn comment(sample: &Sample) -> Option<u8> {
    let line = sample.lines(None).next()?;
    let is_name = line.get(1).is_some_and(|next| matches!(next, b',' | b';' | b'\t' | b'|'));
    (line.starts_with(b"#") && !is_name).then_some(b'#')
}

/// A sign as a byte.
fn ascii(option: &str, sign: char) -> Result<u8> {
    let byte = u8::try_from(sign).ok().filter(u8::is_ascii);
    byte.ok_or_else(|| Error::option(option).expected("an ASCII character").received(format!("'{sign}'")))
}
