//! What a model is, apart from its numbers: the card that lies beside θ in every file.
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::error::Result;
use crate::data::DataStatistics;
use crate::data::{Dataset, Preprocessing, Shape, Transform};
use crate::model::architecture::Architecture;
use crate::objective::losses::Losses;
use crate::options::TrainOptions;

/// What a model is: its options, the shape and meaning of its data, and where those came from.
#[derive(Debug, Clone)]
pub struct Card {
    /// The options that it was trained with.
    pub options: TrainOptions,
    /// The shape of one example.
    pub shape: Shape,
    /// C, the numbers of an example's condition; 0 without one.
    pub condition: usize,
    /// What was done to files before they became arrays.
    pub preprocessing: Preprocessing,
    /// What the arrays' values mean.
    pub transform: Transform,
    /// The names of the labels, if the data had any.
    pub label_names: Option<Vec<String>>,
    /// The training set.
    pub data: DataRecord,
    /// The moments of the training set, from which the ceiling of the reconstruction follows.
    pub moments: DataStatistics,
}

/// Which data these were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataRecord {
    /// The path or name that they were opened by.
    pub source: Option<String>,
    /// A digest of their content.
    pub fingerprint: String,
    /// How many examples.
    pub n: usize,
}

impl DataRecord {
    /// The record of a data set.
    pub fn of(data: &Dataset) -> Self {
        Self { source: data.source().map(str::to_owned), fingerprint: data.fingerprint(), n: data.len() }
    }
}

/// How far a model was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trained {
    /// The training set's name or path, or the start of its fingerprint.
    pub dataset: String,
    /// Updates made.
    pub step: u64,
    /// Complete epochs.
    pub epoch: u64,
    /// β as it was last set: not always that of the options.
    pub beta: f64,
    /// The validation of that epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<Losses>,
    /// The version of vae-native.
    pub version: String,
}

impl Card {
    /// The card of a model that is to be trained on `data`; one pass over them.
    pub fn new(data: &Dataset, options: &TrainOptions) -> Self {
        let transform = Transform::fit(data);
        Self {
            options: options.clone(),
            shape: data.shape().clone(),
            condition: data.condition_width(),
            preprocessing: data.preprocessing().clone(),
            label_names: data.label_names().map(<[String]>::to_vec),
            data: DataRecord::of(data),
            moments: DataStatistics::of(data, &transform),
            transform,
        }
    }

    /// The sizes and choices that fix the layout of θ.
    pub fn architecture(&self) -> Architecture {
        Architecture { condition: self.condition, ..self.options.architecture(&self.shape) }
    }

    /// How far it has come.
    pub fn trained(&self, step: u64, epoch: u64, beta: f64, validation: Option<Losses>) -> Trained {
        let dataset = self.data.source.clone();
        let dataset = dataset.unwrap_or_else(|| self.data.fingerprint.chars().take(12).collect());
        Trained { dataset, step, epoch, beta, validation, version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// The card as it stands in a file. The mean image is a tensor of its own there.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CardJson {
    options: Value,
    shape: Shape,
    #[serde(default, skip_serializing_if = "is_zero")]
    condition: usize,
    preprocessing: Preprocessing,
    transform: Transform,
    #[serde(skip_serializing_if = "Option::is_none")]
    label_names: Option<Vec<String>>,
    data: DataRecord,
    square: f64,
    entropy: f64,
}

impl CardJson {
    pub fn of(card: &Card) -> Self {
        let card = card.clone();
        Self {
            options: card.options.persisted_options(),
            shape: card.shape,
            condition: card.condition,
            preprocessing: card.preprocessing,
            transform: card.transform,
            label_names: card.label_names,
            data: card.data,
            square: card.moments.square,
            entropy: card.moments.entropy,
        }
    }

    /// D, the numbers of one example.
    pub fn size(&self) -> usize {
        self.shape.size()
    }

    pub fn read(self, mean: Vec<f64>) -> Result<Card> {
        Ok(Card {
            options: TrainOptions::from_json(&self.options)?,
            shape: self.shape,
            condition: self.condition,
            preprocessing: self.preprocessing,
            transform: self.transform,
            label_names: self.label_names,
            data: self.data,
            moments: DataStatistics { mean, square: self.square, entropy: self.entropy },
        })
    }
}

/// For serde, which passes references.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}
