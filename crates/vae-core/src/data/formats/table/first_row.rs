//! The first row of a table compared with the rows below: names above values, or values like them.
use ::csv::ByteRecord;

use super::cell::{Kind, integer, is_whole, number};
use super::text::shown;
use crate::base::error::{Code, Error, Result};
use crate::data::options::OpenOptions;

/// Numbers in a strictly monotone row that make it a header over rows that are not monotone: wavelengths, years.
const MONOTONE: usize = 8;

/// Numbers in a row 0, 1, 2 … that make it a header in any case.
const COUNTED: usize = 10;

/// The first row above the others.
pub(super) struct FirstRow<'a> {
    cells: &'a ByteRecord,
    below: Vec<&'a ByteRecord>,
    decimal: u8,
    kinds: Vec<Kind>,
    /// The kind of most cells below; text if there are several kinds.
    pub columns: Vec<Kind>,
}

impl<'a> FirstRow<'a> {
    pub(super) fn new(cells: &'a ByteRecord, below: &'a [ByteRecord], width: usize, decimal: u8) -> Self {
        let below: Vec<&ByteRecord> = below.iter().filter(|row| row.len() == width).collect();
        let kinds = cells.iter().map(|cell| Kind::of(cell, decimal)).collect();
        let column = |column: usize| column_kind(below.iter().filter_map(|row| row.get(column)), decimal);
        let columns = (0..width).map(column).collect();
        Self { cells, below, decimal, kinds, columns }
    }

    /// True if a cell is of this kind.
    pub(super) fn has(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// The kinds of a cell and of those below it.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, Kind, Kind)> {
        self.kinds.iter().zip(&self.columns).enumerate().map(|(column, (&kind, &below))| (column, kind, below))
    }

    /// True if a row with words names the columns; false if it is like the rows below.
    pub(super) fn is_text_header(&self) -> Result<bool> {
        let is_word = |kind: Kind| matches!(kind, Kind::Text | Kind::Boolean);
        let words = || self.pairs().filter(move |&(_, kind, _)| is_word(kind));
        let is_alike =
            |kind, below| matches!((kind, below), (Kind::Boolean, Kind::Boolean) | (_, Kind::Text | Kind::Missing));
        if !words().all(|(_, kind, below)| is_alike(kind, below)) {
            return Ok(true);
        }
        let repeats = |column: usize| {
            let cell = self.cells.get(column);
            self.below.iter().any(|row| row.get(column) == cell)
        };
        if words().any(|(column, kind, _)| kind == Kind::Boolean || repeats(column)) {
            return Ok(false);
        }
        let numbers = self.numbers();
        if numbers.is_empty() || self.progression().is_some() || self.is_monotone_above() {
            return Ok(true);
        }
        if numbers.iter().any(|(_, number)| number.fract() != 0.0) {
            return Ok(false);
        }
        Err(self.question())
    }

    /// True if a row without words names the columns.
    pub(super) fn is_number_header(&self) -> Result<bool> {
        // Above an index, pandas leaves the first name empty.
        let is_corner = self.cells.get(0).is_some_and(|cell| cell.trim_ascii().is_empty());
        let is_missing = |&(_, kind, below): &(usize, Kind, Kind)| kind == Kind::Missing && below != Kind::Missing;
        if self.pairs().skip(usize::from(is_corner)).any(|pair| is_missing(&pair)) {
            return Ok(false);
        }
        let below = || self.below.iter().flat_map(|row| row.iter());
        let is_decimal = |cell: &[u8]| Kind::of(cell, self.decimal) == Kind::Number && !is_whole(cell);
        let n = self.numbers().len();
        if is_corner && n > 0 && self.columns.first() != Some(&Kind::Missing) {
            let index: Vec<&[u8]> = self.below.iter().filter_map(|row| row.get(0)).collect();
            let is_index = self.columns.first() == Some(&Kind::Text) || counts(&index, self.decimal);
            let is_named = self.is_monotone_above() || n >= 2 && self.progression().is_some();
            let is_whole = self.numbers().iter().all(|(cell, _)| is_whole(cell));
            return match () {
                () if is_named || is_index && is_whole => Ok(true),
                () if is_index => Err(self.question()),
                () => Ok(false),
            };
        }
        let Some(start) = self.progression() else {
            return Ok(self.is_monotone_above());
        };
        if self.below.iter().all(|row| is_consecutive(&numbers(row, self.decimal))) {
            return Ok(false);
        }
        match () {
            () if n >= COUNTED || n >= 3 && below().any(is_decimal) => Ok(true),
            () if n >= 2 && below().all(is_decimal) && start == 0 => Ok(true),
            () if n >= 3 || n == 2 && start == 0 => Err(self.question()),
            () => Ok(false),
        }
    }

    /// The numbers of the row.
    fn numbers(&self) -> Vec<(&'a [u8], f64)> {
        numbers(self.cells, self.decimal)
    }

    /// The start of a row that counts its columns from 0 or 1.
    pub(super) fn progression(&self) -> Option<i64> {
        let numbers = self.numbers();
        let start = integer(numbers.first()?.0).filter(|start| (0..=1).contains(start))?;
        is_consecutive(&numbers).then_some(start)
    }

    /// True if the row is strictly monotone and no row below is.
    pub(super) fn is_monotone_above(&self) -> bool {
        let numbers_of = |row: &&ByteRecord| is_monotone(&numbers(row, self.decimal));
        self.numbers().len() >= MONOTONE && is_monotone(&self.numbers()) && !self.below.iter().any(numbers_of)
    }

    /// The first and the last name: "0 … 11".
    pub(super) fn ends(&self) -> String {
        let names: Vec<String> = self.cells.iter().map(shown).filter(|name| !name.is_empty()).collect();
        match names.as_slice() {
            [first, .., last] => format!("{first} … {last}"),
            names => names.concat(),
        }
    }

    /// The error that asks for the option.
    fn question(&self) -> Error {
        let cells: Vec<String> = self.cells.iter().take(4).map(shown).collect();
        let more = if self.cells.len() > 4 { " …" } else { "" };
        let what = format!("the first row, {}{more}, can name the columns or be data", cells.join(", "));
        Error::new(Code::DataFormat, what).remedy("set `header: true` if it names them, or `header: false`")
    }

    /// True if the options name a column by a cell of this row that is no position.
    pub(super) fn holds_name(&self, options: &OpenOptions) -> bool {
        let mut names = options.columns.iter().flatten().chain(&options.label_column);
        let is_position = |name: &str| name.parse().is_ok_and(|position| (1..=self.columns.len()).contains(&position));
        let is_cell = |name: &str| self.cells.iter().any(|cell| cell.trim_ascii() == name.as_bytes());
        names.any(|name| !is_position(name) && is_cell(name))
    }
}

/// The kind of a column: that of all its cells, missing ones aside; numbers if most are.
pub(super) fn column_kind<'a>(cells: impl Iterator<Item = &'a [u8]>, decimal: u8) -> Kind {
    let (mut numbers, mut booleans, mut texts) = (0, 0, 0);
    for cell in cells {
        match Kind::of(cell, decimal) {
            Kind::Number => numbers += 1,
            Kind::Boolean => booleans += 1,
            Kind::Text => texts += 1,
            Kind::Missing => {}
        }
    }
    match (numbers, booleans, texts) {
        (0, 0, 0) => Kind::Missing,
        _ if numbers > booleans + texts => Kind::Number,
        _ if booleans > numbers + texts => Kind::Boolean,
        _ => Kind::Text,
    }
}

/// The cells of a row that hold finite numbers.
fn numbers(row: &ByteRecord, decimal: u8) -> Vec<(&[u8], f64)> {
    let number = |cell| Some((cell, number(cell, decimal).filter(|number| number.is_finite())?));
    row.iter().filter_map(number).collect()
}

/// True if a column counts its rows.
fn counts(cells: &[&[u8]], decimal: u8) -> bool {
    let numbers: Option<Vec<_>> = cells.iter().map(|&cell| Some((cell, number(cell, decimal)?))).collect();
    numbers.is_some_and(|numbers| is_consecutive(&numbers))
}

/// True for whole numbers that grow by 1.
fn is_consecutive(numbers: &[(&[u8], f64)]) -> bool {
    let whole: Option<Vec<i64>> = numbers.iter().map(|(cell, _)| integer(cell)).collect();
    whole.is_some_and(|whole| whole.windows(2).all(|pair| matches!(pair, [a, b] if a.checked_add(1) == Some(*b))))
}

/// True if each number is above the one before, or each below.
fn is_monotone(numbers: &[(&[u8], f64)]) -> bool {
    let ordered =
        |is: fn(&f64, &f64) -> bool| numbers.windows(2).all(|pair| matches!(pair, [(_, a), (_, b)] if is(a, b)));
    ordered(f64::lt) || ordered(f64::gt)
}
