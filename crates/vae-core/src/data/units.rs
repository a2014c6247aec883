//! The units of data, in which examples are handed out and taken back: of bytes value / 255, in [0, 1]; of bits (bool,
//! and bytes whose maximum is 1) 0 or 1; of floats the values as they were given.
//!
//! They are a property of the data alone. A model's scale is a [`Transform`](super::Transform) from these units to its
//! inputs and back.
use serde::{Deserialize, Serialize};

use super::dataset::Dataset;
use super::preprocessing::Scale;
use super::source::{Elements, Source};

/// Meaning of a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Byte {
    /// A pixel: x / 255.
    Pixel,
    /// 0 or 1.
    Bit,
    /// A pixel, which the model receives as the plain number.
    Number,
}

impl Byte {
    /// Divisor of a byte to its units. Division instead of a product with 1/255 gives 0.2 for 51 to the last bit, as in
    /// NumPy.
    pub(super) fn divisor(self) -> f32 {
        match self {
            Self::Pixel | Self::Number => 255.0,
            Self::Bit => 1.0,
        }
    }
}

impl Source {
    /// Meaning of its bytes: bits if the reader said so or no byte is above 1 and one is 1, unless `scale` asks for
    /// pixels. The whole source decides, not a view, so that a slice never changes the meaning of its values.
    pub(super) fn byte(&self) -> Byte {
        *self.byte.get_or_init(|| match &self.elements {
            Elements::U8(_) if self.preprocessing.scale == Some(Scale::Unit) => Byte::Pixel,
            Elements::U8(bytes) if bytes.iter().all(|&x| x <= 1) && bytes.contains(&1) => Byte::Bit,
            _ => Byte::Pixel,
        })
    }

    /// The smallest and the largest value in the data's units; `[0, 1]` for bytes.
    pub(super) fn range(&self) -> [f32; 2] {
        *self.range.get_or_init(|| match &self.elements {
            Elements::U8(_) => [0.0, 1.0],
            Elements::F32(floats) => bounds(floats),
        })
    }
}

/// The smallest and the largest of some floats.
pub(super) fn bounds(floats: &[f32]) -> [f32; 2] {
    floats.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], &x| [low.min(x), high.max(x)])
}

/// The values that are shown as black and white: `[0, 1]` for data within it, else the ends of the data.
pub(super) fn shown_range([low, high]: [f32; 2]) -> [f32; 2] {
    if low >= 0.0 && high <= 1.0 { [0.0, 1.0] } else { [low, high] }
}

impl Dataset {
    /// All values of the view in the data's units, in its order: `len() · shape.size()` values.
    pub fn values(&self) -> Vec<f32> {
        let mut out = Vec::with_capacity(self.len() * self.shape().size());
        let divisor = self.byte().divisor();
        for row in 0..self.len() {
            match self.bytes(row) {
                Some(bytes) => out.extend(bytes.iter().map(|&byte| f32::from(byte) / divisor)),
                None => out.extend_from_slice(self.floats(row).unwrap_or_default()),
            }
        }
        out
    }

    /// True for bytes that are pixels, value / 255, and not bits.
    pub fn holds_pixels(&self) -> bool {
        self.is_u8() && self.byte() == Byte::Pixel
    }

    /// The values that are shown as black and white, in the data's units: `[0, 1]`, or for floats beyond it the smallest
    /// and the largest value of the whole source, whatever the view.
    pub fn range(&self) -> [f32; 2] {
        shown_range(self.source_range())
    }
}
