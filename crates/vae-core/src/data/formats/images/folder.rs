//! A folder of pictures: subfolders are labels, or parts that hold the labels.
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use crate::base::cancel_token::CancelToken;
use crate::base::error::{Code, Error, Result};
use crate::base::parallel;
use crate::data::description::{Description, SizeCount, label_counts};
use crate::data::formats::images::layout::{Branch, DEPTH, Folder, Layout, Listing, ambiguous, asks};
use crate::data::formats::images::picture::{Head, ImageSource};
use crate::data::formats::images::{Item, count_sizes, load};
use crate::data::formats::{Format, HeldOut, Opened};
use crate::data::labels::Labels;
use crate::data::options::{FormatOption, OpenOptions};
use crate::data::source::{Elements, Skipped, Source};

/// A folder of pictures.
pub(in crate::data::formats) struct ImageFolder;

impl Format for ImageFolder {
    fn words(&self) -> &'static str {
        "a folder of pictures"
    }

    fn short_words(&self) -> Option<&'static str> {
        Some("a folder")
    }

    fn options(&self) -> &'static [FormatOption] {
        &[FormatOption::Key, FormatOption::HeldOut, FormatOption::Labels, FormatOption::OnError]
    }

    fn open(&self, path: &Path, with_held_out: bool, options: &OpenOptions, token: &CancelToken) -> Result<Opened> {
        let Pictures { train, held_out, label_names, notes } = Pictures::find(path, options, token)?;
        if train.is_empty() {
            return Err(Error::new(Code::DataFormat, "the folder holds no examples")
                .path(path)
                .expected("IDX files, pictures, or one subfolder of pictures per label"));
        }
        let all = || train.iter().chain(&held_out);
        // Without labels in one of the parts, a source of both has none.
        let labels: HashMap<String, i32> = match all().all(|item| item.label.is_some()) {
            true => HashMap::new(),
            false => all().filter_map(|item| Some((item.name.clone(), item.label?))).collect(),
        };
        let train_names: HashSet<String> = train.iter().map(|item| item.name.clone()).collect();
        let mut items = train;
        if with_held_out {
            items.extend(held_out);
        }
        // One source for both parts, so that they share size and colour.
        let mut source = load(items, Some(path), options, token)?;
        source.label_names = label_names;
        source.notes.extend(notes);
        let train = source.names.iter().flatten().filter(|name| train_names.contains(*name)).count();
        if train == 0 {
            return Err(Error::new(Code::DataFormat, "no picture to train on can be read").path(path));
        }
        if source.labels.is_some() || labels.is_empty() {
            return Ok(Opened { source, held_out: HeldOut::From(train) });
        }
        // One of the parts has labels.
        let mut held_out = split_off(&mut source, train);
        for part in [&mut source, &mut held_out] {
            let own = part.names.iter().flatten().map(|name| labels.get(name).copied());
            part.labels = own.collect();
            if part.labels.is_none() {
                part.label_names = None;
            }
        }
        let held_out = if held_out.elements.is_empty() { HeldOut::None } else { HeldOut::Apart(Box::new(held_out)) };
        Ok(Opened { source, held_out })
    }

    /// Reads only the headers of the pictures.
    fn describe(&self, path: &Path, token: &CancelToken) -> Result<Description> {
        let pictures = Pictures::find(path, &OpenOptions::default(), token)?;
        let mut description = Description::default();
        let train = heads(&pictures.train, &mut description.unreadable, token)?;
        let held_out = heads(&pictures.held_out, &mut description.unreadable, token)?;
        let heads: Vec<Head> = train.iter().chain(&held_out).map(|&(_, head)| head).collect();
        let sizes = count_sizes(&heads);
        description.sizes = sizes.iter().map(|&((height, width), count)| SizeCount { height, width, count }).collect();
        if let [((height, width), _)] = sizes.as_slice() {
            let channels = if heads.iter().all(|head| head.is_grey) { vec![] } else { vec![3] };
            description.shape = Some([vec![*height, *width], channels].concat());
        }
        let mut counts = BTreeMap::<i32, usize>::new();
        train.iter().filter_map(|(label, _)| *label).for_each(|label| *counts.entry(label).or_default() += 1);
        description.labels = label_counts(counts, pictures.label_names.as_deref());
        description.examples = train.len();
        description.held_out = held_out.len();
        description.notes = pictures.notes;
        description.suggestion = suggestion(&description);
        Ok(description)
    }
}

/// Takes the pictures from `start` on off a source.
fn split_off(source: &mut Source, start: usize) -> Source {
    let size = start * source.shape.size();
    let elements = match &mut source.elements {
        Elements::U8(bytes) => Elements::U8(bytes.split_off(size)),
        Elements::F32(floats) => Elements::F32(floats.split_off(size)),
    };
    let mut held_out = Source::new(elements, source.shape.clone(), &source.preprocessing);
    held_out.names = source.names.as_mut().map(|names| names.split_off(start));
    held_out.label_names.clone_from(&source.label_names);
    held_out.origin.clone_from(&source.origin);
    held_out
}

/// The labels and headers of the readable pictures; adds the others to `unreadable`.
fn heads(items: &[Item], unreadable: &mut Vec<Skipped>, token: &CancelToken) -> Result<Vec<(Option<i32>, Head)>> {
    let mut good = Vec::new();
    for (item, head) in items.iter().zip(parallel::map(items.iter(), token, |_, item| item.source.head())?) {
        match head {
            Ok(head) => good.push((item.label, head)),
            Err(reason) => unreadable.push(Skipped { path: item.name.clone(), reason }),
        }
    }
    Ok(good)
}

/// Advice on training with pictures of these sizes, as a sentence.
fn suggestion(Description { sizes, unreadable, .. }: &Description) -> String {
    match (sizes.as_slice(), unreadable.len()) {
        ([], _) => "There is no picture that can be read.".to_owned(),
        ([_], 0) => "Train with any likelihood.".to_owned(),
        ([_], n) => format!("Set `onError: 'skip'` to leave out {n} files, or remove them."),
        ([SizeCount { height, width, .. }, ..], _) => {
            let side = height.min(width).next_power_of_two().min(64);
            format!("The pictures have {} sizes: set `size` to bring them to one, as in `size: {side}`.", sizes.len())
        }
    }
}

/// The pictures of a folder, not yet read.
struct Pictures {
    train: Vec<Item>,
    held_out: Vec<Item>,
    label_names: Option<Vec<String>>,
    notes: Vec<String>,
}

impl Pictures {
    /// Lists the pictures of both parts and numbers their labels alike. Files that are no pictures are among them.
    fn find(path: &Path, options: &OpenOptions, token: &CancelToken) -> Result<Self> {
        let Layout { train, held_out, notes } = Layout::find(path, options)?;
        let (mut items, mut labels) = (Vec::new(), Vec::new());
        let mut starts = Vec::new();
        for part in [train, held_out] {
            starts.push(items.len());
            for Branch { label, folder } in part {
                collect(&folder, DEPTH, options, token, &mut items)?;
                labels.resize(items.len(), label);
            }
        }
        let names: Vec<&str> = labels.iter().flatten().map(String::as_str).collect();
        let Labels { numbers, names, .. } = Labels::from_names(&names);
        let mut numbers = numbers.into_iter();
        for (item, label) in items.iter_mut().zip(&labels) {
            item.label = label.as_ref().and_then(|_| numbers.next());
        }
        let held_out = items.split_off(starts[1]);
        Ok(Self { train: items, held_out, label_names: names.filter(|names| !names.is_empty()), notes })
    }
}

/// Adds the files under a folder, those of a folder before those of its subfolders.
fn collect(
    folder: &Folder,
    depth: usize,
    options: &OpenOptions,
    token: &CancelToken,
    items: &mut Vec<Item>,
) -> Result<()> {
    token.check()?;
    let Listing { folders, files } = folder.list()?;
    let item =
        |(name, path)| Item { source: ImageSource::File(path), name: format!("{}{name}", folder.prefix), label: None };
    items.extend(files.into_iter().map(item));
    for inner in folders {
        if depth == 0 {
            let what = format!("the folders are nested deeper than {DEPTH} levels under a label");
            return Err(Error::new(Code::DataFormat, what).path(&inner.path));
        }
        if inner.is_held_out() && asks(options) {
            return Err(ambiguous(folder, &inner));
        }
        collect(&inner, depth - 1, options, token, items)?;
    }
    Ok(())
}
