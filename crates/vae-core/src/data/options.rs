//! What can be asked for when data are opened, and how it is read from JSON.
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::preprocessing::Preprocessing;
use crate::error::{Error, Result};
use crate::suggest::nearest;

/// How a data set is opened.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenOptions {
    /// Size, fit, channels, scale, binarize; travels into the model.
    pub preprocessing: Preprocessing,
    /// What to do about unreadable files and rows; throw unless set.
    pub on_error: OnError,
    /// The member of an .npz file; unset = `images`, `imgs` or `x`, else the only array of rank 2 or more.
    pub key: Option<String>,
    /// The columns of a table, in this order; unset = all but the label column.
    pub columns: Option<Vec<String>>,
    /// The column of a table that holds the labels; unset = no labels.
    pub label_column: Option<String>,
    /// An IDX file with one label per example; unset = the one beside an IDX file of images.
    pub labels: Option<PathBuf>,
    /// The most bytes that the data may take in memory; 8 GiB unless set.
    pub limit_bytes: u64,
}

/// What to do about a file or row that cannot be read.
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

const PREPROCESSING: [&str; 5] = ["size", "fit", "channels", "scale", "binarize"];
const OPENING: [&str; 6] = ["onError", "key", "columns", "labelColumn", "labels", "limitBytes"];

impl OpenOptions {
    /// Reads options from a JSON object; what is absent or null keeps its default.
    ///
    /// # Errors
    /// [`Code::Option`](crate::Code::Option) with the option's name if it is unknown or its value is not allowed.
    pub fn from_json(json: &Value) -> Result<Self> {
        let known = PREPROCESSING.into_iter().chain(OPENING);
        let fields = Fields::of(json, known)?;
        let default = Self::default();
        let limit_bytes = fields.read("limitBytes", "an integer from 1 up", |&limit: &u64| limit > 0)?;
        Ok(Self {
            preprocessing: fields.preprocessing()?,
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
        Fields::of(json, PREPROCESSING)?.preprocessing()
    }
}

/// The options given, all of them known.
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn of<'k>(json: &'a Value, known: impl IntoIterator<Item = &'k str> + Clone) -> Result<Self> {
        let Some(map) = json.as_object() else {
            return Err(Error::option("options").expected("an object").received(json));
        };
        let is_known = |name: &str| known.clone().into_iter().any(|known| known == name);
        if let Some(name) = map.keys().find(|name| !is_known(name)) {
            let error = Error::option(name.as_str()).received("an option that does not exist here");
            return Err(match nearest(name, known) {
                Some(meant) => error.remedy(format!("did you mean '{meant}'?")),
                None => error,
            });
        }
        Ok(Self(map))
    }

    /// The option, if it is there; `expected` says what is allowed, in words.
    fn read<T: DeserializeOwned>(&self, name: &str, expected: &str, is_allowed: fn(&T) -> bool) -> Result<Option<T>> {
        let Some(value) = self.0.get(name).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        match T::deserialize(value) {
            Ok(read) if is_allowed(&read) => Ok(Some(read)),
            _ => Err(Error::option(name).expected(expected).received(value)),
        }
    }

    fn preprocessing(&self) -> Result<Preprocessing> {
        // A side of a picture is at most 2^15: far above what a model sees, and far below where products overflow.
        let side = "a whole number of pixels from 1 to 32768, or [height, width]";
        let is_side = |side: &usize| (1..=1 << 15).contains(side);
        let size = match self.0.get("size") {
            Some(Value::Array(_)) => {
                self.read("size", side, |size: &[usize; 2]| size.iter().all(|side| (1..=1 << 15).contains(side)))?
            }
            _ => self.read("size", side, is_side)?.map(|side| [side, side]),
        };
        let fit = self.read("fit", "'contain', 'cover' or 'fill'", |_| true)?;
        let binarize = self.read("binarize", "'none', 'threshold' or 'dynamic'", |_| true)?;
        Ok(Preprocessing {
            size,
            fit: fit.unwrap_or_default(),
            channels: self.read("channels", "1 or 3", |&channels: &u8| channels == 1 || channels == 3)?,
            scale: self.read("scale", "'none', 'unit' or 'standardize'", |_| true)?,
            binarize: binarize.unwrap_or_default(),
        })
    }
}
