//! The numbers of the chosen columns, row by row.
use ::csv::ByteRecord;

use super::cell::{Kind, is_whole, value};
use super::columns::{Columns, quoted};
use super::faults::Fault;
use super::opened::OpenTable;
use crate::data::shape::Shape;
use crate::data::source::Elements;
use crate::data::table_layout::{CellKind, TableColumn};

/// Rows from which a column that counts them is worth a note.
const MIN_COUNTED: usize = 10;

/// Largest row number that a float of 32 bits holds exactly.
const MAX_COUNTED: usize = 1 << 24;

/// The values read so far.
pub(super) struct Values {
    columns: Vec<ValueColumn>,
    decimal: u8,
    pub floats: Vec<f32>,
    /// Number of rows without a fault.
    rows: usize,
    /// True if the first column has been 0, 1, 2 … or 1, 2, 3 … in all rows.
    counts_rows: bool,
}

/// A column of values.
struct ValueColumn {
    index: usize,
    name: String,
    /// The narrowest kind of the cells so far; a column is Boolean from the start or never.
    kind: CellKind,
}

impl Values {
    pub(super) fn new(table: &OpenTable, columns: &Columns) -> Self {
        let column = |&index: &usize| {
            let is_boolean = table.kind(index) == Kind::Boolean;
            let kind = if is_boolean { CellKind::Boolean } else { CellKind::Integer };
            ValueColumn { index, name: table.name(index).to_owned(), kind }
        };
        let columns = columns.values.iter().map(column).collect();
        Self { columns, decimal: table.dialect.decimal, floats: Vec::new(), rows: 0, counts_rows: true }
    }

    /// Number of values of a row.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Appends the numbers of one row; those before a fault must be taken off.
    pub(super) fn push(&mut self, cells: &ByteRecord) -> Result<(), Fault> {
        let start = self.floats.len();
        for column in &mut self.columns {
            let cell = cells.get(column.index).unwrap_or_default();
            let Some(float) = value(cell, column.kind == CellKind::Boolean, self.decimal) else {
                return Err(Fault::of_value(column.index, cell, column.kind, self.decimal));
            };
            if column.kind == CellKind::Integer && !(float.fract() == 0.0 && is_whole(cell)) {
                column.kind = CellKind::Number;
            }
            self.floats.push(float);
        }
        let count = self.floats.get(start).map(|first| first - self.rows as f32);
        self.counts_rows = self.counts_rows && (count == Some(0.0) || count == Some(1.0));
        self.rows += 1;
        Ok(())
    }

    /// The columns for the layout.
    pub(super) fn layout(&self) -> Vec<TableColumn> {
        self.columns.iter().map(|column| TableColumn { name: column.name.clone(), kind: column.kind }).collect()
    }

    /// Notes on how the values were read; `is_chosen` if the options name the columns.
    pub(super) fn notes(&self, is_chosen: bool) -> Vec<String> {
        let mut notes = Vec::new();
        let booleans = self.columns.iter().filter(|column| column.kind == CellKind::Boolean);
        let booleans: Vec<&String> = booleans.map(|column| &column.name).collect();
        if !booleans.is_empty() {
            notes.push(format!("True and False are 1 and 0 in {}", quoted(&booleans)));
        }
        let is_index = self.counts_rows && (MIN_COUNTED..MAX_COUNTED).contains(&self.rows) && self.columns.len() > 1;
        if let Some(first) = self.columns.first().filter(|first| is_index && !is_chosen && first.index == 0) {
            notes.push(format!(
                "column '{}' counts the rows; choose `columns` without it unless it is a feature",
                first.name
            ));
        }
        notes
    }

    /// The values as elements: pixels if they are pictures of whole numbers from 0 to 255, with a note.
    pub(super) fn elements(self, shape: &Shape) -> (Elements, Option<String>) {
        let is_byte = |&value: &f32| (0.0..=255.0).contains(&value) && value.fract() == 0.0;
        if shape.picture().is_none() || !self.floats.iter().all(is_byte) {
            return (Elements::F32(self.floats), None);
        }
        let note = if self.floats.iter().all(|&value| value <= 1.0) {
            "whole numbers 0 and 1 are pixels, off and on"
        } else {
            "whole numbers from 0 to 255 are pixels, value/255"
        };
        let bytes = self.floats.iter().map(|&value| value as u8).collect();
        (Elements::U8(bytes), Some(note.to_owned()))
    }
}
