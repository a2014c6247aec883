//! The columns of a table, which a model keeps: data are matched by their names, and results carry them.
use serde::{Deserialize, Serialize};

/// Columns and dialect of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableLayout {
    /// The columns that hold the values of an example, in their order.
    pub columns: Vec<TableColumn>,
    /// True if the names come from a header; otherwise they are the positions 1, 2, 3 …, and no name is compared.
    pub header: bool,
    /// The character between cells.
    pub separator: char,
    /// The decimal sign.
    pub decimal: char,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableColumn {
    /// Its name.
    pub name: String,
    /// The kind of its cells.
    #[serde(rename = "type")]
    pub kind: CellKind,
}

/// The kind of all cells of a column, the narrowest that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CellKind {
    /// True and False, read as 1 and 0.
    Boolean,
    /// Whole numbers, written without a decimal sign.
    Integer,
    /// Numbers.
    Number,
}
