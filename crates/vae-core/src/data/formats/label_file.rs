//! The file of labels that the options name: IDX, .npy or a table of one column, by content.
use std::path::Path;

use super::{Format, idx, npy, table};
use crate::base::cancel_token::CancelToken;
use crate::base::error::{Code, Error, Result};
use crate::data::files::missing;
use crate::data::input::{Input, start};
use crate::data::labels::{LEAVE_OUT, Labels};

/// Reads one label for each of `n` examples.
///
/// # Errors
/// [`Code::Io`] if the file cannot be read, [`Code::Shape`] if it holds another number of labels,
/// [`Code::DataFormat`] if it holds something else.
pub(in crate::data) fn read(path: &Path, n: u64, limit: u64, token: &CancelToken) -> Result<Labels> {
    if !path.exists() {
        return Err(missing(path).with_option("labels"));
    }
    let start = start(path)?;
    let mut labels = if npy::Npy.is_file(&start) {
        let mut input = Input::open(path)?;
        let header = npy::header(&mut input)?;
        npy::labels(input, &header, n, limit, token)?
    } else if idx::Idx.is_file(&start) {
        idx::labels(path, n, limit, token)?
    } else if table::Table.is_file(&start) {
        table::labels(path, n, limit, token)?
    } else {
        let error = Error::new(Code::DataFormat, "no file of labels").path(path);
        return Err(error.with_option("labels").expected("IDX, .npy or a table of one column").remedy(LEAVE_OUT));
    };
    Labels::settle(&mut [&mut labels])?;
    Ok(labels)
}
