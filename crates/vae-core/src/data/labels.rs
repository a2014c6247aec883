//! Labels: one whole number per example, with names if they were texts.
use std::collections::{BTreeSet, HashMap};

use super::input::Input;
use super::natural::natural;
use super::shape::times;
use super::source::Source;
use crate::base::error::{Code, Error, Result};

/// Remedy for labels that do not fit.
pub(super) const LEAVE_OUT: &str = "set `labels: 'none'` to read the examples without labels";

/// One label per example.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Labels {
    pub numbers: Vec<i32>,
    /// The names of 0, 1, 2 …, in natural order.
    pub names: Option<Vec<String>>,
    /// A note on how they were read, if the numbers are not those of the file.
    pub note: Option<String>,
}

/// The values of an array of labels, row by row.
#[derive(Debug)]
pub(super) enum LabelValues {
    /// Integers and truth values.
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    Texts(Vec<String>),
}

impl Labels {
    /// Whole numbers as they are.
    pub(super) fn from_numbers(numbers: Vec<i32>) -> Self {
        Self { numbers, ..Self::default() }
    }

    /// Texts, numbered in the natural order of those that occur.
    pub(super) fn from_names<T: AsRef<str>>(texts: &[T]) -> Self {
        let distinct: BTreeSet<&str> = texts.iter().map(AsRef::as_ref).collect();
        let mut names: Vec<&str> = distinct.into_iter().collect();
        names.sort_by(|a, b| natural(a, b));
        let numbers: HashMap<&str, i32> = names.iter().zip(0..).map(|(&name, number)| (name, number)).collect();
        let numbers = texts.iter().filter_map(|text| numbers.get(text.as_ref()).copied()).collect();
        Self { numbers, names: Some(names.into_iter().map(str::to_owned).collect()), note: None }
    }

    /// The labels in an array of these sizes, read from `input`: (n,), (n, 1) or, as one 1 in each row, (n, k). Names
    /// stay texts until [`Labels::settle`].
    ///
    /// # Errors
    /// [`Code::DataFormat`] if a value is no label.
    pub(super) fn from_array(input: &Input, sizes: &[u64], values: LabelValues) -> Result<Self> {
        let k = sizes.iter().skip(1).product::<u64>() as usize;
        let wrong = |index: usize, expected: &str, received: String| {
            let label = index / k.max(1);
            let error = input.error(format!("label {label}")).index(label as u64);
            error.expected(expected).received(received).remedy(LEAVE_OUT)
        };
        let numbers = match values {
            LabelValues::Integers(numbers) => numbers,
            LabelValues::Floats(floats) => {
                if let Some(index) = floats.iter().position(|x| x.fract() != 0.0 || x.abs() > f64::from(i32::MAX)) {
                    return Err(wrong(index, "a whole number of 32 bits", floats[index].to_string()));
                }
                floats.into_iter().map(|x| x as i64).collect()
            }
            LabelValues::Texts(texts) => {
                if k != 1 {
                    return Err(wrong(0, "one text", format!("{k} texts")));
                }
                return match texts.iter().position(String::is_empty) {
                    Some(index) => Err(wrong(index, "a text", "an empty one".to_owned())),
                    None => Ok(Self::from_names(&texts)),
                };
            }
        };
        if k != 1 {
            let rows = numbers.chunks_exact(k);
            return match rows.clone().map(one_hot).collect() {
                Some(numbers) => {
                    let note = format!("a label is the position of the 1 in its row of {k}");
                    Ok(Self { numbers, names: None, note: Some(note) })
                }
                None => {
                    let (index, row) = rows.enumerate().find(|(_, row)| one_hot(row).is_none()).unwrap_or_default();
                    let row: Vec<String> = row.iter().take(12).map(i64::to_string).collect();
                    Err(wrong(index * k, "one number, or a row of 0 with one 1", row.join(" ")))
                }
            };
        }
        if let Some(index) = numbers.iter().position(|&number| i32::try_from(number).is_err()) {
            let number = numbers[index];
            let more = if number == i64::MAX { " or more" } else { "" };
            return Err(wrong(index, "an integer of 32 bits", format!("{number}{more}")));
        }
        Ok(Self::from_numbers(numbers.into_iter().map(|number| number as i32).collect()))
    }

    /// Numbers the names of all parts of a data set alike; names that are all integers as they are usually written are
    /// those integers.
    ///
    /// # Errors
    /// [`Code::DataFormat`] if some parts have names and others numbers.
    pub(super) fn settle(parts: &mut [&mut Self]) -> Result<()> {
        let named = parts.iter().filter(|part| part.names.is_some()).count();
        if named == 0 {
            return Ok(());
        }
        if named < parts.len() {
            let error = Error::new(Code::DataFormat, "one part has numbers for labels and another has texts");
            return Err(error.remedy(LEAVE_OUT));
        }
        let all: Vec<String> = parts.iter().flat_map(|part| part.names.iter().flatten()).cloned().collect();
        let Self { names, .. } = Self::from_names(&all);
        let names = names.unwrap_or_default();
        // `007` and `7` are different labels.
        let canonical = |name: &String| name.parse().ok().filter(|number: &i32| number.to_string() == *name);
        let integers: Option<Vec<i32>> = names.iter().map(canonical).collect();
        let numbers: HashMap<&str, i32> = names.iter().map(String::as_str).zip(0..).collect();
        let number = |name: &String| {
            let place = numbers.get(name.as_str()).copied().unwrap_or_default();
            integers.as_ref().map_or(place, |integers| integers[place as usize])
        };
        for part in parts {
            let own: Vec<i32> = part.names.iter().flatten().map(number).collect();
            part.numbers.iter_mut().for_each(|label| *label = own[*label as usize]);
            part.names = integers.is_none().then(|| names.clone());
        }
        Ok(())
    }

    /// Gives the labels to the examples of a source.
    pub(super) fn put(self, source: &mut Source) {
        source.labels = Some(self.numbers);
        source.label_names = self.names;
        source.notes.extend(self.note);
    }
}

/// Checks the sizes of an array of labels for `n` examples, before its values are read.
///
/// # Errors
/// [`Code::Shape`] if it has another length, [`Code::DataFormat`] if it has another form.
pub(super) fn check_sizes(input: &Input, sizes: &[u64], n: u64) -> Result<()> {
    let Some(&count) = sizes.first() else {
        return Err(input.error("a single value").expected(format!("{n} labels")).remedy(LEAVE_OUT));
    };
    if sizes.iter().filter(|&&size| size != 1).count() > 2 || sizes.iter().skip(1).any(|&size| size == 0) {
        let error = input.error("labels").expected("one number per example, or a row with one 1");
        return Err(error.received(times(sizes)).remedy(LEAVE_OUT));
    }
    if count != n {
        let error = input.error_with(Code::Shape, "every example needs one label");
        return Err(error.expected(format!("{n} labels")).received(count).remedy(LEAVE_OUT));
    }
    Ok(())
}

/// The position of the 1 in a row that is 0 elsewhere.
fn one_hot(row: &[i64]) -> Option<i32> {
    let one = row.iter().position(|&x| x == 1)?;
    let is_alone = row.iter().enumerate().all(|(place, &x)| place == one || x == 0);
    is_alone.then_some(one as i32)
}
