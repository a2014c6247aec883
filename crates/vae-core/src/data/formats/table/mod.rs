//! Tables: one example per row, one number per column, in any dialect of comma-separated values.
mod advice;
mod candidate;
mod cell;
mod columns;
mod describe;
mod dialect;
mod faults;
mod first_row;
mod header;
mod labels;
mod opened;
mod reader;
mod rows;
mod sample;
mod survey;
mod text;
mod tidy;
mod values;

use std::path::Path;

pub(in crate::data) use labels::labels;

use crate::base::cancel_token::CancelToken;
use crate::base::error::{Code, Error, Result};
use crate::data::budget;
use crate::data::description::Description;
use crate::data::formats::{FileRole, Format, Opened};
use crate::data::options::{FormatOption, OnError, OpenOptions};
use crate::data::shape::Shape;
use crate::data::source::{Elements, Skipped, Source};
use crate::data::table_layout::TableLayout;

use opened::OpenTable;
use reader::TableReader;
use survey::{ROWS_PER_CHECK, Survey};

/// A table, plain or gzip.
pub(super) struct Table;

impl Format for Table {
    fn words(&self) -> &'static str {
        "a table"
    }

    fn names(&self) -> &'static [&'static str] {
        &[".csv"]
    }

    fn is_file(&self, start: &[u8]) -> bool {
        text::is_text(start)
    }

    /// Decides by the extension, as any note is text.
    fn role(&self, path: &Path) -> FileRole {
        let is_table = path.extension().is_some_and(|it| it == "csv" || it == "tsv");
        if is_table { FileRole::DataSet } else { FileRole::Other }
    }

    fn options(&self) -> &'static [FormatOption] {
        &[
            FormatOption::Columns,
            FormatOption::LabelColumn,
            FormatOption::Header,
            FormatOption::Separator,
            FormatOption::Decimal,
            FormatOption::Comment,
            FormatOption::Encoding,
            FormatOption::Shape,
            FormatOption::Transpose,
            FormatOption::OnError,
        ]
    }

    fn open(&self, path: &Path, _: bool, options: &OpenOptions, token: &CancelToken) -> Result<Opened> {
        Ok(examples(path, options, token)?.into())
    }

    /// Lists the columns, and describes the examples in those that can be read.
    fn describe(&self, path: &Path, token: &CancelToken) -> Result<Description> {
        describe::describe(path, token)
    }
}

/// Reads a table. Cells must be finite numbers; with `onError: 'skip'` other rows are left out and listed.
fn examples(path: &Path, options: &OpenOptions, token: &CancelToken) -> Result<Source> {
    let mut reader = TableReader::new(OpenTable::open(path, options)?, options)?;
    let width = reader.values.width();
    let shape = shape(options.shape.as_ref(), width).map_err(|error| error.path(path))?;
    let mut skipped = Vec::new();
    let mut rows = 0_usize;
    while reader.table.rows.next()? {
        if rows.is_multiple_of(ROWS_PER_CHECK) {
            token.check()?;
        }
        rows += 1;
        if reader.values.floats.try_reserve(width).is_err() {
            return Err(Error::new(Code::Memory, "the table does not fit into memory").path(path));
        }
        if let Err(fault) = reader.push() {
            if options.on_error == OnError::Throw {
                return Err(advice::explain(path, options, token));
            }
            let line = reader.table.rows.line();
            skipped.push(Skipped { path: format!("line {line}"), reason: fault.reason(&reader.table) });
        }
        budget::bytes(path, &[reader.values.floats.len() as u64], size_of::<f32>() as u64, options.limit_bytes)?;
    }
    if reader.values.floats.is_empty() {
        return Err(no_examples(path, skipped.len(), options, token));
    }
    let mut notes = reader.notes(options);
    let TableReader { table, columns, values, labels } = reader;
    let layout = TableLayout {
        columns: values.layout(),
        header: table.has_header,
        separator: char::from(table.dialect.separator),
        decimal: char::from(table.dialect.decimal),
    };
    let (elements, note) = match &options.shape {
        Some(shape) => values.elements(shape),
        None => (Elements::F32(values.floats), None),
    };
    notes.extend(note);
    let mut source = Source::new(elements, shape, &options.preprocessing);
    source.transpose = options.transpose;
    source.origin = Some(path.display().to_string());
    (source.skipped, source.notes, source.table) = (skipped, notes, Some(layout));
    if columns.label.is_some() {
        labels.finish(&table)?.put(&mut source);
    }
    Ok(source)
}

/// The shape of an example of `width` values: a vector, unless the options arrange them.
fn shape(option: Option<&Shape>, width: usize) -> Result<Shape> {
    match option {
        None => Shape::new(vec![width]),
        Some(shape) if shape.size() == width => Ok(shape.clone()),
        Some(shape) => {
            let error = Error::option("shape").expected(format!("a shape of {width} values, as each row has"));
            Err(error.received(format!("{shape}, which has {}", shape.size())))
        }
    }
}

/// The error for a table without rows, or without one that can be read.
fn no_examples(path: &Path, skipped: usize, options: &OpenOptions, token: &CancelToken) -> Error {
    let error = Error::new(Code::DataFormat, "holds no examples").path(path).expected("rows of numbers");
    if skipped == 0 {
        return error.received("a header alone");
    }
    let error = error.received(format!("{skipped} row{} that cannot be read", if skipped == 1 { "" } else { "s" }));
    let survey = Survey::take(path, options, token);
    match survey.and_then(|survey| advice::find(&survey, path, options, token)) {
        Ok(Some(advice)) => error.remedy(advice.text),
        _ => error,
    }
}
