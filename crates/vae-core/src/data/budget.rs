//! Sizes that a file declares, checked before a byte is allocated for them.
use std::path::Path;

use super::shape::times;
use crate::base::error::{Code, Error, Result};
use crate::base::memory::in_words;

/// Bytes of an array of these sizes with elements of `width` bytes, if within the budget.
///
/// # Errors
/// [`Code::DataFormat`] if the product overflows, [`Code::Memory`] if it is above `limit`.
pub(super) fn bytes<'a>(path: impl Into<Option<&'a Path>>, sizes: &[u64], width: u64, limit: u64) -> Result<u64> {
    let total = sizes.iter().try_fold(width, |product, &size| product.checked_mul(size));
    let Some(total) = total else {
        let error = Error::new(Code::DataFormat, "the declared size overflows");
        return Err(at(path, error).received(format!("{} values", times(sizes))));
    };
    if total > limit {
        return Err(over(path, &format!("{} values", times(sizes)), total, limit));
    }
    Ok(total)
}

/// The error for data that would take more memory than allowed.
pub(super) fn over<'a>(path: impl Into<Option<&'a Path>>, what: &str, total: u64, limit: u64) -> Error {
    at(path, Error::new(Code::Memory, format!("{what} need {}", in_words(total))))
        .expected(format!("at most {}", in_words(limit)))
        .remedy("raise `limitBytes` to allow it")
}

/// An empty vector with room for `n` elements, or [`Code::Memory`] instead of an abort.
pub(super) fn reserve<'a, T>(path: impl Into<Option<&'a Path>>, n: u64) -> Result<Vec<T>> {
    let mut vector = Vec::new();
    let reserved = usize::try_from(n).is_ok_and(|n| vector.try_reserve_exact(n).is_ok());
    if !reserved {
        let bytes = n.saturating_mul(size_of::<T>() as u64);
        return Err(at(path, Error::new(Code::Memory, format!("cannot allocate {}", in_words(bytes)))));
    }
    Ok(vector)
}

/// Names the file, if the data come from one.
fn at<'a>(path: impl Into<Option<&'a Path>>, error: Error) -> Error {
    match path.into() {
        Some(path) => error.path(path),
        None => error,
    }
}
