//! Data: from files and arrays to batches of numbers.
//!
//! [`open()`] turns a path into a [`Dataset`], a cheap handle whose u8 stay u8 in memory. [`Transform::fit`] fits the
//! scaling once on the training set; [`Dataset::gather`] applies it to every batch. Files are untrusted: every size
//! that a header declares is checked against a budget before memory is allocated for it.
//!
//! Each file format has a file in `formats` and a line in its table.
pub(crate) mod batch;
mod budget;
mod columns;
mod dataset;
mod density;
mod description;
pub mod digits;
pub(crate) mod epochs;
mod files;
mod fingerprint;
mod fit;
mod formats;
mod gunzip;
mod input;
mod labels;
mod natural;
mod open;
mod options;
mod part;
mod part_names;
mod preprocessing;
mod resize;
mod shape;
mod source;
mod statistics;
mod table_layout;
mod text_labels;
mod transform;
mod transpose;
mod units;
mod views;

pub use dataset::Dataset;
pub(crate) use density::density;
pub use description::{Array, Column, Description, LabelCount, SizeCount};
pub use formats::images::from_images;
pub use formats::images::picture::ImageSource;
pub use open::{describe, open, open_split};
pub use options::{DialectOptions, HeldOutName, LabelSource, OnError, OpenOptions};
pub use part::Part;
pub use preprocessing::{Binarize, Fit, Preprocessing, Scale};
pub use shape::Shape;
pub use source::{Elements, Skipped};
pub use statistics::DataStatistics;
pub use table_layout::{CellKind, TableColumn, TableLayout};
pub use transform::{ElementType, Transform};
