//! Columns of a table by name: other data of a model have its columns, in whatever order.
use super::dataset::Dataset;
use super::source::{Elements, Source};
use super::table_layout::{TableColumn, TableLayout};
use crate::base::error::{Code, Error, Result};

impl Dataset {
    /// The same examples with the columns in the order of a model's table. Without a header on one of both sides, columns
    /// are taken by position. Shares the elements if the order is the same already.
    ///
    /// # Errors
    /// [`Code::Shape`] with the name of a column that is missing, or that the model does not have.
    pub fn with_columns_of(&self, model: Option<&TableLayout>) -> Result<Self> {
        let (Some(model), Some(table)) = (model.filter(|it| it.header), self.table().filter(|it| it.header)) else {
            return Ok(self.clone());
        };
        let is_same = |(a, b): (&TableColumn, &TableColumn)| a.name == b.name;
        if model.columns.len() == table.columns.len() && model.columns.iter().zip(&table.columns).all(is_same) {
            return Ok(self.clone());
        }
        let place = |name: &str| table.columns.iter().position(|column| column.name == name);
        let missing = |name: &str| {
            let error = Error::new(Code::Shape, format!("column '{name}' of the training data is missing"));
            self.at_source(error).expected(names(&model.columns)).received(names(&table.columns))
        };
        let places = model.columns.iter().map(|column| place(&column.name).ok_or_else(|| missing(&column.name)));
        let places = places.collect::<Result<Vec<usize>>>()?;
        let is_foreign = |column: &&TableColumn| !model.columns.iter().any(|it| it.name == column.name);
        if let Some(foreign) = table.columns.iter().find(is_foreign) {
            let error = Error::new(Code::Shape, format!("the training data have no column '{}'", foreign.name));
            let error = self.at_source(error).expected(names(&model.columns)).received(names(&table.columns));
            return Err(error.remedy("choose the model's with `columns`"));
        }
        self.reordered(&places, model)
    }

    /// A copy of the view whose columns are those at these places.
    fn reordered(&self, places: &[usize], table: &TableLayout) -> Result<Self> {
        let rows = 0..self.len();
        let elements = if self.is_u8() {
            let bytes = rows.filter_map(|row| self.bytes(row));
            Elements::U8(bytes.flat_map(|example| places.iter().map(|&place| example[place])).collect())
        } else {
            let floats = rows.filter_map(|row| self.floats(row));
            Elements::F32(floats.flat_map(|example| places.iter().map(|&place| example[place])).collect())
        };
        let source = Source::new(elements, self.shape().clone(), self.preprocessing());
        Self::new(Source {
            labels: self.labels(),
            label_names: self.label_names().map(<[String]>::to_vec),
            names: self.names().map(|names| names.into_iter().map(str::to_owned).collect()),
            origin: self.source().map(str::to_owned),
            table: Some(table.clone()),
            notes: self.notes().to_vec(),
            reading: self.reading().cloned(),
            byte: self.byte().into(),
            ..source
        })
    }

    fn at_source(&self, error: Error) -> Error {
        match self.source() {
            Some(source) => error.path(source),
            None => error,
        }
    }
}

/// The first names, for a message.
fn names(columns: &[TableColumn]) -> String {
    let shown: Vec<String> = columns.iter().take(12).map(|column| format!("'{}'", column.name)).collect();
    let more = if columns.len() > shown.len() { ", …" } else { "" };
    format!("the columns {}{more}", shown.join(", "))
}
