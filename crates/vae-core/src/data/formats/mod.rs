//! The formats that data are read from: one file each, and one line in [`FORMATS`].
mod csv;
pub(super) mod idx;
pub(super) mod images;
pub(super) mod npy;
mod npz;

use std::path::{Path, PathBuf};

use super::dataset::Dataset;
use super::description::Description;
use super::files::{list_folder, missing};
use super::input::{hex, start};
use super::options::{FormatOption, OpenOptions};
use super::source::Source;
use crate::base::error::{Code, Error, Result};
use crate::base::task::Task;

/// All formats; a path has the first one that recognises it.
const FORMATS: &[&dyn Format] = &[
    &idx::Idx,
    &idx::folder::Folder,
    &npy::Npy,
    &npz::Npz,
    &images::Picture,
    &images::folder::Folder,
    &csv::Table, // the last, because any text may be one
];

/// The format of a folder that none recognises.
const ANY_FOLDER: &dyn Format = &images::folder::Folder;

/// A format of files or folders.
pub(super) trait Format: Sync {
    /// In words, with the article: "an IDX file".
    fn words(&self) -> &'static str;

    /// The words for it among those that take an option; `None` if those of another format include it.
    fn among_others(&self) -> Option<&'static str> {
        Some(self.words())
    }

    /// The names of its files among those that can be read: "IDX".
    fn names(&self) -> &'static [&'static str] {
        &[]
    }

    /// Does a file of this format begin with these bytes?
    fn is_file(&self, _start: &[u8]) -> bool {
        false
    }

    /// Is this a folder of this format?
    ///
    /// # Errors
    /// Those of reading the folder; [`Code::DataFormat`] if it is unclear which of its files are meant.
    fn is_folder(&self, _path: &Path) -> Result<bool> {
        Ok(false)
    }

    /// The role of a file of this format within a folder.
    fn role(&self, _path: &Path) -> Role {
        Role::DataSet
    }

    /// The options that it takes, of those which only some formats take.
    fn takes(&self) -> &'static [FormatOption];

    /// Reads the examples, and those that are held out if there are some and they are asked for. Labels that the options
    /// name a file for are not read here.
    ///
    /// # Errors
    /// As for [`open`](super::open()).
    fn open(&self, path: &Path, with_held_out: bool, options: &OpenOptions, task: &Task) -> Result<Opened>;

    /// Describes the content: if a format has nothing better to say, by opening it.
    ///
    /// # Errors
    /// As for [`open`](super::open()).
    fn describe(&self, path: &Path, task: &Task) -> Result<Description> {
        self.describe_opened(path, &OpenOptions::default(), task)
    }

    /// Describes the examples that these options open.
    ///
    /// # Errors
    /// As for [`open`](super::open()).
    fn describe_opened(&self, path: &Path, options: &OpenOptions, task: &Task) -> Result<Description> {
        let (data, held_out) = self.open(path, true, options, task)?.finish()?;
        Ok(Description::of_examples(&data, held_out.as_ref()))
    }
}

/// The role of a file within a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
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

/// The examples that are held out.
pub(super) enum HeldOut {
    /// None.
    None,
    /// Those of a source of their own.
    Apart(Box<Source>),
    /// Those of the same source from this one on.
    From(usize),
}

impl From<Source> for Opened {
    fn from(source: Source) -> Self {
        Self { source, held_out: HeldOut::None }
    }
}

impl Opened {
    /// The data set, and the one that is held out.
    ///
    /// # Errors
    /// Those of a source's check.
    pub(super) fn finish(self) -> Result<(Dataset, Option<Dataset>)> {
        let data = Dataset::new(self.source)?;
        match self.held_out {
            HeldOut::None => Ok((data, None)),
            HeldOut::Apart(source) => Ok((data, Some(Dataset::new(*source)?))),
            HeldOut::From(start) => {
                let held_out = data.slice(start, data.len())?;
                Ok((data.slice(0, start)?, (!held_out.is_empty()).then_some(held_out)))
            }
        }
    }
}

/// Recognises the format of a path: of a file by its first bytes, of a folder by its files.
///
/// # Errors
/// [`Code::Io`] if the path cannot be read, [`Code::DataFormat`] if it has none of the formats.
pub(super) fn recognise(path: &Path) -> Result<&'static dyn Format> {
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => of_folder(path),
        Ok(_) => of_file(path),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Err(missing(path)),
        Err(source) => Err(Error::io("read", path, &source)),
    }
}

fn of_file(path: &Path) -> Result<&'static dyn Format> {
    let start = start(path)?;
    if start.is_empty() {
        return Err(Error::new(Code::DataFormat, "the file is empty").path(path));
    }
    let unknown = || {
        let mut names: Vec<_> = FORMATS.iter().map(|format| format.names()).collect();
        names.sort_by_key(|names| names.len()); // the many names of pictures last
        let shown = hex(start.get(..8).unwrap_or(&start));
        let error = Error::new(Code::DataFormat, "no format that can be read").path(path);
        error.expected(or(&names.concat())).received(format!("a file that begins with {shown}"))
    };
    of_bytes(&start).ok_or_else(unknown)
}

/// The format of a file that begins with these bytes.
fn of_bytes(start: &[u8]) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.is_file(start))
}

fn of_folder(path: &Path) -> Result<&'static dyn Format> {
    for format in FORMATS {
        if format.is_folder(path)? {
            return Ok(*format);
        }
    }
    // In a folder of data files and no examples of its own, the first of those files was meant.
    let (folders, files): (Vec<_>, Vec<_>) = list_folder(path)?.into_iter().partition(|entry| entry.is_dir());
    let role = |file: &PathBuf| Some(of_bytes(&start(file).ok()?)?.role(file));
    let roles: Vec<_> = files.iter().filter(|file| file.is_file()).map(|file| (role(file), file)).collect();
    let has_examples = !folders.is_empty() || roles.iter().any(|(role, _)| *role == Some(Role::Example));
    match roles.iter().find(|(role, _)| *role == Some(Role::DataSet)) {
        Some((_, file)) if !has_examples => {
            let error = Error::new(Code::DataFormat, "the folder holds neither MNIST's IDX files nor pictures");
            Err(error.path(path).remedy(format!("open the file '{}'", file.display())))
        }
        _ => Ok(ANY_FOLDER),
    }
}

/// Refuses an option that means nothing for this format, rather than ignoring it.
///
/// # Errors
/// [`Code::Option`].
pub(super) fn accept(format: &dyn Format, path: &Path, options: &OpenOptions) -> Result<()> {
    let is_refused = |option: &FormatOption| option.is_set(options) && !format.takes().contains(option);
    match FormatOption::ALL.into_iter().find(is_refused) {
        Some(option) => Err(Error::option(option.name())
            .path(path)
            .expected(takers(option) + option.condition())
            .received(format.words())),
        None => Ok(()),
    }
}

/// The formats that take an option, in words: "an IDX, .npy or .npz file", "pictures or a table".
fn takers(option: FormatOption) -> String {
    let takers = FORMATS.iter().filter(|format| format.takes().contains(&option));
    let words: Vec<&str> = takers.filter_map(|format| format.among_others()).collect();
    // Files share their article and their noun.
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
