//! Identity of a data set in files, by which a recalled data set is compared.
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::error::{Code, Error, Result};
use crate::data::{Dataset, Part, Preprocessing};

/// Identity of a data set: where it came from, how it was read, which part of it this is, and what it held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataRecord {
    /// Absolute path or name it was opened by; unset for data made by a program.
    pub source: Option<String>,
    /// Digest of values, shape and preprocessing.
    pub fingerprint: String,
    /// Digest of values and shape alone; unset in files of older versions, whose fingerprint it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Number of examples.
    pub n: usize,
    /// Conversion of the data to numbers; unset in files of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preprocessing: Option<Preprocessing>,
    /// Part of the source; unset in files of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// Options that the files were read with, beside preprocessing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Value>,
}

impl DataRecord {
    /// Record of a data set; takes one pass over it.
    pub fn from_data(data: &Dataset) -> Self {
        Self {
            source: data.source().map(str::to_owned),
            fingerprint: data.fingerprint(),
            digest: Some(data.digest()),
            n: data.len(),
            preprocessing: Some(data.preprocessing().clone()),
            part: Some(data.part()),
            reading: data.reading().cloned(),
        }
    }

    /// Digest of values and shape.
    fn values(&self) -> &str {
        self.digest.as_deref().unwrap_or(&self.fingerprint)
    }

    /// Checks that `now` are the data of this record: the same values, converted in the same way. `run` names what was
    /// started with them in the error: "the run to continue".
    ///
    /// # Errors
    /// [`Code::Checkpoint`] with what differs.
    pub fn check(&self, now: &Self, run: &str, part: &str) -> Result<()> {
        let remedy = "or start anew in another folder";
        if self.values() != now.values() {
            let error = Error::new(Code::Checkpoint, format!("{run} was started with other {part}"));
            return Err(error
                .expected(self.in_words())
                .received(now.in_words())
                .remedy(format!("continue with the same data, {remedy}")));
        }
        let (Some(before), Some(now)) = (&self.preprocessing, &now.preprocessing) else { return Ok(()) };
        let fields = |preprocessing: &Preprocessing| serde_json::to_value(preprocessing).unwrap_or_default();
        let (before, now) = (fields(before), fields(now));
        // `size`, `fit` and `channels` have acted on the values, which are equal.
        if let Some(name) = ["scale", "binarize"].into_iter().find(|name| before[name] != now[name]) {
            let show = |json: &Value| json.as_str().map_or("its default".to_owned(), |text| format!("'{text}'"));
            let error = Error::new(Code::Checkpoint, format!("{run} was started with another `{name}` of the {part}"));
            return Err(error
                .with_option(name)
                .expected(show(&before[name]))
                .received(show(&now[name]))
                .remedy(format!("open the data with the same `{name}`, {remedy}")));
        }
        Ok(())
    }

    /// The data set for a message: "photos (6 examples, digest 0123456789ab…)".
    fn in_words(&self) -> String {
        let source = self.source.as_deref().unwrap_or("an array");
        format!("{source} ({} examples, digest {}…)", self.n, self.values().get(..12).unwrap_or_default())
    }
}
