//! Metadata of a model: everything that a file stores besides its tensors.
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::error::Result;
use crate::data::DataStatistics;
use crate::data::TableLayout;
use crate::data::{Dataset, Preprocessing, Shape, Transform};
use crate::files::data_record::DataRecord;
use crate::model::architecture::Architecture;
use crate::objective::losses::Losses;
use crate::options::TrainOptions;

/// Metadata of a model: its options, the shape and transform of its data, and their origin.
#[derive(Debug, Clone)]
pub struct ModelMetadata {
    /// Options used for training.
    pub options: TrainOptions,
    /// Shape of one example.
    pub shape: Shape,
    /// C, the width of an example's condition; 0 without one.
    pub condition: usize,
    /// Preprocessing of files into arrays.
    pub preprocessing: Preprocessing,
    /// Transform from the arrays' values to x.
    pub transform: Transform,
    /// Names of the labels, if the data had any.
    pub label_names: Option<Vec<String>>,
    /// Columns of the table that the training set came from, by which other data are matched.
    pub table: Option<TableLayout>,
    /// Training set.
    pub data: DataRecord,
    /// Statistics of the training set, from which the ceiling of the reconstruction follows.
    pub moments: DataStatistics,
}

/// Provenance of a trained model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// Name or path of the training set, or the start of its fingerprint.
    pub dataset: String,
    /// Updates made.
    pub step: u64,
    /// Complete epochs.
    pub epoch: u64,
    /// β as last set; may differ from the options.
    pub beta: f64,
    /// Validation losses of that epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<Losses>,
    /// Version of vae-native.
    pub version: String,
}

impl ModelMetadata {
    /// Metadata for training on `data`; takes one pass over them.
    pub fn new(data: &Dataset, options: &TrainOptions) -> Self {
        let transform = Transform::fit_for(data, options.likelihood.needs_unit_interval());
        Self {
            options: options.clone(),
            shape: data.shape().clone(),
            condition: data.condition_width(),
            preprocessing: data.preprocessing().clone(),
            label_names: data.label_names().map(<[String]>::to_vec),
            table: data.table().cloned(),
            data: DataRecord::from_data(data),
            moments: DataStatistics::from_data(data, &transform),
            transform,
        }
    }

    /// Architecture, which fixes the layout of θ.
    pub fn architecture(&self) -> Architecture {
        Architecture { condition: self.condition, ..self.options.architecture(&self.shape) }
    }

    /// Provenance at this step.
    pub fn provenance(&self, step: u64, epoch: u64, beta: f64, validation: Option<Losses>) -> Provenance {
        let dataset = self.data.source.clone();
        let dataset = dataset.unwrap_or_else(|| self.data.fingerprint.chars().take(12).collect());
        Provenance { dataset, step, epoch, beta, validation, version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// Metadata in a file. The mean image is a separate tensor there.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MetadataJson {
    options: Value,
    shape: Shape,
    #[serde(default, skip_serializing_if = "is_zero")]
    condition: usize,
    preprocessing: Preprocessing,
    transform: Transform,
    #[serde(skip_serializing_if = "Option::is_none")]
    label_names: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    table: Option<TableLayout>,
    data: DataRecord,
    square: f64,
    entropy: f64,
}

impl MetadataJson {
    pub fn new(metadata: &ModelMetadata) -> Self {
        let metadata = metadata.clone();
        Self {
            options: metadata.options.persisted_options(),
            shape: metadata.shape,
            condition: metadata.condition,
            preprocessing: metadata.preprocessing,
            transform: metadata.transform,
            label_names: metadata.label_names,
            table: metadata.table,
            data: metadata.data,
            square: metadata.moments.square,
            entropy: metadata.moments.entropy,
        }
    }

    /// D, the size of one example.
    pub fn size(&self) -> usize {
        self.shape.size()
    }

    pub fn read(self, mean: Vec<f64>) -> Result<ModelMetadata> {
        Ok(ModelMetadata {
            options: TrainOptions::from_json(&self.options)?,
            shape: self.shape,
            condition: self.condition,
            preprocessing: self.preprocessing,
            transform: self.transform,
            label_names: self.label_names,
            table: self.table,
            data: self.data,
            moments: DataStatistics { mean, square: self.square, entropy: self.entropy },
        })
    }
}

/// Signature required by serde, which passes references.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}
