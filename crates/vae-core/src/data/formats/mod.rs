//! The data formats: one file each, and one line in [`FORMATS`].
mod foreign;
mod idx;
pub(super) mod images;
pub(super) mod label_file;
mod npy;
mod npz;
pub(super) mod table;

use std::path::{Path, PathBuf};

use super::dataset::Dataset;
use super::description::Description;
use super::files::{list_folder, missing};
use super::input::{hex, start};
use super::labels::Labels;
use super::options::{FormatOption, OpenOptions};
use super::part::Part;
use super::source::Source;
use crate::base::cancel_token::CancelToken;
use crate::base::error::{Code, Error, Result};

/// All formats; the first that recognises a path reads it.
const FORMATS: &[&dyn Format] = &[
    &idx::Idx,
    &idx::folder::IdxFolder,
    &npy::Npy,
    &npz::Npz,
    &images::Picture,
    &images::folder::ImageFolder,
    &table::Table, // last, because any text may be a table
];

/// The format of a folder that no format recognises.
const ANY_FOLDER: &dyn Format = &images::folder::ImageFolder;

/// A format of files or folders.
pub(super) trait Format: Sync {
    /// The format in words, with the article: "an IDX file".
    fn words(&self) -> &'static str;

    /// The words for it in a list of the formats that take an option; `None` if another format's words include it.
    fn short_words(&self) -> Option<&'static str> {
        Some(self.words())
    }

    /// The names of its files in a list of readable files: "IDX".
    fn names(&self) -> &'static [&'static str] {
        &[]
    }

    /// True if a file of this format begins with these bytes.
    fn is_file(&self, _start: &[u8]) -> bool {
        false
    }

    /// True if this is a folder of this format.
    ///
    /// # Errors
    /// Errors of reading the folder; [`Code::DataFormat`] if its files are ambiguous.
    fn is_folder(&self, _path: &Path) -> Result<bool> {
        Ok(false)
    }

    /// The role of a file of this format within a folder.
    fn role(&self, _path: &Path) -> FileRole {
        FileRole::DataSet
    }

    /// The format-specific options that it takes.
    fn options(&self) -> &'static [FormatOption];

    /// Reads the examples, and the held-out ones if present and `with_held_out`. Labels from a file named by the
    /// options are not read here.
    ///
    /// # Errors
    /// As for [`open`](super::open()).
    fn open(&self, path: &Path, with_held_out: bool, options: &OpenOptions, token: &CancelToken) -> Result<Opened>;

    /// Describes the content; by default, by opening it.
    ///
    /// # Errors
    /// As for [`open`](super::open()).
    fn describe(&self, path: &Path, token: &CancelToken) -> Result<Description> {
        self.describe_opened(path, &OpenOptions::default(), token)
    }

    /// Describes the examples that these options open.
    ///
    /// # Errors
    /// As for [`open`](super::open()).
    fn describe_opened(&self, path: &Path, options: &OpenOptions, token: &CancelToken) -> Result<Description> {
        let (data, held_out) = self.open(path, true, options, token)?.finish()?;
        Ok(Description::from_examples(&data, held_out.as_ref()))
    }
}

/// The role of a file within a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileRole {
    /// A data set by itself.
    DataSet,
    /// One example of the folder's data set.
    Example,
    /// Something else, such as a note.
    Other,
}

/// Examples as a format reads them.
pub(super) struct Opened {
    pub source: Source,
    pub held_out: HeldOut,
}

/// The held-out examples.
pub(super) enum HeldOut {
    /// None.
    None,
    /// A separate source.
    Apart(Box<Source>),
    /// The examples of the same source from this index on.
    From(usize),
}

impl From<Source> for Opened {
    fn from(source: Source) -> Self {
        Self { source, held_out: HeldOut::None }
    }
}

impl Opened {
    /// The sources of its parts.
    pub(super) fn sources(&mut self) -> impl Iterator<Item = &mut Source> {
        let apart = match &mut self.held_out {
            HeldOut::Apart(source) => Some(&mut **source),
            _ => None,
        };
        std::iter::once(&mut self.source).chain(apart)
    }

    /// Gives labels to the examples; `read` reads them for the number of examples.
    ///
    /// # Errors
    /// Errors of `read`; [`Code::Option`] if the held-out examples would have no labels.
    pub(super) fn label(&mut self, read: impl FnOnce(u64) -> Result<Labels>) -> Result<()> {
        let n = self.source.elements.len() / self.source.shape.size();
        if matches!(self.held_out, HeldOut::From(start) if start < n) {
            let error = Error::option("labels").expected("'none' or unset for a folder with parts").received("a file");
            return Err(error.remedy("open each part by itself, or set `heldOut: 'none'`"));
        }
        read(n as u64)?.put(&mut self.source);
        Ok(())
    }

    /// The data set, and the held-out one.
    ///
    /// # Errors
    /// Errors of the source's check.
    pub(super) fn finish(self) -> Result<(Dataset, Option<Dataset>)> {
        let data = Dataset::new(self.source)?;
        match self.held_out {
            HeldOut::None => Ok((data, None)),
            HeldOut::Apart(source) => {
                let held_out = Dataset::new(*source)?;
                if held_out.shape() != data.shape() {
                    let error = Error::new(Code::Shape, "the held-out examples have another shape");
                    let error = if let Some(path) = data.source() { error.path(path) } else { error };
                    let error = error.expected(data.shape()).received(held_out.shape());
                    return Err(error.remedy("set `heldOut: 'none'` to open the examples to train on alone"));
                }
                let n = held_out.len();
                Ok((data, Some(held_out.run(0..n, Part::HeldOut))))
            }
            HeldOut::From(start) => {
                let held_out = (start < data.len()).then(|| data.run(start..data.len(), Part::HeldOut));
                Ok((data.run(0..start, Part::Whole), held_out))
            }
        }
    }
}

/// Recognises the format of a path: a file by its first bytes, a folder by its files.
///
/// # Errors
/// [`Code::Io`] if the path cannot be read, [`Code::DataFormat`] if it has none of the formats.
pub(super) fn recognise(path: &Path) -> Result<&'static dyn Format> {
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => recognise_folder(path),
        Ok(_) => recognise_file(path),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Err(missing(path)),
        Err(source) => Err(Error::io("read", path, &source)),
    }
}

fn recognise_file(path: &Path) -> Result<&'static dyn Format> {
    let start = start(path)?;
    if start.is_empty() {
        return Err(Error::new(Code::DataFormat, "the file is empty").path(path));
    }
    if let Some(foreign) = foreign::recognise(path)? {
        let what = format!("{}, which is not read", foreign.words);
        return Err(Error::new(Code::DataFormat, what).path(path).remedy(foreign.remedy));
    }
    let unknown = || {
        let mut names: Vec<_> = FORMATS.iter().map(|format| format.names()).collect();
        names.sort_by_key(|names| names.len()); // the many names of pictures last
        let shown = hex(start.get(..8).unwrap_or(&start));
        let error = Error::new(Code::DataFormat, "no format that can be read").path(path);
        error.expected(or(&names.concat())).received(format!("a file that begins with {shown}"))
    };
    recognise_bytes(&start).ok_or_else(unknown)
}

/// The format of a file that begins with these bytes.
fn recognise_bytes(start: &[u8]) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.is_file(start))
}

fn recognise_folder(path: &Path) -> Result<&'static dyn Format> {
    for format in FORMATS {
        if format.is_folder(path)? {
            return Ok(*format);
        }
    }
    // For a folder of data files without examples of its own, suggest the first of those files.
    let (folders, files): (Vec<_>, Vec<_>) = list_folder(path)?.into_iter().partition(|entry| entry.is_dir());
    let role = |file: &PathBuf| Some(recognise_bytes(&start(file).ok()?)?.role(file));
    let roles: Vec<_> = files.iter().filter(|file| file.is_file()).map(|file| (role(file), file)).collect();
    let has_examples = !folders.is_empty() || roles.iter().any(|(role, _)| *role == Some(FileRole::Example));
    match roles.iter().find(|(role, _)| *role == Some(FileRole::DataSet)) {
        Some((_, file)) if !has_examples => {
            let error = Error::new(Code::DataFormat, "the folder holds neither MNIST's IDX files nor pictures");
            Err(error.path(path).remedy(format!("open the file '{}'", file.display())))
        }
        _ => Ok(ANY_FOLDER),
    }
}

/// Refuses an option that has no meaning for this format, instead of ignoring it.
///
/// # Errors
/// [`Code::Option`].
pub(super) fn accept(format: &dyn Format, path: &Path, options: &OpenOptions) -> Result<()> {
    let is_refused = |option: &FormatOption| option.is_set(options) && !format.options().contains(option);
    match FormatOption::all().find(is_refused) {
        Some(option) => Err(Error::option(option.name())
            .path(path)
            .expected(formats_with(option) + option.condition())
            .received(format.words())),
        None => Ok(()),
    }
}

/// The formats that take an option, in words: "an IDX, .npy or .npz file", "pictures or a table".
fn formats_with(option: FormatOption) -> String {
    let formats = FORMATS.iter().filter(|format| format.options().contains(&option));
    let mut words: Vec<&str> = Vec::new();
    for format in formats {
        words.extend(format.short_words().filter(|own| !words.contains(own)));
    }
    // Files share the article and the noun.
    let (files, others): (Vec<&str>, Vec<&str>) = words.into_iter().partition(|words| words.ends_with(" file"));
    let name = |file: &&'static str| file.trim_start_matches("an ").trim_start_matches("a ").trim_end_matches(" file");
    let article = files.first().and_then(|file| file.split_once(' ')).map_or("", |(article, _)| article);
    let files = or(&files.iter().map(name).collect::<Vec<_>>());
    let files = if files.is_empty() { vec![] } else { vec![format!("{article} {files} file")] };
    let all: Vec<&str> = files.iter().map(String::as_str).chain(others).collect();
    or(&all)
}

/// A list of alternatives: "a, b or c".
fn or(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [word] => (*word).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
