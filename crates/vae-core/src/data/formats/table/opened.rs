//! A table whose dialect, header and names are known.
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use ::csv::ByteRecord;
use encoding_rs::{Encoding, UTF_8};

use super::candidate::usual_width;
use super::cell::Kind;
use super::columns::{Names, quoted};
use super::dialect::Dialect;
use super::first_row::column_kind;
use super::header::Header;
use super::rows::Rows;
use super::sample::Sample;
use super::text::{Text, failed};
use crate::base::error::{Code, Error, Result};
use crate::data::options::OpenOptions;

/// A table, positioned before its first row of data.
pub(super) struct OpenTable {
    pub path: PathBuf,
    pub encoding: &'static Encoding,
    pub dialect: Dialect,
    /// True if the first row names the columns.
    pub has_header: bool,
    pub names: Names,
    /// The kinds of the columns, as far as the first rows show.
    pub kinds: Vec<Kind>,
    pub rows: Rows,
    /// Notes on how it was read.
    pub notes: Vec<String>,
}

impl OpenTable {
    /// Opens a file and finds what the options leave open.
    ///
    /// # Errors
    /// [`Code::DataFormat`] if there are no rows, or several readings are possible; errors of reading.
    pub(super) fn open(path: &Path, options: &OpenOptions) -> Result<Self> {
        let Text { mut reader, encoding } = Text::open(path, options.dialect.encoding.as_deref(), options.limit_bytes)?;
        let sample = Sample::read(&mut reader).map_err(|source| failed(source, path))?;
        let dialect = Dialect::find(&sample, &options.dialect).map_err(|error| error.path(path))?;
        let header = Header::find(&sample, &dialect, options).map_err(|error| error.path(path))?;
        let kinds = kinds(&sample.rows(&dialect), header.is_present, dialect.decimal);
        let lines_before = u64::from(sample.declared.is_some());
        let mut rows = Rows::new(Cursor::new(sample.text).chain(reader), &dialect, lines_before, path);
        let names = if header.is_present {
            if !rows.next()? {
                return Err(empty(path));
            }
            Names::from_header(&rows.cells, header.has_row_names, &kinds, encoding).map_err(|error| error.path(path))?
        } else if kinds.is_empty() {
            // Nothing is complete: the table is empty, or its first cell never ends.
            rows.next()?;
            return Err(empty(path));
        } else {
            Names::numbered(&kinds)
        };
        let mut notes = Vec::new();
        let given = options.dialect.encoding.as_ref().and_then(|label| Encoding::for_label(label.as_bytes()));
        if encoding != given.unwrap_or(UTF_8) {
            notes.push(format!("the text is {}", encoding.name()));
        }
        notes.extend(dialect.notes(&options.dialect));
        notes.extend(header.note);
        notes.extend(names.notes(options.columns.is_some()));
        let path = path.to_path_buf();
        Ok(Self { path, encoding, dialect, has_header: header.is_present, names, kinds, rows, notes })
    }

    /// The kind of a column.
    pub(super) fn kind(&self, column: usize) -> Kind {
        self.kinds.get(column).copied().unwrap_or(Kind::Missing)
    }

    /// Number of cells of a row.
    pub(super) fn width(&self) -> usize {
        self.names.names.len()
    }

    /// The name of a column.
    pub(super) fn name(&self, column: usize) -> &str {
        self.names.names.get(column).map_or("", String::as_str)
    }
}

impl Names {
    /// Notes on the names: new names, and columns left out.
    fn notes(&self, is_chosen: bool) -> Vec<String> {
        let mut notes = self.renamed.iter().cloned().collect::<Vec<_>>();
        let names = |columns: &[usize]| {
            let names: Vec<&String> = columns.iter().filter_map(|&column| self.names.get(column)).collect();
            quoted(&names)
        };
        if !is_chosen && !self.index.is_empty() {
            notes.push(format!("the unnamed index at the left, {}, is left out", names(&self.index)));
        }
        if !is_chosen && !self.empty.is_empty() {
            notes.push(format!("empty columns without a name are left out: {}", names(&self.empty)));
        }
        notes
    }
}

/// The kinds of the columns of the sample's data.
fn kinds(rows: &[ByteRecord], has_header: bool, decimal: u8) -> Vec<Kind> {
    let data = rows.get(usize::from(has_header)..).unwrap_or_default();
    let width = usual_width(rows).unwrap_or(0);
    let cells = |column: usize| data.iter().filter(|row| row.len() == width).filter_map(move |row| row.get(column));
    (0..width).map(|column| column_kind(cells(column), decimal)).collect()
}

fn empty(path: &Path) -> Error {
    Error::new(Code::DataFormat, "the table is empty").path(path)
}
