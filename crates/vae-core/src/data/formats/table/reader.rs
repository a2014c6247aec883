//! Reading of the chosen columns, row by row.
use super::cell::is_missing;
use super::columns::Columns;
use super::faults::Fault;
use super::labels::LabelTexts;
use super::opened::OpenTable;
use super::values::Values;
use crate::base::error::Result;
use crate::data::options::OpenOptions;

/// A table with what has been read of it.
pub(super) struct TableReader {
    pub table: OpenTable,
    pub columns: Columns,
    pub values: Values,
    pub labels: LabelTexts,
}

impl TableReader {
    /// Wraps a table.
    ///
    /// # Errors
    /// As for [`Columns::choose`].
    pub(super) fn new(table: OpenTable, options: &OpenOptions) -> Result<Self> {
        let columns = Columns::choose(&table, options)?;
        let values = Values::new(&table, &columns);
        Ok(Self { table, columns, values, labels: LabelTexts::default() })
    }

    /// Appends the values and the label of the current row, or nothing if it has a fault.
    pub(super) fn push(&mut self) -> std::result::Result<(), Fault> {
        let before = self.values.floats.len();
        let read = self.push_parts();
        if read.is_err() {
            self.values.floats.truncate(before);
        }
        read
    }

    fn push_parts(&mut self) -> std::result::Result<(), Fault> {
        let cells = &self.table.rows.cells;
        if let Some(fault) = Fault::of_width(cells, &self.table) {
            return Err(fault);
        }
        for &column in &self.columns.empty {
            let cell = cells.get(column).unwrap_or_default();
            if !is_missing(cell) {
                return Err(Fault::of_empty(column, cell));
            }
        }
        self.values.push(cells)?;
        match self.columns.label {
            Some(label) => self.labels.push(label, cells.get(label).unwrap_or_default()),
            None => Ok(()),
        }
    }

    /// Notes on how the whole table was read.
    pub(super) fn notes(&self, options: &OpenOptions) -> Vec<String> {
        let mut notes = self.table.notes.clone();
        let mark = self.table.dialect.comment.map_or('#', char::from);
        match self.table.rows.comments() {
            _ if options.dialect.comment.is_some() => {}
            0 => {}
            1 => notes.push(format!("1 line beginning with '{mark}' is a comment")),
            n => notes.push(format!("{n} lines beginning with '{mark}' are comments")),
        }
        notes.extend(self.values.notes(options.columns.is_some()));
        notes.extend(self.columns.label.map(|label| self.labels.note(self.table.name(label))));
        notes
    }
}
