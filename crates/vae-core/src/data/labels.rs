//! The file of labels named by the options: IDX, .npy or a table of one column, by content.
use std::path::Path;

use super::formats::table::Labels;
use super::formats::{idx, npy, table};
use super::input::Input;
use super::input::start;
use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;

/// Reads `n` labels.
pub(super) fn read(path: &Path, n: u64, limit: u64, token: &CancelToken) -> Result<Labels> {
    let start = start(path)?;
    let labels = if start.starts_with(npy::MAGIC) {
        let mut input = Input::open(path)?;
        let header = npy::header(&mut input)?;
        npy::integers(input, &header, n, limit, token)?
    } else if start.starts_with(&[0, 0]) {
        idx::labels(path, n, limit, token)?
    } else {
        return table::labels(path, n, limit, token);
    };
    Ok(Labels { labels, names: None })
}
