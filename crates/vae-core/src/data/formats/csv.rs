//! Tables: one example per row, one number per column; a header names the columns, unless the first row is all numbers.
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use ::csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder, Trim};

use crate::base::cancel_token::CancelToken;
use crate::base::error::{Code, Error, Result};
use crate::base::suggest::nearest;
use crate::data::budget;
use crate::data::description::{Column, Description};
use crate::data::formats::{FileRole, Format, Opened};
use crate::data::input::Input;
use crate::data::natural::natural;
use crate::data::options::{FormatOption, OnError, OpenOptions};
use crate::data::shape::Shape;
use crate::data::source::{Elements, Skipped, Source};

/// Rows read between two checks for cancellation.
const ROWS_PER_CHECK: usize = 1024;

/// A table, plain or gzip, separated by commas, semicolons or tabs.
pub(super) struct Table;

impl Format for Table {
    fn words(&self) -> &'static str {
        "a table"
    }

    fn names(&self) -> &'static [&'static str] {
        &[".csv"]
    }

    /// True if a text can begin with these bytes, non-ASCII letters included; a table has no control characters.
    fn is_file(&self, start: &[u8]) -> bool {
        start.iter().all(|&byte| byte >= b' ' && byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r'))
    }

    /// Decides by the extension, as any note is text.
    fn role(&self, path: &Path) -> FileRole {
        let is_table = path.extension().is_some_and(|it| it == "csv" || it == "tsv");
        if is_table { FileRole::DataSet } else { FileRole::Other }
    }

    fn options(&self) -> &'static [FormatOption] {
        &[FormatOption::Columns, FormatOption::LabelColumn, FormatOption::OnError]
    }

    fn open(&self, path: &Path, _: bool, options: &OpenOptions, token: &CancelToken) -> Result<Opened> {
        Ok(examples(path, options, token)?.into())
    }

    /// Lists the columns, and describes the examples in the numeric ones.
    fn describe(&self, path: &Path, token: &CancelToken) -> Result<Description> {
        let columns = count(path, token)?;
        let numbers = columns.iter().filter(|column| column.not_numbers == 0);
        let numbers: Vec<String> = numbers.map(|column| column.name.clone()).collect();
        if numbers.is_empty() {
            let suggestion = "No column holds only numbers: set `onError: 'skip'` to leave rows out.".to_owned();
            return Ok(Description { columns, suggestion, ..Description::default() });
        }
        let is_all = numbers.len() == columns.len();
        let options = OpenOptions { columns: Some(numbers), on_error: OnError::Throw, ..OpenOptions::default() };
        let mut description = self.describe_opened(path, &options, token)?;
        if !is_all {
            description.suggestion += " Choose `columns`: some are not all numbers.";
        }
        Ok(Description { columns, ..description })
    }
}

/// The columns of a table, with the count of cells that are not numbers.
fn count(path: &Path, token: &CancelToken) -> Result<Vec<Column>> {
    let mut table = Text::open(path, OpenOptions::default().limit_bytes)?;
    let mut not_numbers = vec![0; table.names.len()];
    while let Some(row) = table.next()? {
        token.check()?;
        for (column, count) in not_numbers.iter_mut().enumerate() {
            *count += usize::from(!row.number(column).is_some_and(f64::is_finite));
        }
    }
    let columns = table.names.iter().zip(not_numbers);
    Ok(columns.map(|(name, not_numbers)| Column { name: name.clone(), not_numbers }).collect())
}

/// Reads a table. Cells must be finite numbers; with `onError: 'skip'` other rows are left out and listed. Labels may
/// be integers, or texts, which are numbered in their natural order.
fn examples(path: &Path, options: &OpenOptions, token: &CancelToken) -> Result<Source> {
    let mut table = Text::open(path, options.limit_bytes)?;
    let columns = CsvColumns::choose(&table, options)?;
    let mut floats: Vec<f32> = Vec::new();
    let mut labels = Labels::default();
    let mut skipped = Vec::new();
    let mut rows = 0;
    while let Some(row) = table.next()? {
        if rows % ROWS_PER_CHECK == 0 {
            token.check()?;
        }
        rows += 1;
        let before = floats.len();
        if floats.try_reserve(columns.values.len()).is_err() {
            return Err(Error::new(Code::Memory, "the table does not fit into memory").path(path));
        }
        let read = columns.read(&table, &row, &mut floats).and_then(|()| match columns.label {
            Some(label) => labels.push(&table, &row, label),
            None => Ok(()),
        });
        if let Err(fault) = read {
            if options.on_error == OnError::Throw {
                return Err(fault.error(row.line).path(path).remedy(columns.remedy(&table, &row)));
            }
            floats.truncate(before);
            skipped.push(Skipped { path: format!("line {}", row.line), reason: fault.reason() });
        }
        budget::bytes(path, &[floats.len() as u64], size_of::<f32>() as u64, options.limit_bytes)?;
    }
    if floats.is_empty() {
        let error = Error::new(Code::DataFormat, "holds no examples").path(path);
        return Err(error.expected("rows of numbers").received(match skipped.len() {
            0 => "a header alone".to_owned(),
            n => format!("{n} rows that cannot be read"),
        }));
    }
    let shape = Shape::new(vec![columns.values.len()]).map_err(|error| error.path(path))?;
    let mut source = Source::new(Elements::F32(floats), shape, &options.preprocessing);
    source.origin = Some(path.display().to_string());
    source.skipped = skipped;
    if columns.label.is_some() {
        let (labels, names) = labels.finish();
        (source.labels, source.label_names) = (Some(labels), names);
    }
    Ok(source)
}

/// A table being read row by row.
struct Text {
    reader: Reader<BufReader<std::io::Take<Input<'static>>>>,
    path: std::path::PathBuf,
    limit: u64,
    /// Names of the columns: from the header, else 1, 2, 3 …
    names: Vec<String>,
    /// The first row, if it was not a header.
    first: Option<Row>,
}

/// A row and its first line.
struct Row {
    cells: ByteRecord,
    line: u64,
}

impl Row {
    /// The text of a cell; empty if the row is shorter.
    fn cell(&self, column: usize) -> String {
        String::from_utf8_lossy(self.cells.get(column).unwrap_or_default()).into_owned()
    }

    /// The number in a cell, finite or not.
    fn number(&self, column: usize) -> Option<f64> {
        std::str::from_utf8(self.cells.get(column)?).ok()?.parse().ok()
    }
}

impl Text {
    /// Opens the file, detects the separator, and reads the header.
    fn open(path: &Path, limit: u64) -> Result<Self> {
        let mut text = BufReader::with_capacity(1 << 16, Input::open(path)?.take(limit));
        let start = text.fill_buf().map_err(|source| Error::io("read the file", path, &source))?;
        let line = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let count = |separator: &u8| line.iter().filter(|byte| *byte == separator).count();
        // The last of equals wins, so a table of one column counts as comma-separated.
        let separator = [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',');
        let mut reader = ReaderBuilder::new();
        let reader = reader.has_headers(false).delimiter(separator).trim(Trim::All).from_reader(text);
        let mut table = Self { reader, path: path.to_path_buf(), limit, names: Vec::new(), first: None };
        let Some(first) = table.next()? else {
            return Err(Error::new(Code::DataFormat, "the table is empty").path(path));
        };
        let columns = first.cells.len();
        if (0..columns).all(|column| first.number(column).is_some()) {
            table.names = (1..=columns).map(|number| number.to_string()).collect();
            table.first = Some(first);
        } else {
            table.names = (0..columns).map(|column| first.cell(column)).collect();
        }
        Ok(table)
    }

    /// The next row; `None` at the end.
    fn next(&mut self) -> Result<Option<Row>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let mut cells = ByteRecord::new();
        let is_row = self.reader.read_byte_record(&mut cells).map_err(|error| self.failed(error))?;
        if !is_row && self.reader.get_ref().get_ref().limit() == 0 {
            return Err(budget::over(
                self.path.as_path(),
                "the table's text",
                self.limit.saturating_add(1),
                self.limit,
            ));
        }
        let line = cells.position().map_or(0, ::csv::Position::line);
        Ok(is_row.then_some(Row { cells, line }))
    }

    fn failed(&self, error: ::csv::Error) -> Error {
        let text = error.to_string();
        match error.into_kind() {
            ErrorKind::UnequalLengths { pos, expected_len, len } => {
                let line = pos.map_or(0, |position| position.line());
                let error = Error::new(Code::DataFormat, format!("line {line}")).path(&self.path);
                error.expected(format!("{expected_len} cells, as in the first line")).received(len)
            }
            ErrorKind::Io(source) => self.reader.get_ref().get_ref().get_ref().failed(&source, "the table"),
            _ => Error::new(Code::DataFormat, text).path(&self.path),
        }
    }
}

/// The columns to read.
struct CsvColumns {
    values: Vec<usize>,
    label: Option<usize>,
    /// True if the columns were named by an option.
    is_chosen: bool,
}

impl CsvColumns {
    fn choose(table: &Text, options: &OpenOptions) -> Result<Self> {
        let find = |option: &str, wanted: &str| {
            let mut found = table.names.iter().enumerate().filter(|(_, name)| *name == wanted);
            let error = Error::option(option).path(&table.path);
            match (found.next(), found.next()) {
                (Some((column, _)), None) => Ok(column),
                (Some(_), Some(_)) => Err(error.received(format!("'{wanted}', the name of several columns"))),
                (None, _) => {
                    let error =
                        error.expected(format!("one of {}", quoted(&table.names))).received(format!("'{wanted}'"));
                    Err(match nearest(wanted, table.names.iter().map(String::as_str)) {
                        Some(near) => error.remedy(format!("did you mean '{near}'?")),
                        None => error,
                    })
                }
            }
        };
        let label = options.label_column.as_deref().map(|name| find("labelColumn", name)).transpose()?;
        let values: Vec<usize> = match &options.columns {
            Some(names) => names.iter().map(|name| find("columns", name)).collect::<Result<_>>()?,
            None => (0..table.names.len()).filter(|column| Some(*column) != label).collect(),
        };
        if values.is_empty() {
            let error = Error::new(Code::DataFormat, "holds no column beside the labels").path(&table.path);
            return Err(error.expected("at least one column of numbers"));
        }
        Ok(Self { values, label, is_chosen: options.columns.is_some() })
    }

    /// Appends the numbers of one row.
    fn read(&self, table: &Text, row: &Row, floats: &mut Vec<f32>) -> std::result::Result<(), Fault> {
        for &column in &self.values {
            match row.number(column).map(|number| number as f32) {
                Some(number) if number.is_finite() => floats.push(number),
                Some(_) => return Err(Fault::new(table, row, column, "a finite number of 32 bits")),
                None => return Err(Fault::new(table, row, column, "a number")),
            }
        }
        Ok(())
    }

    /// The remedy for a bad cell: other columns if this one is text, else skipping the row.
    fn remedy(&self, table: &Text, row: &Row) -> String {
        let is_number = |column: &&usize| row.number(**column).is_some();
        let numbers: Vec<String> = self.values.iter().filter(is_number).map(|&i| table.names[i].clone()).collect();
        if self.is_chosen || numbers.is_empty() || numbers.len() == self.values.len() {
            return "set `onError: 'skip'` to leave such rows out".to_owned();
        }
        format!("choose `columns` among {}, or set `onError: 'skip'`", quoted(&numbers))
    }
}

/// The labels read so far, numbered in order of appearance.
#[derive(Default)]
struct Labels {
    rows: Vec<usize>,
    numbers: BTreeMap<String, usize>,
}

impl Labels {
    fn push(&mut self, table: &Text, row: &Row, column: usize) -> std::result::Result<(), Fault> {
        let text = row.cell(column);
        if text.is_empty() {
            return Err(Fault::new(table, row, column, "a label"));
        }
        let next = self.numbers.len();
        self.rows.push(*self.numbers.entry(text).or_insert(next));
        Ok(())
    }

    /// The labels, and their names unless all are integers.
    fn finish(self) -> (Vec<i32>, Option<Vec<String>>) {
        let mut texts = vec![String::new(); self.numbers.len()];
        self.numbers.into_iter().for_each(|(text, number)| texts[number] = text);
        let integers: Option<Vec<i32>> = texts.iter().map(|text| text.parse().ok()).collect();
        if let Some(integers) = integers {
            return (self.rows.iter().map(|&number| integers[number]).collect(), None);
        }
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by(|&a, &b| natural(&texts[a], &texts[b]));
        let mut place = vec![0i32; texts.len()];
        order.iter().enumerate().for_each(|(label, &number)| place[number] = label as i32);
        let labels = self.rows.iter().map(|&number| place[number]).collect();
        (labels, Some(order.iter().map(|&number| std::mem::take(&mut texts[number])).collect()))
    }
}

/// A cell that cannot be used.
struct Fault {
    column: String,
    expected: &'static str,
    received: String,
}

impl Fault {
    fn new(table: &Text, row: &Row, column: usize, expected: &'static str) -> Self {
        let cell: String = row.cell(column).chars().take(40).collect();
        let received = if cell.is_empty() { "an empty cell".to_owned() } else { format!("'{cell}'") };
        Self { column: table.names[column].clone(), expected, received }
    }

    fn error(self, line: u64) -> Error {
        let error = Error::new(Code::DataFormat, format!("line {line}, column '{}'", self.column));
        error.expected(self.expected).received(self.received)
    }

    fn reason(&self) -> String {
        format!("column '{}': expected {}, got {}", self.column, self.expected, self.received)
    }
}

/// The first few names, for a message.
fn quoted(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(12).map(|name| format!("'{name}'")).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    shown.join(", ") + more
}
