//! A row that cannot be used.
use ::csv::ByteRecord;

use super::cell::{is_missing, number};
use super::opened::OpenTable;
use super::text::shown;
use crate::base::error::{Code, Error};
use crate::data::table_layout::CellKind;

/// The first reason why a row cannot be used.
#[derive(Debug)]
pub(super) struct Fault {
    /// The column; `None` if the row as a whole is at fault.
    pub column: Option<usize>,
    /// The cell's text.
    pub cell: Vec<u8>,
    expected: String,
    received: String,
}

impl Fault {
    /// The fault of a row with another number of cells than the table.
    pub(super) fn of_width(cells: &ByteRecord, table: &OpenTable) -> Option<Self> {
        let width = table.width();
        let by = if table.has_header { "as in the header" } else { "as in most rows" };
        let plural = if width == 1 { "" } else { "s" };
        let expected = format!("{width} cell{plural}, {by}");
        let received = cells.len().to_string();
        (cells.len() != width).then_some(Self { column: None, cell: Vec::new(), expected, received })
    }

    /// The fault of a cell that holds no value of its column's kind.
    pub(super) fn of_value(column: usize, cell: &[u8], kind: CellKind, decimal: u8) -> Self {
        let other = if decimal == b',' { b'.' } else { b',' };
        let expected = match kind {
            CellKind::Boolean => "True or False",
            _ if is_missing(cell) => "a number",
            _ if number(cell, decimal).is_some() => "a finite number of 32 bits",
            _ if number(cell, other).is_some() && decimal == b',' => "a number with a decimal comma",
            _ if number(cell, other).is_some() => "a number with a decimal point",
            _ => "a number",
        };
        Self::of_cell(column, cell, expected)
    }

    /// True if the cell is a number with one decimal sign or the other.
    pub(super) fn is_number(&self) -> bool {
        [b'.', b','].iter().any(|&decimal| number(&self.cell, decimal).is_some())
    }

    /// The fault of a cell without a label.
    pub(super) fn of_label(column: usize, cell: &[u8]) -> Self {
        let has_breaks = cell.contains(&b'\n');
        Self::of_cell(column, cell, if has_breaks { "a label in one line" } else { "a label" })
    }

    /// The fault of a value in a column that is left out because it was empty.
    pub(super) fn of_empty(column: usize, cell: &[u8]) -> Self {
        Self::of_cell(column, cell, "an empty cell, as in the first rows")
    }

    fn of_cell(column: usize, cell: &[u8], expected: &str) -> Self {
        let text = shown(cell);
        let received = match () {
            () if text.is_empty() => "a missing value".to_owned(),
            () if is_missing(cell) => format!("a missing value ('{text}')"),
            () => format!("'{text}'"),
        };
        Self { column: Some(column), cell: cell.to_vec(), expected: expected.to_owned(), received }
    }

    /// The error for the row at this line, without a remedy.
    pub(super) fn error(&self, table: &OpenTable, line: u64) -> Error {
        let what = match self.column {
            Some(column) => format!("line {line}, column '{}'", table.name(column)),
            None => format!("line {line}"),
        };
        let error = Error::new(Code::DataFormat, what).path(&table.path);
        error.expected(&self.expected).received(&self.received)
    }

    /// The reason for the list of rows left out.
    pub(super) fn reason(&self, table: &OpenTable) -> String {
        let place = self.column.map_or(String::new(), |column| format!("column '{}': ", table.name(column)));
        format!("{place}expected {}, got {}", self.expected, self.received)
    }
}
