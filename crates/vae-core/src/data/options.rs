//! The options of opening data, and their JSON reader.
use std::path::Path;

use serde_json::{Value, json};

use super::open::anchored;
use super::preprocessing::Preprocessing;
use super::shape::Shape;
use crate::base::error::Result;
use crate::base::json_reader::JsonReader;

/// Options of opening a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenOptions {
    /// Size, fit, channels, scale, binarize; stored in the model.
    pub preprocessing: Preprocessing,
    /// Treatment of unreadable files and rows; throw unless set.
    pub on_error: OnError,
    /// The array of an .npz file, or the subfolder of a folder, that holds the examples to train on; unset = found by
    /// its name.
    pub key: Option<String>,
    /// The array or subfolder that is held out; unset = found by its name.
    pub held_out: Option<HeldOutName>,
    /// The columns of a table, in this order; unset = all but the label column and an unnamed index.
    pub columns: Option<Vec<String>>,
    /// The column of a table that holds the labels; unset = no labels.
    pub label_column: Option<String>,
    /// Source of the labels; unset = found by its name beside the examples.
    pub labels: Option<LabelSource>,
    /// Dialect of a table; what is unset is found in the file.
    pub dialect: DialectOptions,
    /// The shape of one example, for rows that are pictures; unset = that of the file.
    pub shape: Option<Shape>,
    /// True for pictures stored column by column; false unless set.
    pub transpose: bool,
    /// Maximum bytes of the data in memory; 8 GiB unless set.
    pub limit_bytes: u64,
}

/// The part of a file or folder that is held out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldOutName {
    /// None: everything is one part.
    None,
    /// The array or subfolder of this name.
    Named(String),
}

/// Source of the labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelSource {
    /// No labels, whatever lies beside the examples.
    None,
    /// An array of the same .npz file, or the path of a file: IDX, .npy or a table of one column.
    Named(String),
}

/// Dialect of a table, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DialectOptions {
    /// True if the first row names the columns.
    pub header: Option<bool>,
    /// The character between cells; a blank stands for any number of blanks.
    pub separator: Option<char>,
    /// The decimal sign: a point or a comma.
    pub decimal: Option<char>,
    /// The character that begins a comment line; `Some(None)` = there are none.
    pub comment: Option<Option<char>>,
    /// The encoding of the text, by its WHATWG label.
    pub encoding: Option<String>,
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
            held_out: None,
            columns: None,
            label_column: None,
            labels: None,
            dialect: DialectOptions::default(),
            shape: None,
            transpose: false,
            limit_bytes: 8 << 30,
        }
    }
}

/// An option that only some formats take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormatOption {
    Key,
    HeldOut,
    Columns,
    LabelColumn,
    Labels,
    Header,
    Separator,
    Decimal,
    Comment,
    Encoding,
    Shape,
    Transpose,
    OnError,
}

impl FormatOption {
    /// Each option with its name for users.
    const NAMES: [(Self, &'static str); 13] = [
        (Self::Key, "key"),
        (Self::HeldOut, "heldOut"),
        (Self::Columns, "columns"),
        (Self::LabelColumn, "labelColumn"),
        (Self::Labels, "labels"),
        (Self::Header, "header"),
        (Self::Separator, "separator"),
        (Self::Decimal, "decimal"),
        (Self::Comment, "comment"),
        (Self::Encoding, "encoding"),
        (Self::Shape, "shape"),
        (Self::Transpose, "transpose"),
        (Self::OnError, "onError"),
    ];

    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Self::NAMES.into_iter().map(|(option, _)| option)
    }

    /// Its name for users.
    pub(super) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(option, _)| *option == self).map_or("", |(_, name)| name)
    }

    /// True if these options set it.
    pub(super) fn is_set(self, options: &OpenOptions) -> bool {
        let dialect = &options.dialect;
        match self {
            Self::Key => options.key.is_some(),
            Self::HeldOut => options.held_out.is_some(),
            Self::Columns => options.columns.is_some(),
            Self::LabelColumn => options.label_column.is_some(),
            Self::Labels => options.labels.is_some(),
            Self::Header => dialect.header.is_some(),
            Self::Separator => dialect.separator.is_some(),
            Self::Decimal => dialect.decimal.is_some(),
            Self::Comment => dialect.comment.is_some(),
            Self::Encoding => dialect.encoding.is_some(),
            Self::Shape => options.shape.is_some(),
            Self::Transpose => options.transpose,
            Self::OnError => options.on_error == OnError::Skip,
        }
    }

    /// The condition on formats that take it, appended to their list in a message.
    pub(super) fn condition(self) -> &'static str {
        if self == Self::OnError { ", which have parts that can be skipped" } else { "" }
    }
}

/// Value that declares that there is no such thing.
const NONE: &str = "none";

const PREPROCESSING: [&str; 5] = ["size", "fit", "channels", "scale", "binarize"];
impl OpenOptions {
    /// Reads options from a JSON object; what is absent or null keeps its default.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the option's name if it is unknown or its value is not allowed.
    pub fn from_json(json: &Value) -> Result<Self> {
        let opening = FormatOption::NAMES.iter().map(|(_, name)| *name).chain(["limitBytes"]);
        let fields = JsonReader::new(json, PREPROCESSING.into_iter().chain(opening))?;
        let default = Self::default();
        let limit_bytes = fields.read("limitBytes", "an integer from 1 up", |&limit: &u64| limit > 0)?;
        let none_or = |name: &str, expected: &str| fields.read(name, expected, |text: &String| !text.is_empty());
        let held_out = none_or("heldOut", "the name of an array or a subfolder, or 'none'")?;
        let labels = none_or("labels", "the path of a file, the name of an array, or 'none'")?;
        let shape = fields.read("shape", "[length], [height, width] or [height, width, channels]", |_: &Shape| true)?;
        Ok(Self {
            preprocessing: preprocessing(&fields)?,
            on_error: fields.read("onError", "'throw' or 'skip'", |_| true)?.unwrap_or_default(),
            key: fields.read("key", "the name of an array or a subfolder", |_| true)?,
            held_out: held_out.map(|name| if name == NONE { HeldOutName::None } else { HeldOutName::Named(name) }),
            columns: fields.read("columns", "a list of column names", |names: &Vec<String>| !names.is_empty())?,
            label_column: fields.read("labelColumn", "the name of a column", |_| true)?,
            labels: labels.map(|name| if name == NONE { LabelSource::None } else { LabelSource::Named(name) }),
            dialect: DialectOptions::from_fields(&fields)?,
            shape,
            transpose: fields.read("transpose", "true or false", |_| true)?.unwrap_or_default(),
            limit_bytes: limit_bytes.unwrap_or(default.limit_bytes),
        })
    }
}

impl OpenOptions {
    /// The same options with an absolute path to the labels, if they are a file.
    pub(super) fn anchored(&self) -> Self {
        let labels = self.labels.clone().map(|labels| match labels {
            LabelSource::Named(path) if Path::new(&path).is_file() => LabelSource::Named(anchored(&path)),
            labels => labels,
        });
        Self { labels, ..self.clone() }
    }

    /// The options that say how to read the files again, as JSON that [`OpenOptions::from_json`] reads: those that are
    /// set, without preprocessing, which a data set keeps itself. `None` if none is set.
    pub(super) fn reading(&self) -> Option<Value> {
        let Self { key, held_out, columns, label_column, labels, dialect, shape, transpose, on_error, .. } = self;
        let held_out = held_out.as_ref().map(|name| match name {
            HeldOutName::None => NONE,
            HeldOutName::Named(name) => name,
        });
        let labels = labels.as_ref().map(|labels| match labels {
            LabelSource::None => NONE,
            LabelSource::Named(name) => name,
        });
        let comment = dialect.comment.map(|mark| mark.map_or(NONE.to_owned(), String::from));
        let limit = (self.limit_bytes != Self::default().limit_bytes).then_some(self.limit_bytes);
        let all = json!({
            "key": key,
            "heldOut": held_out,
            "columns": columns,
            "labelColumn": label_column,
            "labels": labels,
            "header": dialect.header,
            "separator": dialect.separator,
            "decimal": dialect.decimal,
            "comment": comment,
            "encoding": dialect.encoding,
            "shape": shape,
            "transpose": transpose.then_some(true),
            "onError": (*on_error == OnError::Skip).then_some("skip"),
            "limitBytes": limit,
        });
        let mut fields = all.as_object().cloned().unwrap_or_default();
        fields.retain(|_, value| !value.is_null());
        (!fields.is_empty()).then(|| fields.into())
    }
}

impl DialectOptions {
    fn from_fields(fields: &JsonReader) -> Result<Self> {
        let is_mark = |mark: &char| mark.is_ascii() && !mark.is_ascii_alphanumeric() && !"\"\n\r.+-".contains(*mark);
        let comment = fields.read("comment", "one character such as '#', or 'none'", |text: &String| {
            text == NONE || text.chars().count() == 1 && text.chars().all(|mark| is_mark(&mark))
        })?;
        Ok(Self {
            header: fields.read("header", "true or false", |_| true)?,
            separator: fields.read("separator", "one character such as ',', ';', '\\t', '|' or ' '", is_mark)?,
            decimal: fields.read("decimal", "'.' or ','", |&sign: &char| sign == '.' || sign == ',')?,
            comment: comment.map(|text| if text == NONE { None } else { text.chars().next() }),
            encoding: fields.read("encoding", "the name of an encoding such as 'windows-1252'", |_| true)?,
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
