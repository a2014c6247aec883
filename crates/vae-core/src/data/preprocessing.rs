//! The preprocessing of data between a file and the model, as requested by the user.
use serde::{Deserialize, Serialize};

/// Rules that bring examples to one size and one scale. Stored in the model and applied whenever it is used.
///
/// `size`, `fit` and `channels` act on pictures once, when a data set is opened; `scale` and `binarize` act on every
/// batch, through the [`Transform`](super::Transform) fitted on the training set.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Preprocessing {
    /// `[height, width]` of every picture in pixels; unset = unchanged, and all must agree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<[usize; 2]>,
    /// Rule for a picture whose aspect ratio differs from `size`; contain unless set.
    pub fit: Fit,
    /// 1 = grey, 3 = red, green, blue; unset = grey if every picture is grey, else 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<u8>,
    /// Scaling of the values; unset = u8 / 255 (u8 whose maximum is 1 count as 0/1), floats unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// Rule for binarizing scaled values; none unless set.
    pub binarize: Binarize,
}

/// Rule for resizing a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fit {
    /// The whole picture, centred, the rest filled with black.
    #[default]
    Contain,
    /// The whole target filled, the excess on two sides cut off evenly.
    Cover,
    /// Stretched.
    Fill,
}

/// Scaling of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scale {
    /// Unchanged; the model receives u8 as 0 to 255.
    None,
    /// To [0, 1]: u8 are divided by 255, floats mapped from the training set's minimum and maximum.
    Unit,
    /// Every column (position in the example) to mean 0 and standard deviation 1 over the training set.
    Standardize,
}

/// Rule for binarizing scaled values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Binarize {
    /// Unchanged.
    #[default]
    None,
    /// 1 from 0.5 up, else 0.
    Threshold,
    /// A Bernoulli draw with the value as its probability, repeated in every step by the trainer.
    Dynamic,
}
