//! The header of a table: the first row names the columns, or is data.
use ::csv::ByteRecord;

use super::candidate::usual_width;
use super::cell::Kind;
use super::dialect::{BLANK, Dialect};
use super::first_row::FirstRow;
use super::sample::Sample;
use super::text::shown;
use crate::base::error::{Code, Error, Result};
use crate::data::options::OpenOptions;

/// The meaning of the first row.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// True if it names the columns.
    pub is_present: bool,
    /// True if it has one cell less than the rows, whose first cell is a name (R's `write.table`).
    pub has_row_names: bool,
    /// A note on how it was found, if that is no matter of course.
    pub note: Option<String>,
}

impl Header {
    /// Finds the meaning of the first row, or takes it from the option. Columns that the options name make a header of
    /// the row that holds these names.
    ///
    /// # Errors
    /// [`Code::DataFormat`] if it can be both, or does not belong to the rows below.
    pub(super) fn find(sample: &Sample, dialect: &Dialect, options: &OpenOptions) -> Result<Self> {
        let option = options.dialect.header;
        let rows = sample.rows(dialect);
        let (Some(width), [cells, below @ ..]) = (usual_width(&rows), rows.as_slice()) else {
            return Ok(Self { is_present: option.unwrap_or(false), ..Self::default() });
        };
        let first = FirstRow::new(cells, below, width, dialect.decimal);
        let is_present = match option {
            Some(given) => given,
            None if first.holds_name(options) || is_quoted_above(sample, dialect) => true,
            None if below.is_empty() => first.has(Kind::Text),
            None if cells.len() != width => {
                first.has(Kind::Text) || first.progression().is_some() || first.is_monotone_above()
            }
            None if first.has(Kind::Text) || first.has(Kind::Boolean) => first.is_text_header()?,
            None => first.is_number_header()?,
        };
        if is_present && cells.len() < width {
            Self::check_title(&rows, width, dialect)?;
        }
        let note = match is_present {
            _ if option.is_some() => None,
            true => first.has(Kind::Number).then(|| format!("the first row, {}, names the columns", first.ends())),
            false => Some(without_header(width)),
        };
        let is_short = cells.len() + 1 == width && first.columns.last() != Some(&Kind::Missing);
        Ok(Self { is_present, has_row_names: is_present && is_short, note })
    }

    /// Refuses a title above the header.
    fn check_title(rows: &[ByteRecord], width: usize, dialect: &Dialect) -> Result<()> {
        let Some(cells) = rows.first() else { return Ok(()) };
        let second = rows.get(1..).filter(|rest| rest.len() > 1).unwrap_or_default();
        let is_above_header = second.split_first().is_some_and(|(second, below)| {
            let second = FirstRow::new(second, below, width, dialect.decimal);
            second.pairs().any(|(_, kind, below)| (kind, below) == (Kind::Text, Kind::Number))
                && !second.has(Kind::Number)
        });
        // Lines about the table, as instruments write them, are as short as the first one.
        let is_above_lines = rows.get(1).is_some_and(|second| second.len() < width);
        if cells.len() + 1 >= width && !is_above_header && !is_above_lines {
            return Ok(());
        }
        let start = cells.get(0).unwrap_or_default();
        let error = Error::new(Code::DataFormat, format!("the first line, '{}'", shown(start)));
        let error = error.expected(format!("{width} names, as the rows have cells")).received(cells.len());
        Err(match start.trim_ascii().first() {
            Some(mark) if mark.is_ascii_punctuation() && !b"\"+-.".contains(mark) => {
                error.remedy(format!("set `comment: '{}'` if such lines are comments", char::from(*mark)))
            }
            _ => error.remedy("remove what stands before the names"),
        })
    }
}

/// True if all cells of the first line stand in quotes, above numbers that do not.
fn is_quoted_above(sample: &Sample, dialect: &Dialect) -> bool {
    let mut lines = sample.lines(dialect.comment);
    let outside = |line: &[u8]| {
        let mut is_quoted = false;
        let mut outside = line.to_vec();
        outside.retain(|&byte| {
            is_quoted ^= byte == b'"';
            !is_quoted && byte != b'"'
        });
        outside
    };
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else { return false };
    let is_blank = |byte: &u8| *byte == dialect.separator || matches!(byte, b'\t' | &BLANK);
    first.contains(&b'"') && outside(first).iter().all(is_blank) && outside(second).iter().any(u8::is_ascii_digit)
}

/// A clause about the names of a table without a header.
fn without_header(width: usize) -> String {
    match width {
        1 => "there is no header: the column is 1".to_owned(),
        2 | 3 => format!("there is no header: columns are {}", ["1, 2", "1, 2, 3"][width - 2]),
        _ => "there is no header: columns are 1, 2, 3 …".to_owned(),
    }
}
