//! .npz: .npy arrays as the members of a zip file. Reads only the requested array and its labels.
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::base::cancel_token::CancelToken;
use crate::base::error::{Code, Error, Result};
use crate::base::suggest::nearest;
use crate::data::description::{Array, Description};
use crate::data::formats::npy::header::{Dtype, NpyHeader};
use crate::data::formats::{Format, Opened, npy};
use crate::data::input::Input;
use crate::data::options::{FormatOption, OpenOptions};
use crate::data::source::Source;

/// Maximum arrays in one file.
const MAX_MEMBERS: usize = 1024;

/// Usual names of an array of examples, in order of preference.
const NAMES: [&str; 3] = ["images", "imgs", "x"];

/// A file of arrays, one of which holds the examples.
pub(super) struct Npz;

impl Format for Npz {
    fn words(&self) -> &'static str {
        "an .npz file"
    }

    fn names(&self) -> &'static [&'static str] {
        &[".npz"]
    }

    fn is_file(&self, start: &[u8]) -> bool {
        start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06")
    }

    fn options(&self) -> &'static [FormatOption] {
        &[FormatOption::Key, FormatOption::Labels]
    }

    fn open(&self, path: &Path, _: bool, options: &OpenOptions, token: &CancelToken) -> Result<Opened> {
        Ok(examples(path, options, token)?.into())
    }

    /// Lists the arrays, and describes the examples if it is clear which array holds them.
    fn describe(&self, path: &Path, token: &CancelToken) -> Result<Description> {
        let arrays = arrays(path)?;
        let description = match self.describe_opened(path, &OpenOptions::default(), token) {
            Ok(description) => description,
            Err(error) => Description { suggestion: error.to_string(), ..Description::default() },
        };
        Ok(Description { arrays, ..description })
    }
}

/// Reads the array that the options name, else `images`, `imgs` or `x`, else the only one of rank 2 or more. Its
/// labels, unless the options name others, are the array of n integers with a matching name: `y` for `x`, `y_train` for
/// `x_train`, `labels` for anything.
fn examples(path: &Path, options: &OpenOptions, token: &CancelToken) -> Result<Source> {
    let mut archive = Archive::open(path)?;
    let name = archive.choose(options.key.as_deref())?;
    let (input, header) = archive.array(&name)?;
    let mut source = npy::examples(input, &header, options, token)?;
    let n = header.n();
    if options.labels.is_none()
        && let Some(labels) = archive.labels_of(&name, n)
    {
        let (input, header) = archive.array(&labels)?;
        source.labels = Some(npy::integers(input, &header, n, options.limit_bytes, token)?);
    }
    Ok(source)
}

/// The arrays of a file, with the reasons why some cannot hold examples.
fn arrays(path: &Path) -> Result<Vec<Array>> {
    let mut archive = Archive::open(path)?;
    let mut arrays = Vec::new();
    for name in archive.names.clone() {
        arrays.push(match archive.array(&name) {
            Ok((input, header)) => {
                let unusable = npy::usable(&input, &header).err().map(|error| reason(&name, &error));
                Array { name, sizes: header.sizes, unusable }
            }
            Err(error) => Array { unusable: Some(reason(&name, &error)), name, sizes: Vec::new() },
        });
    }
    Ok(arrays)
}

/// The reason why an array cannot hold examples, without its name, which is shown beside it.
fn reason(name: &str, error: &Error) -> String {
    let what = error.what.strip_prefix(&format!("array '{name}': ")).unwrap_or(&error.what);
    match (&error.expected, &error.received) {
        (Some(expected), Some(received)) => format!("{what}: expected {expected}, got {received}"),
        _ => what.to_owned(),
    }
}

/// A zip file of arrays.
struct Archive<'a> {
    path: &'a Path,
    zip: ZipArchive<BufReader<File>>,
    /// The arrays' names, without `.npy`.
    names: Vec<String>,
}

impl<'a> Archive<'a> {
    /// Reads the directory of the zip file.
    fn open(path: &'a Path) -> Result<Self> {
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
    fn array(&mut self, name: &str) -> Result<(Input<'_>, NpyHeader)> {
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

    /// The name of the array of examples.
    fn choose(&mut self, key: Option<&str>) -> Result<String> {
        if let Some(key) = key {
            let key = key.strip_suffix(".npy").unwrap_or(key);
            if self.names.iter().any(|name| name == key) {
                return Ok(key.to_owned());
            }
            let error = Error::option("key").path(self.path).expected(self.one_of(&self.names)).received(key);
            let near = nearest(key, self.names.iter().map(String::as_str));
            return Err(match near {
                Some(near) => error.remedy(format!("did you mean '{near}'?")),
                None => error,
            });
        }
        let mut examples = Vec::new();
        for name in self.names.clone() {
            // An unreadable array is no candidate, and no reason to refuse the others.
            if self.array(&name).is_ok_and(|(_, header)| header.sizes.len() >= 2 && header.dtype.width() > 0) {
                examples.push(name);
            }
        }
        let named = NAMES.iter().find_map(|&name| examples.iter().find(|example| *example == name));
        match (named, examples.as_slice()) {
            (Some(name), _) | (None, [name]) => Ok(name.clone()),
            (None, []) => {
                let error = Error::new(Code::DataFormat, "holds no array of examples").path(self.path);
                Err(error.expected("an .npy array of rank 2 or more").received(match self.names.as_slice() {
                    [] => "no array at all".to_owned(),
                    names => format!("the arrays {}", self.quoted(names)),
                }))
            }
            (None, several) => {
                let error = Error::option("key").path(self.path).expected(self.one_of(several));
                Err(error.remedy("name the array that holds the examples"))
            }
        }
    }

    /// The array that holds the labels of this one: integers, one dimension, `n` of them, a matching name.
    fn labels_of(&mut self, name: &str, n: u64) -> Option<String> {
        let paired = name.replacen("images", "labels", 1).replacen("imgs", "labels", 1);
        let y = name.strip_prefix('x').map(|rest| format!("y{rest}"));
        let candidates = [y.unwrap_or_default(), paired, "labels".to_owned(), "label".to_owned(), "y".to_owned()];
        candidates.into_iter().filter(|candidate| candidate != name).find(|candidate| {
            self.names.contains(candidate)
                && self.array(candidate).is_ok_and(|(_, header)| {
                    let is_integer = matches!(header.dtype, Dtype::U8 | Dtype::Bool | Dtype::Integer { .. });
                    is_integer && header.sizes == [n]
                })
        })
    }

    fn one_of(&self, names: &[String]) -> String {
        format!("one of {}", self.quoted(names))
    }

    /// The first few names, for a message.
    fn quoted(&self, names: &[String]) -> String {
        let shown: Vec<String> = names.iter().take(12).map(|name| format!("'{name}'")).collect();
        let more = if names.len() > shown.len() { ", …" } else { "" };
        shown.join(", ") + more
    }
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
