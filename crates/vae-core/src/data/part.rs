//! The part of its source that a data set is.
use serde::{Deserialize, Serialize};

/// The part of a source that a data set is, as far as it can be found again.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "type")]
pub enum Part {
    /// All examples, or those to train on where the source has a held-out part.
    #[default]
    Whole,
    /// The part that the source itself holds out.
    HeldOut,
    /// One side of a random split of the whole.
    Split {
        /// Share of the examples that are held back.
        validation: f64,
        /// Seed of the split.
        seed: u64,
        /// True if every label is split in the same proportion.
        stratify: bool,
        /// True for the examples held back.
        held_back: bool,
    },
    /// Examples that a program chose: a slice, the examples of a label, a part of a part.
    Program,
}
