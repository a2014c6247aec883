//! JSON reader: reads an object field by field, refuses unknown names with a suggestion, and names the path in errors.
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::base::error::{Code, Error, Result};
use crate::base::suggest::nearest;

/// The fields of one JSON object, all of them known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JsonReader<'a> {
    map: &'a Map<String, Value>,
    prefix: &'a str,
}

impl<'a> JsonReader<'a> {
    /// The fields of the options object itself.
    pub fn new<'k>(json: &'a Value, known: impl IntoIterator<Item = &'k str> + Clone) -> Result<Self> {
        Self::within("", json, known)
    }

    /// The fields of the object at the option `prefix`.
    pub fn within<'k>(
        prefix: &'a str,
        json: &'a Value,
        known: impl IntoIterator<Item = &'k str> + Clone,
    ) -> Result<Self> {
        let Some(map) = json.as_object() else {
            let name = if prefix.is_empty() { "options" } else { prefix };
            return Err(Error::option(name).expected("an object").received(json));
        };
        let fields = Self { map, prefix };
        let is_known = |name: &str| known.clone().into_iter().any(|known| known == name);
        if let Some(name) = map.keys().find(|name| !is_known(name)) {
            let error = Error::new(Code::Option, "there is no such option").with_option(fields.path(name));
            return Err(match nearest(name, known) {
                Some(meant) => error.remedy(format!("did you mean `{}`?", fields.path(meant))),
                None => error,
            });
        }
        Ok(fields)
    }

    /// The full name of a field: `adam.beta1`.
    pub fn path(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}.{name}", self.prefix) }
    }

    /// The raw field; null counts as absent.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// The field, if present and allowed; `expected` describes the allowed values.
    pub fn read<T: DeserializeOwned>(
        &self,
        name: &str,
        expected: &str,
        is_allowed: impl Fn(&T) -> bool,
    ) -> Result<Option<T>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match T::deserialize(value) {
            Ok(read) if is_allowed(&read) => Ok(Some(read)),
            _ => Err(self.refuse(name, expected)),
        }
    }

    /// A whole number in this range. `3.0` counts as whole, as it does in JavaScript.
    pub fn whole(&self, name: &str, range: std::ops::RangeInclusive<u64>) -> Result<Option<u64>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.as_f64().filter(|number| number.fract() == 0.0 && *number >= 0.0).map(|n| n as u64);
        match number.filter(|number| range.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => {
                let (low, high) = (range.start(), range.end());
                Err(self.refuse(name, &format!("a whole number from {low} to {high}")))
            }
        }
    }

    /// A number that satisfies `is_allowed`.
    pub fn number(&self, name: &str, expected: &str, is_allowed: impl Fn(f64) -> bool) -> Result<Option<f64>> {
        self.read(name, expected, |&number: &f64| is_allowed(number))
    }

    /// One of these words; required.
    pub fn needed_word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<T> {
        self.word(name, words)?.ok_or_else(|| self.refuse(name, &one_of(words)))
    }

    /// One of these words.
    pub fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let found = value.as_str().and_then(|word| words.iter().find(|(known, _)| *known == word));
        match found {
            Some((_, meant)) => Ok(Some(*meant)),
            None => {
                let error = self.refuse(name, &one_of(words));
                let known = words.iter().map(|(known, _)| *known);
                Err(match value.as_str().and_then(|word| nearest(word, known)) {
                    Some(meant) => error.remedy(format!("did you mean '{meant}'?")),
                    None => error,
                })
            }
        }
    }

    /// Error with the expected and the received value of a field.
    pub fn refuse(&self, name: &str, expected: &str) -> Error {
        let error = Error::option(self.path(name)).expected(expected);
        match self.map.get(name) {
            Some(value) => error.received(short(value)),
            None => error.received("nothing"),
        }
    }
}

/// `'a', 'b' or 'c'`.
fn one_of<T>(words: &[(&str, T)]) -> String {
    let quoted: Vec<String> = words.iter().map(|(word, _)| format!("'{word}'")).collect();
    match &quoted[..] {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// A value as JSON, cut to 60 characters.
fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 { text } else { text.chars().take(59).chain(['…']).collect() }
}
