//! What tells one data set from another.
use sha2::{Digest, Sha256};

use super::dataset::{Dataset, Example};
use super::transform::ElementType;

/// SHA-256 in hex over element type, number of examples, shape and elements in the view's order.
///
/// The order of bytes is little-endian everywhere, so that one data set has one fingerprint on every machine.
pub(super) fn of(data: &Dataset) -> String {
    let mut hash = Sha256::new();
    hash.update(match data.element_type() {
        ElementType::U8 => b"u8\0\0",
        ElementType::F32 => b"f32\0",
    });
    hash.update((data.len() as u64).to_le_bytes());
    hash.update((data.shape().sizes().len() as u64).to_le_bytes());
    data.shape().sizes().iter().for_each(|&size| hash.update((size as u64).to_le_bytes()));
    let mut bytes = Vec::new();
    for row in 0..data.len() {
        match data.example(row) {
            Example::U8(example) => hash.update(example),
            Example::F32(example) => {
                bytes.clear();
                bytes.extend(example.iter().flat_map(|x| x.to_le_bytes()));
                hash.update(&bytes);
            }
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
