//! Counts over a whole table: rows that can be read, cells that cannot.
use std::path::Path;

use super::cell::{Kind, is_missing, value};
use super::faults::Fault;
use super::opened::OpenTable;
use super::reader::TableReader;
use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;
use crate::data::options::OpenOptions;

/// Rows read between two checks for cancellation.
pub(super) const ROWS_PER_CHECK: usize = 1024;

/// The usual first characters of comment lines.
const MARKS: &[u8] = b"#%!;/";

/// Counts over a whole table.
pub(super) struct Survey {
    pub reader: TableReader,
    pub rows: usize,
    /// Rows of which everything that the options choose can be read.
    pub readable: usize,
    /// Rows with another number of cells.
    pub ragged: usize,
    /// Cells of each column that hold no number or, in a column of truth values, none of these.
    pub bad: Vec<usize>,
    /// The first character of comment lines, if all rows with a fault begin with the same.
    pub mark: Option<u8>,
    /// The first row with a fault, and its line.
    pub first: Option<(u64, Fault)>,
    /// The first readable row with a value outside [0, 1], from 0, and the value.
    pub outside: Option<(usize, f32)>,
}

impl Survey {
    /// Reads a table to its end, row by row.
    ///
    /// # Errors
    /// As for opening it; faults of rows are counted.
    pub(super) fn take(path: &Path, options: &OpenOptions, token: &CancelToken) -> Result<Self> {
        let reader = TableReader::new(OpenTable::open(path, options)?, options)?;
        let bad = vec![0; reader.table.width()];
        let mut survey = Self { reader, rows: 0, readable: 0, ragged: 0, bad, mark: None, first: None, outside: None };
        while survey.reader.table.rows.next()? {
            if survey.rows.is_multiple_of(ROWS_PER_CHECK) {
                token.check()?;
            }
            survey.count();
        }
        Ok(survey)
    }

    /// Counts the current row.
    fn count(&mut self) {
        let read = self.reader.push();
        let table = &self.reader.table;
        self.rows += 1;
        if table.rows.cells.len() == table.width() {
            for (column, (bad, cell)) in self.bad.iter_mut().zip(table.rows.cells.iter()).enumerate() {
                let is_boolean = table.kind(column) == Kind::Boolean;
                *bad += usize::from(value(cell, is_boolean, table.dialect.decimal).is_none());
            }
        } else {
            self.ragged += 1;
        }
        let Err(fault) = read else {
            let value = self.reader.values.floats.iter().find(|value| !(0.0..=1.0).contains(*value));
            self.outside = self.outside.or(value.map(|&value| (self.readable, value)));
            self.readable += 1;
            self.reader.values.floats.clear();
            return;
        };
        let first = table.rows.cells.as_slice().trim_ascii_start().first().copied();
        let is_mark = |first: &u8| MARKS.contains(first);
        let first = first.filter(is_mark).filter(|_| !table.rows.cells.get(0).is_some_and(is_missing));
        let faults = self.rows - self.readable;
        self.mark = first.filter(|_| faults == 1 || self.mark == first);
        let line = table.rows.line();
        self.first.get_or_insert((line, fault));
    }

    /// Number of rows that cannot be read.
    pub(super) fn faults(&self) -> usize {
        self.rows - self.readable
    }

    /// True if at least half of the cells of a column hold numbers.
    pub(super) fn is_numeric(&self, column: usize) -> bool {
        self.bad.get(column).is_some_and(|&bad| 2 * bad <= self.rows - self.ragged)
    }

    /// The column of a fault, if it is a column of text.
    pub(super) fn text_column(&self, fault: &Fault) -> Option<usize> {
        let is_text = !fault.is_number() && Kind::of(&fault.cell, self.reader.table.dialect.decimal) == Kind::Text;
        let is_value = |column: &usize| self.reader.columns.values.contains(column) && !self.is_numeric(*column);
        fault.column.filter(is_value).filter(|_| is_text)
    }

    /// True if a column holds numbers throughout.
    pub(super) fn is_clean(&self, column: usize) -> bool {
        self.bad.get(column) == Some(&0)
    }

    /// The names of the columns that hold values and fulfil a condition.
    pub(super) fn names(&self, is: impl Fn(usize) -> bool) -> Vec<String> {
        let columns = self.reader.columns.values.iter().filter(|column| is(**column));
        columns.map(|&column| self.reader.table.name(column).to_owned()).collect()
    }
}
