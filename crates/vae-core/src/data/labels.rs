//! The file of labels named by the options: one integer per example, IDX or .npy by content.
use std::path::Path;

use super::formats::{idx, npy};
use super::input::Input;
use super::input::start;
use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;

/// Reads `n` labels.
pub(super) fn read(path: &Path, n: u64, limit: u64, token: &CancelToken) -> Result<Vec<i32>> {
    if start(path)?.starts_with(npy::MAGIC) {
        let mut input = Input::open(path)?;
        let header = npy::header(&mut input)?;
        return npy::integers(input, &header, n, limit, token);
    }
    idx::labels(path, n, limit, token)
}
