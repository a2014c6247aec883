//! The mapping from stored elements to the model's input.
use serde::{Deserialize, Serialize};
use vae_kernels::divide_bytes;

use super::preprocessing::Binarize;

/// The scaling of a data set, fitted on the training set, stored in the model, applied whenever it is used.
///
/// A value x becomes `normalize(x / 255)` if it is a u8 pixel, else `normalize(x)`; then, if requested, 0 or 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transform {
    /// Type of the training set's elements.
    pub(super) elements: ElementType,
    /// Meaning of a u8.
    pub(super) byte: Byte,
    /// Scaling of the values after that.
    pub(super) normalize: Normalize,
    /// Rule for the final binarization.
    pub(super) binarize: Binarize,
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

/// Meaning of a u8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Byte {
    /// A pixel: x / 255.
    Pixel,
    /// 0 or 1.
    Bit,
    /// The plain number.
    Number,
}

impl Byte {
    /// Divisor of a u8. Division instead of a product with 1/255 gives 0.2 for 51 to the last bit, as in NumPy.
    fn divisor(self) -> f32 {
        match self {
            Self::Pixel => 255.0,
            Self::Bit | Self::Number => 1.0,
        }
    }
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

    /// Writes one example of bytes to `out`, in one pass.
    pub(super) fn apply_u8(&self, bytes: &[u8], out: &mut [f32]) {
        divide_bytes(bytes, self.byte.divisor(), out);
        self.normalize.apply(out);
        self.threshold(out);
    }

    /// Writes one example of floats to `out`.
    pub(super) fn apply_f32(&self, floats: &[f32], out: &mut [f32]) {
        out.iter_mut().zip(floats).for_each(|(out, &x)| *out = x);
        self.normalize.apply(out);
        self.threshold(out);
    }

    /// True if the mapping does not depend on a value's position.
    pub(super) fn is_uniform(&self) -> bool {
        !matches!(self.normalize, Normalize::Columns { .. })
    }

    /// The value of each byte before its column is scaled.
    #[cfg_attr(not(feature = "cuda"), expect(dead_code, reason = "for a GPU, which transforms bytes itself"))]
    pub(crate) fn unscaled_bytes(&self) -> [f32; 256] {
        let mut values = [0.0; 256];
        divide_bytes(&Self::BYTES, self.byte.divisor(), &mut values);
        values
    }

    /// The mean and the deviation of each column, if the values are standardized.
    #[cfg_attr(not(feature = "cuda"), expect(dead_code, reason = "for a GPU, which transforms bytes itself"))]
    pub(crate) fn columns(&self) -> Option<(&[f32], &[f32])> {
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

impl Normalize {
    fn apply(&self, out: &mut [f32]) {
        match self {
            Self::None => {}
            Self::Range { minimum, maximum } => {
                let (low, width) = (*minimum, maximum - minimum);
                // A constant training set has width 0 and becomes 0. Division makes the maximum exactly 1.
                let width = if width > 0.0 { width } else { 1.0 };
                out.iter_mut().for_each(|x| *x = (*x - low) / width);
            }
            Self::Columns { mean, deviation } => {
                for ((x, mean), deviation) in out.iter_mut().zip(mean).zip(deviation) {
                    *x = (*x - mean) / deviation;
                }
            }
        }
    }
}
