//! Parts of a data set: slices, one label, training and validation. None copies an element.
use std::collections::BTreeMap;

use vae_kernels::{Key, Permutation, Stream};

use super::dataset::Dataset;
use super::part::Part;
use crate::base::error::{Code, Error, Result};

impl Dataset {
    /// The examples from `start` up to, not including, `end`; may be empty.
    ///
    /// # Errors
    /// [`Code::Option`] unless `start <= end <= len()`.
    pub fn slice(&self, start: usize, end: usize) -> Result<Self> {
        if end > self.len() {
            return Err(Error::option("end").expected(format!("at most {}", self.len())).received(end));
        }
        if start > end {
            return Err(Error::option("start").expected(format!("at most the end, {end}")).received(start));
        }
        let part = if (start, end) == (0, self.len()) { self.part() } else { Part::Program };
        Ok(self.run(start..end, part))
    }

    /// The examples with this label, in order.
    ///
    /// # Errors
    /// [`Code::Option`] if there are no labels, or this one does not occur.
    pub fn where_label(&self, label: i32) -> Result<Self> {
        let Some(labels) = self.labels() else {
            return Err(Error::option("label").received(label).remedy("this data set has no labels"));
        };
        let rows: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] == label).collect();
        if rows.is_empty() {
            let known: Vec<i32> = by_label(&labels).into_keys().collect();
            return Err(Error::option("label").expected(format!("one of {}", list(&known))).received(label));
        }
        Ok(self.view(rows, Part::Program))
    }

    /// Splits into training and validation: `validation` is the share of the second, in (0, 1), rounded to whole
    /// examples, with at least one on each side. The same seed chooses the same rows. Both keep the order of this view.
    /// With `stratify` every label is split in the same proportion.
    ///
    /// # Errors
    /// [`Code::Option`] if the share is not in (0, 1), or `stratify` is set without labels;
    /// [`Code::Shape`] if there are fewer than two examples.
    pub fn split(&self, validation: f64, seed: u64, stratify: bool) -> Result<(Self, Self)> {
        if !(validation > 0.0 && validation < 1.0) {
            return Err(Error::option("validation").expected("a share between 0 and 1").received(validation));
        }
        if self.len() < 2 {
            return Err(Error::new(Code::Shape, "a split").expected("at least 2 examples").received(self.len()));
        }
        let groups: Vec<Vec<usize>> = match (stratify, self.labels()) {
            (false, _) => vec![(0..self.len()).collect()],
            (true, Some(labels)) => by_label(&labels).into_values().collect(),
            (true, None) => {
                return Err(Error::option("stratify").received(true).remedy("this data set has no labels to balance"));
            }
        };
        let mut is_validation = vec![false; self.len()];
        for (index, group) in groups.iter().enumerate() {
            let count = (group.len() as f64 * validation).round() as usize;
            choose(group.len(), count, seed, index as u64).for_each(|i| is_validation[group[i]] = true);
        }
        // Rounding may leave one side empty; then one example is moved.
        let chosen = is_validation.iter().filter(|&&is| is).count();
        if chosen == 0 || chosen == self.len() {
            choose(self.len(), 1, seed, 0).for_each(|row| is_validation[row] = chosen == 0);
        }
        let (held_out, kept) = (0..self.len()).partition(|&row| is_validation[row]);
        let part = |held_back| match self.part() {
            Part::Whole => Part::Split { validation, seed, stratify, held_back },
            _ => Part::Program,
        };
        Ok((self.view(kept, part(false)), self.view(held_out, part(true))))
    }
}

/// The rows of every label, labels ascending.
pub(super) fn by_label(labels: &[i32]) -> BTreeMap<i32, Vec<usize>> {
    let mut groups = BTreeMap::<i32, Vec<usize>>::new();
    labels.iter().enumerate().for_each(|(row, &label)| groups.entry(label).or_default().push(row));
    groups
}

/// The first 20 labels, for a message.
fn list(labels: &[i32]) -> String {
    let shown: Vec<String> = labels.iter().take(20).map(i32::to_string).collect();
    let more = if labels.len() > shown.len() { ", …" } else { "" };
    shown.join(", ") + more
}

/// `count` distinct numbers below `n`, the first of a keyed permutation; `group` separates the choices within a split.
fn choose(n: usize, count: usize, seed: u64, group: u64) -> impl Iterator<Item = usize> {
    let order = Permutation::new(Key::new(seed, Stream::Split), group, n as u64);
    (0..count as u64).map(move |position| order.get(position) as usize)
}
