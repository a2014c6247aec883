//! A folder with the four files of MNIST: images and labels, training and test.
use std::path::{Path, PathBuf};

use crate::base::cancel_token::CancelToken;
use crate::base::error::{Code, Error, Result};
use crate::base::suggest::nearest;
use crate::data::files::{list_folder, missing};
use crate::data::formats::idx::examples;
use crate::data::formats::{Format, HeldOut, Opened};
use crate::data::options::{FormatOption, HeldOutName, LabelSource, OpenOptions};
use crate::data::part_names::{self, PartName, Role};

/// A folder of such files.
pub(in crate::data::formats) struct IdxFolder;

impl Format for IdxFolder {
    fn words(&self) -> &'static str {
        "a folder of IDX files"
    }

    fn short_words(&self) -> Option<&'static str> {
        Some("a folder")
    }

    fn is_folder(&self, path: &Path) -> Result<bool> {
        Ok(images(path)?.iter().any(|file| file.part.part == Some(Role::Train)))
    }

    fn options(&self) -> &'static [FormatOption] {
        &[FormatOption::Key, FormatOption::HeldOut, FormatOption::Labels, FormatOption::Shape, FormatOption::Transpose]
    }

    fn open(&self, path: &Path, with_held_out: bool, options: &OpenOptions, token: &CancelToken) -> Result<Opened> {
        let images = images(path)?;
        let train = match &options.key {
            Some(key) => named(path, &images, "key", key)?,
            None => one(path, &images, |file| file.part.part == Some(Role::Train))?.ok_or_else(|| missing(path))?,
        };
        let held_out = match &options.held_out {
            Some(HeldOutName::None) => None,
            Some(HeldOutName::Named(name)) => Some(named(path, &images, "heldOut", name)?),
            None if train.part.part != Some(Role::Train) => None,
            None => {
                let other = |file: &&Images| file.part.rest == train.part.rest;
                let parts: Vec<_> = images.iter().filter(other).map(|file| file.part.part).collect();
                let is_held_out = |file: &Images| other(&file) && file.part.part == part_names::held_out(&parts);
                if part_names::held_out(&parts).is_some() { one(path, &images, is_held_out)? } else { None }
            }
        };
        let source = examples(&train.path, options, token)?;
        // Labels named by an option belong to the training images; the others have their own sibling file.
        let labels = options.labels.clone().filter(|labels| *labels == LabelSource::None);
        let options = OpenOptions { labels, ..options.clone() };
        let held_out = match held_out.filter(|_| with_held_out) {
            Some(held_out) => HeldOut::Apart(Box::new(examples(&held_out.path, &options, token)?)),
            None => HeldOut::None,
        };
        Ok(Opened { source, held_out })
    }
}

/// A file of images.
struct Images {
    /// Its name, without `.gz`.
    name: String,
    part: PartName,
    path: PathBuf,
}

/// The files of images in a folder; plain ones take precedence over compressed ones.
fn images(folder: &Path) -> Result<Vec<Images>> {
    let mut found: Vec<Images> = Vec::new();
    for path in list_folder(folder)? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let plain = name.strip_suffix(".gz").unwrap_or(name);
        let lower = plain.to_lowercase();
        if lower.contains("images") && lower.contains("idx") && path.is_file() {
            found.push(Images { name: plain.to_owned(), part: PartName::new(plain), path });
        }
    }
    // A plain file sorts before its own .gz, and needs no gunzip.
    found.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    found.dedup_by(|later, earlier| later.name == earlier.name);
    Ok(found)
}

/// The file that an option names.
fn named<'a>(folder: &Path, images: &'a [Images], option: &str, name: &str) -> Result<&'a Images> {
    let plain = name.strip_suffix(".gz").unwrap_or(name);
    images.iter().find(|file| file.name == plain).ok_or_else(|| {
        let names: Vec<String> = images.iter().map(|file| format!("'{}'", file.name)).collect();
        let expected = format!("one of {}", names.join(", "));
        let error = Error::option(option).path(folder).expected(expected).received(name);
        match nearest(plain, images.iter().map(|file| file.name.as_str())) {
            Some(near) => error.remedy(format!("did you mean '{near}'?")),
            None => error,
        }
    })
}

/// The only file that satisfies `is_it`.
fn one<'a>(folder: &Path, images: &'a [Images], is_it: impl Fn(&Images) -> bool) -> Result<Option<&'a Images>> {
    let found: Vec<&Images> = images.iter().filter(|file| is_it(file)).collect();
    match found.as_slice() {
        [] => Ok(None),
        [file] => Ok(Some(file)),
        several => {
            let names: Vec<&str> = several.iter().map(|file| file.name.as_str()).collect();
            let what = format!("the folder holds several data sets: {}", names.join(", "));
            let error = Error::new(Code::DataFormat, what).path(folder);
            Err(error.remedy(format!("open one of these files, or name it, as in `key: '{}'`", names[0])))
        }
    }
}
