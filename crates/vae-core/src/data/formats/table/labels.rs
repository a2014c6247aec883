//! Labels of a column: whole numbers as they are, or texts numbered in their natural order.
use std::collections::HashMap;
use std::path::Path;

use super::cell::{integer, number};
use super::faults::Fault;
use super::opened::OpenTable;
use super::text::checked;
use crate::base::cancel_token::CancelToken;
use crate::base::error::{Code, Error, Result};
use crate::data::labels::{LEAVE_OUT, Labels};
use crate::data::options::{DialectOptions, OpenOptions};

/// The labels read so far, numbered in order of appearance.
#[derive(Default)]
pub(super) struct LabelTexts {
    rows: Vec<u32>,
    numbers: HashMap<Box<[u8]>, u32>,
}

impl LabelTexts {
    /// Appends the label of a row.
    pub(super) fn push(&mut self, column: usize, cell: &[u8]) -> std::result::Result<(), Fault> {
        let cell = cell.trim_ascii();
        if cell.is_empty() || cell.contains(&b'\n') {
            return Err(Fault::of_label(column, cell));
        }
        let number = match self.numbers.get(cell) {
            Some(&number) => number,
            None => {
                let next = self.numbers.len() as u32;
                self.numbers.insert(cell.into(), next);
                next
            }
        };
        self.rows.push(number);
        Ok(())
    }

    /// The labels. They are whole numbers if each text is the only way to write its number, or if all have a decimal
    /// sign and no fraction, as in `1.0`; otherwise `01` and `1` differ, and all are texts.
    pub(super) fn finish(self, table: &OpenTable) -> Result<Labels> {
        let mut texts = vec![String::new(); self.numbers.len()];
        for (cell, &number) in &self.numbers {
            let text = checked(cell, table.encoding, "a label").map_err(|error| error.path(&table.path))?;
            if let Some(place) = texts.get_mut(number as usize) {
                text.clone_into(place);
            }
        }
        let all =
            |parse: &dyn Fn(&str) -> Option<i32>| texts.iter().map(|text| parse(text)).collect::<Option<Vec<i32>>>();
        let decimal = table.dialect.decimal;
        let whole = all(&|text| i32::try_from(integer(text.as_bytes())?).ok());
        let numbers = whole.or_else(|| all(&|text| whole_float(text, decimal)).filter(|all| are_distinct(all)));
        let label = |numbers: &[i32], row: &u32| numbers.get(*row as usize).copied().unwrap_or_default();
        if let Some(numbers) = numbers {
            return Ok(Labels::from_numbers(self.rows.iter().map(|row| label(&numbers, row)).collect()));
        }
        let Labels { numbers, names, note } = Labels::from_names(&texts);
        let numbers = self.rows.iter().map(|row| label(&numbers, row)).collect();
        Ok(Labels { numbers, names, note })
    }

    /// A clause about the number of labels in a column.
    pub(super) fn note(&self, name: &str) -> String {
        let n = self.numbers.len();
        format!("column '{name}' holds {n} label{}", if n == 1 { "" } else { "s" })
    }
}

/// Reads the labels of `n` examples from a table of one column, beside an index or not. Their number decides about the
/// header.
///
/// # Errors
/// [`Code::Shape`] for another number of labels, [`Code::DataFormat`] for several columns or a row without a label.
pub(in crate::data) fn labels(path: &Path, n: u64, limit: u64, token: &CancelToken) -> Result<Labels> {
    let read = |header: bool| {
        let dialect = DialectOptions { header: Some(header), ..DialectOptions::default() };
        column(path, &OpenOptions { limit_bytes: limit, dialect, ..OpenOptions::default() }, token)
    };
    let below = read(true)?;
    let found = below.numbers.len() as u64;
    let short = || {
        let error = Error::new(Code::Shape, "every example needs one label").path(path);
        let received = format!("{found} below the first row");
        error.expected(format!("{n} labels, below a header or not")).received(received).remedy(LEAVE_OUT)
    };
    match () {
        () if found == n => Ok(below),
        () if found + 1 == n => {
            // A word above numbers is their name, and no label.
            let all = read(false)?;
            if all.names.is_some() && below.names.is_none() { Err(short()) } else { Ok(all) }
        }
        () => Err(short()),
    }
}

/// The only column of a table, beside an index.
fn column(path: &Path, options: &OpenOptions, token: &CancelToken) -> Result<Labels> {
    let mut table = OpenTable::open(path, options)?;
    let columns: Vec<usize> = table.names.usual().collect();
    let [column] = columns.as_slice() else {
        let error = Error::new(Code::DataFormat, "a file of labels").path(path).expected("one column");
        return Err(error.received(columns.len()));
    };
    let mut texts = LabelTexts::default();
    while table.rows.next()? {
        token.check()?;
        let cell = table.rows.cells.get(*column).unwrap_or_default();
        let fault = texts.push(*column, cell).err().or_else(|| Fault::of_width(&table.rows.cells, &table));
        if let Some(fault) = fault {
            return Err(fault.error(&table, table.rows.line()));
        }
    }
    texts.finish(&table)
}

/// The value of a whole number with a decimal sign or an exponent, without leading zeros.
fn whole_float(text: &str, decimal: u8) -> Option<i32> {
    let digits = text.trim_start_matches('-');
    let is_padded = digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    let is_float = text.contains([char::from(decimal), 'e', 'E']) && !is_padded && !text.starts_with('+');
    let value = number(text.as_bytes(), decimal).filter(|value| is_float && value.fract() == 0.0)?;
    (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&value).then_some(value as i32)
}

fn are_distinct(numbers: &[i32]) -> bool {
    let distinct: std::collections::HashSet<&i32> = numbers.iter().collect();
    distinct.len() == numbers.len()
}
