//! What kind of data a path holds, told by content, and which options belong to it.
pub(in crate::data) mod csv;
pub(in crate::data) mod idx;
pub(in crate::data) mod images;
pub(in crate::data) mod npy;
pub(in crate::data) mod npz;

use std::path::Path;

use crate::base::error::{Code, Error, Result};
use crate::data::files::{list_folder, missing};
use crate::data::formats::idx::folder::IdxFolder;
use crate::data::formats::idx::hex;
use crate::data::input::start;
use crate::data::options::{OnError, OpenOptions};

/// The kinds of data that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::data) enum Kind {
    Idx,
    IdxFolder,
    Npy,
    Npz,
    Table,
    Picture,
    PictureFolder,
}

impl Kind {
    /// Looks at the first bytes of a file, or at the files of a folder.
    pub(in crate::data) fn of(path: &Path) -> Result<Self> {
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => Self::of_folder(path),
            Ok(_) => Self::of_file(path),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => Err(missing(path)),
            Err(source) => Err(Error::io("read", path, &source)),
        }
    }

    fn of_file(path: &Path) -> Result<Self> {
        let start = start(path)?;
        if start.is_empty() {
            return Err(Error::new(Code::DataFormat, "the file is empty").path(path));
        }
        if let Some(kind) = Self::of_bytes(&start) {
            return Ok(kind);
        }
        let shown = hex(start.get(..8).unwrap_or(&start));
        let error = Error::new(Code::DataFormat, "no format that can be read").path(path);
        let error = error.expected("IDX, .npy, .npz, .csv, PNG, JPEG or WebP");
        Err(error.received(format!("a file that begins with {shown}")))
    }

    /// The kind of a file that begins so.
    fn of_bytes(start: &[u8]) -> Option<Self> {
        match start {
            start if idx::is_idx(start) => Some(Self::Idx),
            start if start.starts_with(npy::MAGIC) => Some(Self::Npy),
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Npz),
            start if is_picture(start) => Some(Self::Picture),
            start if is_text(start) => Some(Self::Table),
            _ => None,
        }
    }

    fn of_folder(path: &Path) -> Result<Self> {
        if IdxFolder::find(path)?.is_some() {
            return Ok(Self::IdxFolder);
        }
        // A folder with one data file in it, and no picture: the file was meant.
        let kind = |file: &std::path::PathBuf| Self::of_bytes(&start(file).ok()?);
        // Any note is text; what its writer calls a table is one.
        let is_table = |file: &std::path::Path| file.extension().is_some_and(|it| it == "csv" || it == "tsv");
        let is_data = |file: &&std::path::PathBuf| match kind(file) {
            Some(Self::Idx | Self::Npy | Self::Npz) => true,
            Some(Self::Table) => is_table(file),
            _ => false,
        };
        let files: Vec<_> = list_folder(path)?.into_iter().filter(|file| file.is_file()).collect();
        let has_folders = list_folder(path)?.iter().any(|entry| entry.is_dir());
        let has_pictures = has_folders || files.iter().any(|file| kind(file) == Some(Self::Picture));
        match files.iter().filter(is_data).min() {
            Some(file) if !has_pictures => {
                let error = Error::new(Code::DataFormat, "the folder holds neither MNIST's IDX files nor pictures");
                Err(error.path(path).remedy(format!("open the file '{}'", file.display())))
            }
            _ => Ok(Self::PictureFolder),
        }
    }

    /// In words, with the article.
    pub(in crate::data) fn words(self) -> &'static str {
        match self {
            Self::Idx => "an IDX file",
            Self::IdxFolder => "a folder of IDX files",
            Self::Npy => "an .npy file",
            Self::Npz => "an .npz file",
            Self::Table => "a table",
            Self::Picture => "a picture",
            Self::PictureFolder => "a folder of pictures",
        }
    }

    /// Refuses an option that means nothing for this kind, rather than ignoring it.
    pub(in crate::data) fn accept(self, path: &Path, options: &OpenOptions) -> Result<()> {
        use Kind::{Idx, IdxFolder, Npy, Npz, Picture, PictureFolder, Table};
        let rules: [(&str, bool, &[Kind], &str); 5] = [
            ("key", options.key.is_some(), &[Npz], "an .npz file"),
            ("columns", options.columns.is_some(), &[Table], "a table"),
            ("labelColumn", options.label_column.is_some(), &[Table], "a table"),
            ("labels", options.labels.is_some(), &[Idx, IdxFolder, Npy, Npz], "an IDX, .npy or .npz file"),
            (
                "onError",
                options.on_error == OnError::Skip,
                &[Table, Picture, PictureFolder],
                "pictures or a table, which have parts that can be skipped",
            ),
        ];
        match rules.into_iter().find(|(_, is_set, kinds, _)| *is_set && !kinds.contains(&self)) {
            Some((option, _, _, expected)) => {
                Err(Error::option(option).path(path).expected(expected).received(self.words()))
            }
            None => Ok(()),
        }
    }
}

/// Does a PNG, JPEG or WebP file begin so?
fn is_picture(start: &[u8]) -> bool {
    start.starts_with(b"\x89PNG\r\n\x1a\n")
        || start.starts_with(&[0xff, 0xd8, 0xff])
        || (start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP"))
}

/// Could a text begin so? Letters beyond ASCII count; control characters do not occur in a table.
fn is_text(start: &[u8]) -> bool {
    start.iter().all(|&byte| byte >= b' ' && byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r'))
}
