//! The digests that identify a data set.
use sha2::{Digest, Sha256};

use super::preprocessing::Preprocessing;
use super::shape::Shape;
use super::source::Example;
use super::transform::ElementType;

/// SHA-256 in hex over element type, number of examples, shape and elements, in the order of `examples`.
///
/// Bytes are little-endian everywhere, so that a data set has the same digest on every machine.
pub(super) fn digest<'a>(
    elements: ElementType,
    n: usize,
    shape: &Shape,
    examples: impl Iterator<Item = Example<'a>>,
) -> String {
    let mut hash = Sha256::new();
    hash.update(match elements {
        ElementType::U8 => b"u8\0\0",
        ElementType::F32 => b"f32\0",
    });
    hash.update((n as u64).to_le_bytes());
    hash.update((shape.sizes().len() as u64).to_le_bytes());
    shape.sizes().iter().for_each(|&size| hash.update((size as u64).to_le_bytes()));
    let mut bytes = Vec::new();
    for example in examples {
        match example {
            Example::U8(example) => hash.update(example),
            Example::F32(example) => {
                bytes.clear();
                bytes.extend(example.iter().flat_map(|x| x.to_le_bytes()));
                hash.update(&bytes);
            }
        }
    }
    hex(hash)
}

/// SHA-256 in hex over a [`digest`] and the preprocessing, as JSON.
pub(super) fn fingerprint(digest: &str, preprocessing: &Preprocessing) -> String {
    let mut hash = Sha256::new();
    hash.update(digest);
    hash.update(serde_json::to_string(preprocessing).unwrap_or_default());
    hex(hash)
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
