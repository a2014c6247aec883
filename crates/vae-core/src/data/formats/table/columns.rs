//! The columns of a table: their names, and those that hold examples and labels.
use std::collections::{HashMap, HashSet};

use ::csv::ByteRecord;
use encoding_rs::Encoding;

use super::cell::Kind;
use super::opened::OpenTable;
use super::text::checked;
use crate::base::error::{Code, Error, Result};
use crate::base::suggest::nearest;
use crate::data::options::OpenOptions;

/// Names of all columns.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub names: Vec<String>,
    /// Columns of an index: unnamed ones at the left, or row names.
    pub index: Vec<usize>,
    /// Unnamed columns that are empty.
    pub empty: Vec<usize>,
    /// A clause about names that were changed.
    pub renamed: Option<String>,
}

impl Names {
    /// Positions 1, 2, 3 …; columns of empty cells are known by the sample.
    pub(super) fn numbered(kinds: &[Kind]) -> Self {
        let names = (1..=kinds.len()).map(|number| number.to_string()).collect();
        Self { names, empty: empty(kinds, |_| true), ..Self::default() }
    }

    /// Reads a header above columns of these kinds. Equal names get a number, as in pandas: `a`, `a.1`.
    pub(super) fn from_header(
        header: &ByteRecord,
        has_row_names: bool,
        kinds: &[Kind],
        encoding: &'static Encoding,
    ) -> Result<Self> {
        let row_names = has_row_names.then_some(&b""[..]);
        let cells: Vec<&[u8]> = row_names.into_iter().chain(header.iter()).collect();
        let mut texts = Vec::new();
        for cell in &cells {
            texts.push(unquoted(checked(cell, encoding, "the name of a column")?));
        }
        // Separators may end the header or the rows alone.
        while texts.len() > kinds.len() && texts.last().is_some_and(|text| text.is_empty()) && !kinds.is_empty() {
            texts.pop();
        }
        let missing = kinds.len().saturating_sub(texts.len());
        let is_tail = kinds.iter().rev().take(missing).all(|kind| *kind == Kind::Missing);
        if is_tail {
            texts.extend(std::iter::repeat_n("", missing));
        }
        let is_unnamed = |text: &&&str| text.is_empty() || text.starts_with("Unnamed: ");
        let index: Vec<usize> = (0..texts.iter().take_while(is_unnamed).count()).collect();
        let empty = empty(kinds, |column| texts.get(column).is_some_and(|text| text.is_empty()));
        let index: Vec<usize> = index.into_iter().filter(|column| !empty.contains(column)).collect();
        let name = |(column, text): (usize, &&str)| match text.is_empty() {
            true if index.contains(&column) => format!("Unnamed: {column}"),
            true => (column + 1).to_string(),
            false => (*text).to_owned(),
        };
        let texts: Vec<String> = texts.iter().enumerate().map(name).collect();
        let (names, renamed) = distinct(texts);
        Ok(Self { names, index, empty, renamed })
    }

    /// The columns that hold values unless the options choose others.
    pub(super) fn usual(&self) -> impl Iterator<Item = usize> {
        (0..self.names.len()).filter(|column| !self.index.contains(column) && !self.empty.contains(column))
    }
}

/// The columns to read.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub values: Vec<usize>,
    pub label: Option<usize>,
    /// Columns left out because they were empty so far.
    pub empty: Vec<usize>,
}

impl Columns {
    /// The columns named by the options.
    ///
    /// # Errors
    /// [`Code::Option`] if there is no column of a name, [`Code::DataFormat`] if none is left.
    pub(super) fn choose(table: &OpenTable, options: &OpenOptions) -> Result<Self> {
        let Names { names, empty, .. } = &table.names;
        let find = |option: &str, wanted: &str| match names.iter().position(|name| name == wanted) {
            Some(column) => Ok(column),
            None => {
                let error = Error::option(option).path(&table.path).expected(format!("one of {}", quoted(names)));
                let error = error.received(format!("'{wanted}'"));
                Err(match nearest(wanted, names.iter().map(String::as_str)) {
                    Some(near) => error.remedy(format!("did you mean '{near}'?")),
                    None => error,
                })
            }
        };
        let label = options.label_column.as_deref().map(|name| find("labelColumn", name)).transpose()?;
        let (values, empty) = match &options.columns {
            Some(names) => (names.iter().map(|name| find("columns", name)).collect::<Result<_>>()?, Vec::new()),
            None => (table.names.usual().filter(|column| Some(*column) != label).collect(), empty.clone()),
        };
        if Vec::is_empty(&values) {
            let error = Error::new(Code::DataFormat, "holds no column beside the labels").path(&table.path);
            return Err(error.expected("at least one column of numbers"));
        }
        Ok(Self { values, label, empty })
    }
}

/// The first few names, for a message.
pub(super) fn quoted<T: AsRef<str>>(names: &[T]) -> String {
    let shown: Vec<String> = names.iter().take(12).map(|name| format!("'{}'", name.as_ref())).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    shown.join(", ") + more
}

/// The columns that are empty and fulfil a condition.
fn empty(kinds: &[Kind], is: impl Fn(usize) -> bool) -> Vec<usize> {
    kinds
        .iter()
        .enumerate()
        .filter(|&(column, kind)| *kind == Kind::Missing && is(column))
        .map(|(column, _)| column)
        .collect()
}

/// A name without the quotes that blanks before them had made part of it.
fn unquoted(name: &str) -> &str {
    name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name).trim()
}

/// Renames all but the first of equal names, to names that no other column has.
fn distinct(texts: Vec<String>) -> (Vec<String>, Option<String>) {
    let mut used: HashSet<String> = texts.iter().cloned().collect();
    let mut counts = HashMap::<String, usize>::new();
    let mut renamed = Vec::new();
    let mut names = Vec::new();
    for text in texts {
        let count = counts.entry(text.clone()).or_default();
        let mut name = text.clone();
        while *count > 0 && used.contains(&name) {
            name = format!("{text}.{count}");
            *count += 1;
        }
        if *count == 0 {
            *count = 1;
        } else {
            used.insert(name.clone());
            renamed.push(name.clone());
        }
        names.push(name);
    }
    let note = (!renamed.is_empty()).then(|| format!("names that stand twice get a number: {}", quoted(&renamed)));
    (names, note)
}
