//! A folder with the four files of MNIST: images and labels, training and test.
use std::path::{Path, PathBuf};

use crate::base::cancel_token::CancelToken;
use crate::base::error::{Code, Error, Result};
use crate::data::files::{list_folder, missing};
use crate::data::formats::idx::examples;
use crate::data::formats::{Format, HeldOut, Opened};
use crate::data::options::{FormatOption, OpenOptions};

/// A folder of such files.
pub(in crate::data::formats) struct IdxFolder;

impl Format for IdxFolder {
    fn words(&self) -> &'static str {
        "a folder of IDX files"
    }

    fn short_words(&self) -> Option<&'static str> {
        None
    }

    fn is_folder(&self, path: &Path) -> Result<bool> {
        Ok(Files::find(path)?.is_some())
    }

    fn options(&self) -> &'static [FormatOption] {
        &[FormatOption::Labels]
    }

    fn open(&self, path: &Path, with_held_out: bool, options: &OpenOptions, token: &CancelToken) -> Result<Opened> {
        let Files { train, test } = Files::find(path)?.ok_or_else(|| missing(path))?;
        let source = examples(&train, options, token)?;
        // Labels named by an option belong to the training images; the test images have their own sibling file.
        let options = OpenOptions { labels: None, ..options.clone() };
        let held_out = match test.filter(|_| with_held_out) {
            Some(test) => HeldOut::Apart(Box::new(examples(&test, &options, token)?)),
            None => HeldOut::None,
        };
        Ok(Opened { source, held_out })
    }
}

/// The two image files of a folder; plain files take precedence over compressed ones.
struct Files {
    train: PathBuf,
    test: Option<PathBuf>,
}

impl Files {
    /// Finds the files by MNIST's names; `None` without training images.
    fn find(path: &Path) -> Result<Option<Self>> {
        let files = list_folder(path)?;
        let train = one(path, &files, &["train"])?;
        let test = one(path, &files, &["t10k", "test"])?;
        Ok(train.map(|train| Self { train, test }))
    }
}

/// The only IDX file of images whose name contains one of these words.
fn one(folder: &Path, files: &[PathBuf], words: &[&str]) -> Result<Option<PathBuf>> {
    let mut found: Vec<(String, &PathBuf)> = Vec::new();
    for file in files {
        let Some(name) = file.file_name().and_then(|name| name.to_str()) else { continue };
        let plain = name.strip_suffix(".gz").unwrap_or(name);
        let is_idx = plain.contains("images") && plain.contains("idx") && file.is_file();
        if is_idx && words.iter().any(|word| plain.contains(word)) {
            found.push((plain.to_owned(), file));
        }
    }
    // A plain file sorts before its own .gz, and needs no gunzip.
    found.sort();
    found.dedup_by(|later, earlier| later.0 == earlier.0);
    match found.as_slice() {
        [] => Ok(None),
        [(_, file)] => Ok(Some((*file).clone())),
        several => {
            let names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
            let what = format!("the folder holds several data sets: {}", names.join(", "));
            Err(Error::new(Code::DataFormat, what).path(folder).remedy("open one of these files"))
        }
    }
}
