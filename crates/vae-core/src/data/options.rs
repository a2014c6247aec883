//! The options of opening data, and their JSON reader.
use std::path::PathBuf;

use serde_json::Value;

use super::preprocessing::Preprocessing;
use crate::base::error::Result;
use crate::base::json_reader::JsonReader;

/// Options of opening a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenOptions {
    /// Size, fit, channels, scale, binarize; stored in the model.
    pub preprocessing: Preprocessing,
    /// Treatment of unreadable files and rows; throw unless set.
    pub on_error: OnError,
    /// The member of an .npz file; unset = `images`, `imgs` or `x`, else the only array of rank 2 or more.
    pub key: Option<String>,
    /// The columns of a table, in this order; unset = all but the label column.
    pub columns: Option<Vec<String>>,
    /// The column of a table that holds the labels; unset = no labels.
    pub label_column: Option<String>,
    /// An IDX file with one label per example; unset = the sibling of an IDX file of images.
    pub labels: Option<PathBuf>,
    /// Maximum bytes of the data in memory; 8 GiB unless set.
    pub limit_bytes: u64,
}

/// Treatment of an unreadable file or row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnError {
    /// Fail, naming it.
    #[default]
    Throw,
    /// Leave it out and list it in [`Dataset::skipped`](super::Dataset::skipped).
    Skip,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            preprocessing: Preprocessing::default(),
            on_error: OnError::Throw,
            key: None,
            columns: None,
            label_column: None,
            labels: None,
            limit_bytes: 8 << 30,
        }
    }
}

/// An option that only some formats take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormatOption {
    Key,
    Columns,
    LabelColumn,
    Labels,
    OnError,
}

impl FormatOption {
    /// All of them.
    pub(super) const ALL: [Self; 5] = [Self::Key, Self::Columns, Self::LabelColumn, Self::Labels, Self::OnError];

    /// Its name for users.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Columns => "columns",
            Self::LabelColumn => "labelColumn",
            Self::Labels => "labels",
            Self::OnError => "onError",
        }
    }

    /// True if these options set it.
    pub(super) fn is_set(self, options: &OpenOptions) -> bool {
        match self {
            Self::Key => options.key.is_some(),
            Self::Columns => options.columns.is_some(),
            Self::LabelColumn => options.label_column.is_some(),
            Self::Labels => options.labels.is_some(),
            Self::OnError => options.on_error == OnError::Skip,
        }
    }

    /// The condition on formats that take it, appended to their list in a message.
    pub(super) fn condition(self) -> &'static str {
        if self == Self::OnError { ", which have parts that can be skipped" } else { "" }
    }
}

const PREPROCESSING: [&str; 5] = ["size", "fit", "channels", "scale", "binarize"];
const OPENING: [&str; 6] = ["onError", "key", "columns", "labelColumn", "labels", "limitBytes"];

impl OpenOptions {
    /// Reads options from a JSON object; what is absent or null keeps its default.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the option's name if it is unknown or its value is not allowed.
    pub fn from_json(json: &Value) -> Result<Self> {
        let known = PREPROCESSING.into_iter().chain(OPENING);
        let fields = JsonReader::new(json, known)?;
        let default = Self::default();
        let limit_bytes = fields.read("limitBytes", "an integer from 1 up", |&limit: &u64| limit > 0)?;
        Ok(Self {
            preprocessing: preprocessing(&fields)?,
            on_error: fields.read("onError", "'throw' or 'skip'", |_| true)?.unwrap_or_default(),
            key: fields.read("key", "the name of an array", |_| true)?,
            columns: fields.read("columns", "a list of column names", |names: &Vec<String>| !names.is_empty())?,
            label_column: fields.read("labelColumn", "the name of a column", |_| true)?,
            labels: fields.read("labels", "the path of a file", |_| true)?,
            limit_bytes: limit_bytes.unwrap_or(default.limit_bytes),
        })
    }
}

impl Preprocessing {
    /// Reads `size` (one number or `[height, width]`), `fit`, `channels`, `scale`, `binarize` from a JSON object;
    /// what is absent or null keeps its default.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the option's name if it is unknown or its value is not allowed.
    pub fn from_json(json: &Value) -> Result<Self> {
        preprocessing(&JsonReader::new(json, PREPROCESSING)?)
    }
}

fn preprocessing(fields: &JsonReader) -> Result<Preprocessing> {
    // A side of a picture is at most 2^15: far above a model's input, far below an overflow of products.
    let side = "a whole number of pixels from 1 to 32768, or [height, width]";
    let is_side = |side: &usize| (1..=1 << 15).contains(side);
    let size = match fields.get("size") {
        Some(Value::Array(_)) => {
            fields.read("size", side, |size: &[usize; 2]| size.iter().all(|side| (1..=1 << 15).contains(side)))?
        }
        _ => fields.read("size", side, is_side)?.map(|side| [side, side]),
    };
    let fit = fields.read("fit", "'contain', 'cover' or 'fill'", |_| true)?;
    let binarize = fields.read("binarize", "'none', 'threshold' or 'dynamic'", |_| true)?;
    Ok(Preprocessing {
        size,
        fit: fit.unwrap_or_default(),
        channels: fields.read("channels", "1 or 3", |&channels: &u8| channels == 1 || channels == 3)?,
        scale: fields.read("scale", "'none', 'unit' or 'standardize'", |_| true)?,
        binarize: binarize.unwrap_or_default(),
    })
}
