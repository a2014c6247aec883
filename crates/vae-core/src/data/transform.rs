//! The mapping from the data's units to the model's input, and back.
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vae_kernels::divide_bytes;

use super::preprocessing::Binarize;
use super::units::{Byte, shown_range};

/// The scaling of a data set, fitted on the training set, stored in the model, applied whenever it is used.
///
/// A value x in the data's units becomes `normalize(x)`, or for `scale: 'none'` on bytes the plain number 255·x; then, if
/// requested, 0 or 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transform {
    /// Type of the training set's elements.
    pub(super) elements: ElementType,
    /// Meaning of the training set's bytes.
    pub(super) byte: Byte,
    /// Scaling of the values.
    pub(super) normalize: Normalize,
    /// Rule for the final binarization.
    pub(super) binarize: Binarize,
    /// The smallest and the largest value of the training set, in its units; unset in models of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) range: Option<[f32; 2]>,
    /// True if values beyond the training set's range count as its ends.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) clamp: bool,
}

/// Type of stored elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ElementType {
    /// One byte, 0 to 255.
    U8,
    /// A 32-bit float.
    F32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub(super) enum Normalize {
    /// x
    None,
    /// (x − minimum) / (maximum − minimum), both over the whole training set.
    Range { minimum: f32, maximum: f32 },
    /// (x − mean) / deviation, both of the same column.
    Columns { mean: Vec<f32>, deviation: Vec<f32> },
}

impl Transform {
    /// Every byte.
    pub(super) const BYTES: [u8; 256] = {
        let mut bytes = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            bytes[byte] = byte as u8;
            byte += 1;
        }
        bytes
    };

    /// Rule for binarizing values; the trainer carries out [`Binarize::Dynamic`].
    pub fn binarize(&self) -> Binarize {
        self.binarize
    }

    /// True if the training set held bytes that are pixels, value / 255, and not bits.
    pub fn takes_pixels(&self) -> bool {
        self.elements == ElementType::U8 && self.byte != Byte::Bit
    }

    /// Type of the training set's elements.
    pub fn elements(&self) -> ElementType {
        self.elements
    }

    /// The smallest and the largest value of the training set in its units, if known.
    pub(crate) fn training_range(&self) -> Option<[f32; 2]> {
        match (self.elements, &self.normalize) {
            (ElementType::U8, _) => Some([0.0, 1.0]),
            (_, &Normalize::Range { minimum, maximum }) => Some([minimum, maximum]),
            _ => self.range,
        }
    }

    /// The values that are shown as black and white, in the data's units: `[0, 1]`, or for floats beyond it the ends of
    /// the training set.
    pub fn range(&self) -> [f32; 2] {
        self.training_range().map_or([0.0, 1.0], shown_range)
    }

    /// True if values beyond the training set's range count as its ends.
    pub fn clamps(&self) -> bool {
        self.clamp
    }

    /// Description for the `start` event: "u8 / 255", "u8 as 0/1", "u8 as they are", "floats as they are",
    /// "floats scaled from [−2, 5] to [0, 1]", "standardized per column"; with ", 1 from 0.5 up" or ", drawn as 0
    /// or 1 in every step" if binarized.
    pub fn describe(&self) -> String {
        let scaled = match &self.normalize {
            Normalize::Columns { .. } => "standardized per column".to_owned(),
            Normalize::Range { minimum, maximum } => format!("floats scaled from [{minimum}, {maximum}] to [0, 1]"),
            Normalize::None if self.elements == ElementType::F32 => "floats as they are".to_owned(),
            Normalize::None => match self.byte {
                Byte::Pixel => "u8 / 255".to_owned(),
                Byte::Bit => "u8 as 0/1".to_owned(),
                Byte::Number => "u8 as they are".to_owned(),
            },
        };
        let binarized = match self.binarize {
            Binarize::None => "",
            Binarize::Threshold => ", 1 from 0.5 up",
            Binarize::Dynamic => ", drawn as 0 or 1 in every step",
        };
        scaled + binarized
    }

    /// Factor from the data's units to the values that are normalized.
    fn factor(&self) -> f32 {
        if (self.elements, self.byte) == (ElementType::U8, Byte::Number) { 255.0 } else { 1.0 }
    }

    /// Writes one example of bytes of this meaning to `out`.
    pub(super) fn apply_u8(&self, byte: Byte, bytes: &[u8], out: &mut [f32]) {
        self.unscaled(byte, bytes, out);
        self.normalize.apply(out, self.clamp);
        self.threshold(out);
    }

    /// Writes one example of floats to `out`.
    pub(super) fn apply_f32(&self, floats: &[f32], out: &mut [f32]) {
        let factor = self.factor();
        out.iter_mut().zip(floats).for_each(|(out, &x)| *out = x * factor);
        self.normalize.apply(out, self.clamp);
        self.threshold(out);
    }

    /// Values of bytes before they are normalized. A plain number needs no division.
    fn unscaled(&self, byte: Byte, bytes: &[u8], out: &mut [f32]) {
        let factor = self.factor();
        if factor == byte.divisor() {
            return divide_bytes(bytes, 1.0, out);
        }
        divide_bytes(bytes, byte.divisor(), out);
        if factor != 1.0 {
            out.iter_mut().for_each(|x| *x *= factor);
        }
    }

    /// Brings values of the model's scale to the data's units, the inverse of the scaling: examples one after the other.
    pub(crate) fn to_units(&self, values: &mut [f32]) {
        match &self.normalize {
            Normalize::None => {
                let factor = self.factor();
                if factor != 1.0 {
                    values.iter_mut().for_each(|x| *x /= factor);
                }
            }
            Normalize::Range { minimum, maximum } => {
                let width = width(*minimum, *maximum);
                values.iter_mut().for_each(|x| *x = *x * width + minimum);
            }
            Normalize::Columns { mean, deviation } => {
                for example in values.chunks_exact_mut(mean.len()) {
                    for ((x, mean), deviation) in example.iter_mut().zip(mean).zip(deviation) {
                        *x = *x * deviation + mean;
                    }
                }
            }
        }
    }

    /// True if the mapping does not depend on a value's position.
    pub(super) fn is_uniform(&self) -> bool {
        !matches!(self.normalize, Normalize::Columns { .. })
    }

    /// The value of each byte of this meaning before its column is scaled.
    pub(super) fn unscaled_bytes(&self, byte: Byte) -> [f32; 256] {
        let mut values = [0.0; 256];
        self.unscaled(byte, &Self::BYTES, &mut values);
        values
    }

    /// The scaling as JSON: `{ "type": "none" }`, `"factor"` 255 where bytes are plain numbers, `{ "type": "unit",
    /// "minimum", "maximum" }` or `{ "type": "standardize", "mean", "deviation" }`, in the data's units.
    pub(crate) fn scale_json(&self) -> Value {
        match &self.normalize {
            Normalize::None => json!({ "type": "none", "factor": self.factor() }),
            Normalize::Range { minimum, maximum } => {
                json!({ "type": "unit", "minimum": minimum, "maximum": maximum, "clamped": self.clamp })
            }
            Normalize::Columns { mean, deviation } => {
                json!({ "type": "standardize", "mean": mean, "deviation": deviation })
            }
        }
    }

    /// The mean and the deviation of each column in the data's units, if the values are standardized.
    pub fn columns(&self) -> Option<(&[f32], &[f32])> {
        match &self.normalize {
            Normalize::Columns { mean, deviation } => Some((mean, deviation)),
            _ => None,
        }
    }

    fn threshold(&self, out: &mut [f32]) {
        if self.binarize == Binarize::Threshold {
            out.iter_mut().for_each(|x| *x = if *x >= 0.5 { 1.0 } else { 0.0 });
        }
    }
}

/// The width of a range. A constant training set has width 0 and becomes 0, without a division by zero.
fn width(minimum: f32, maximum: f32) -> f32 {
    if maximum > minimum { maximum - minimum } else { 1.0 }
}

impl Normalize {
    fn apply(&self, out: &mut [f32], clamp: bool) {
        match self {
            Self::None => {}
            Self::Range { minimum, maximum } => {
                // Division makes the maximum exactly 1.
                let (low, width) = (*minimum, width(*minimum, *maximum));
                out.iter_mut().for_each(|x| *x = (*x - low) / width);
                if clamp {
                    out.iter_mut().for_each(|x| *x = x.clamp(0.0, 1.0));
                }
            }
            Self::Columns { mean, deviation } => {
                for ((x, mean), deviation) in out.iter_mut().zip(mean).zip(deviation) {
                    *x = (*x - mean) / deviation;
                }
            }
        }
    }
}
