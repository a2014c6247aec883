//! The zip file around the arrays.
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::base::error::{Code, Error, Result};
use crate::base::suggest::nearest;
use crate::data::formats::npy;
use crate::data::formats::npy::header::NpyHeader;
use crate::data::input::Input;

/// Maximum arrays in one file.
const MAX_MEMBERS: usize = 1024;

/// A zip file of arrays.
pub(super) struct Archive<'a> {
    pub path: &'a Path,
    zip: ZipArchive<BufReader<File>>,
    /// The arrays' names, without `.npy`.
    pub names: Vec<String>,
}

impl<'a> Archive<'a> {
    /// Reads the directory of the zip file.
    pub(super) fn open(path: &'a Path) -> Result<Self> {
        let file = File::open(path).map_err(|source| Error::io("open the file", path, &source))?;
        let zip = ZipArchive::new(BufReader::with_capacity(1 << 16, file)).map_err(|error| damaged(path, error))?;
        if zip.len() > MAX_MEMBERS {
            let error = Error::new(Code::DataFormat, "the number of arrays").path(path);
            return Err(error.expected(format!("at most {MAX_MEMBERS}")).received(zip.len()));
        }
        if zip.has_duplicate_names() {
            return Err(Error::new(Code::DataFormat, "two arrays have the same name").path(path));
        }
        let names = zip.file_names().filter_map(|name| Some(name.ok()?.strip_suffix(".npy")?.to_owned()));
        let names = names.collect();
        Ok(Self { path, zip, names })
    }

    /// The header of an array, and the input positioned at its values.
    pub(super) fn array(&mut self, name: &str) -> Result<(Input<'_>, NpyHeader)> {
        let path = self.path;
        let member = self.zip.by_name(&format!("{name}.npy")).map_err(|error| damaged(path, error))?;
        let declared = member.size();
        let mut input = Input::member(path, name, member);
        let header = npy::header(&mut input)?;
        // The zip directory and the array's header both declare a size; the difference must be the values.
        let value_bytes = declared.saturating_sub(input.bytes_read());
        let width = header.dtype.width();
        let values = header.sizes.iter().try_fold(width, |product, &size| product.checked_mul(size));
        if width > 0 && values != Some(value_bytes) {
            let error = input.error("the zip directory and the array's header disagree about its size");
            let values = values.map_or("more than 2^64 bytes".to_owned(), |values| format!("{values} bytes"));
            return Err(error.expected(format!("{value_bytes} bytes of values")).received(values));
        }
        Ok((input, header))
    }

    /// The name that an option names.
    ///
    /// # Errors
    /// [`Code::Option`] if there is no such array.
    pub(super) fn named(&self, option: &str, name: &str) -> Result<String> {
        let name = name.strip_suffix(".npy").unwrap_or(name);
        if self.names.iter().any(|own| own == name) {
            return Ok(name.to_owned());
        }
        let error = Error::option(option).path(self.path).expected(one_of(&self.names)).received(name);
        Err(match nearest(name, self.names.iter().map(String::as_str)) {
            Some(near) => error.remedy(format!("did you mean '{near}'?")),
            None => error,
        })
    }
}

/// The alternatives, for a message.
pub(super) fn one_of(names: &[String]) -> String {
    format!("one of {}", quoted(names))
}

/// The first few names, for a message.
pub(super) fn quoted(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(12).map(|name| format!("'{name}'")).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    shown.join(", ") + more
}

fn damaged(path: &Path, error: ZipError) -> Error {
    match error {
        ZipError::Io(source) if source.kind() != std::io::ErrorKind::UnexpectedEof => {
            Error::io("read the file", path, &source)
        }
        error => {
            Error::new(Code::DataFormat, format!("the zip file is damaged or uses what .npz files do not ({error})"))
                .path(path)
        }
    }
}
