//! A folder of pictures: subfolders are labels; a pair of `train` and `test` is a training and a test part.
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use crate::base::cancel_token::CancelToken;
use crate::base::error::{Code, Error, Result};
use crate::base::parallel;
use crate::data::description::{Description, SizeCount, label_counts};
use crate::data::files::list_folder;
use crate::data::formats::images::picture::{Head, ImageSource};
use crate::data::formats::images::{Item, count_sizes, load};
use crate::data::formats::{Format, HeldOut, Opened};
use crate::data::natural::natural;
use crate::data::options::{FormatOption, OpenOptions};
use crate::data::source::Skipped;

/// Names of the held-out part; the first found wins.
const HELD_OUT: [&str; 5] = ["validation", "valid", "val", "test", "t10k"];

/// Maximum folders between a picture and its label's folder.
const DEPTH: usize = 8;

/// A folder of pictures.
pub(in crate::data::formats) struct ImageFolder;

impl Format for ImageFolder {
    fn words(&self) -> &'static str {
        "a folder of pictures"
    }

    fn short_words(&self) -> Option<&'static str> {
        None
    }

    fn options(&self) -> &'static [FormatOption] {
        &[FormatOption::OnError]
    }

    fn open(&self, path: &Path, with_held_out: bool, options: &OpenOptions, token: &CancelToken) -> Result<Opened> {
        let Pictures { train, held_out, label_names } = Pictures::find(path, token)?;
        let train_names: HashSet<String> = train.iter().map(|item| item.name.clone()).collect();
        let mut items = train;
        if with_held_out {
            items.extend(held_out);
        }
        if items.is_empty() {
            return Err(Error::new(Code::DataFormat, "the folder holds no examples")
                .path(path)
                .expected("IDX files, pictures, or one subfolder of pictures per label"));
        }
        // One source for both parts, so that they share size and colour.
        let mut source = load(items, Some(path), options, token)?;
        source.label_names = label_names;
        let train = source.names.iter().flatten().filter(|name| train_names.contains(*name)).count();
        Ok(Opened { source, held_out: HeldOut::From(train) })
    }

    /// Reads only the headers of the pictures.
    fn describe(&self, path: &Path, token: &CancelToken) -> Result<Description> {
        let pictures = Pictures::find(path, token)?;
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
        description.suggestion = suggestion(&description);
        Ok(description)
    }
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
}

impl Pictures {
    /// Lists the pictures. Skips hidden files; all other files should be pictures.
    fn find(path: &Path, token: &CancelToken) -> Result<Self> {
        let (folders, _) = listing(path)?;
        let named = |name: &str| folders.iter().find(|folder| folder.0.eq_ignore_ascii_case(name));
        let held_out = HELD_OUT.iter().find_map(|name| named(name));
        let is_part = |folder: &&(String, PathBuf)| {
            folder.0.eq_ignore_ascii_case("train") || HELD_OUT.iter().any(|name| folder.0.eq_ignore_ascii_case(name))
        };
        // With other folders beside it, `train` is a label: pictures of trains.
        let parts = match (named("train"), held_out) {
            (Some(train), Some(held_out)) if folders.iter().all(|folder| is_part(&folder)) => Some((train, held_out)),
            _ => None,
        };
        let Some((train, held_out)) = parts else {
            let (items, label_names) = number(vec![labelled(path, "", token)?]);
            let [train] = <[_; 1]>::try_from(items).unwrap_or_default();
            return Ok(Self { train, held_out: Vec::new(), label_names });
        };
        let part = |(name, folder): &(String, PathBuf)| labelled(folder, &format!("{name}/"), token);
        let (items, label_names) = number(vec![part(train)?, part(held_out)?]);
        let [train, held_out] = <[_; 2]>::try_from(items).unwrap_or_default();
        Ok(Self { train, held_out, label_names })
    }
}

/// Pictures with the name of their label, if their folder has labels.
struct Labelled {
    items: Vec<(Item, String)>,
    has_labels: bool,
}

/// The pictures of one part, in natural order, named relative to the data set's folder.
fn labelled(path: &Path, prefix: &str, token: &CancelToken) -> Result<Labelled> {
    let (folders, files) = listing(path)?;
    let has_labels = !folders.is_empty();
    let mut items = Vec::new();
    if has_labels && let Some((name, _)) = files.iter().find(|(name, _)| !is_note(name)) {
        let what = format!("the folder has a subfolder for every label, and '{prefix}{name}' lies beside them");
        return Err(Error::new(Code::DataFormat, what).path(path).remedy("move it into the folder of its label"));
    }
    for (label, folder) in &folders {
        collect(folder, &format!("{prefix}{label}/"), label, DEPTH, token, &mut items)?;
    }
    if !has_labels {
        items.extend(files.into_iter().map(|(name, path)| item(path, format!("{prefix}{name}"), "")));
    }
    Ok(Labelled { items, has_labels })
}

/// True for text files commonly kept with pictures.
fn is_note(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["md", "txt", "json", "csv", "yaml", "yml"].iter().any(|note| extension.eq_ignore_ascii_case(note))
}

/// The files under a label's folder.
fn collect(
    folder: &Path,
    prefix: &str,
    label: &str,
    depth: usize,
    token: &CancelToken,
    items: &mut Vec<(Item, String)>,
) -> Result<()> {
    token.check()?;
    let (folders, files) = listing(folder)?;
    items.extend(files.into_iter().map(|(name, path)| item(path, format!("{prefix}{name}"), label)));
    for (name, folder) in folders {
        if depth == 0 {
            let what = format!("the folders are nested deeper than {DEPTH} levels under a label");
            return Err(Error::new(Code::DataFormat, what).path(&folder));
        }
        collect(&folder, &format!("{prefix}{name}/"), label, depth - 1, token, items)?;
    }
    Ok(())
}

fn item(path: PathBuf, name: String, label: &str) -> (Item, String) {
    (Item { source: ImageSource::File(path), name, label: None }, label.to_owned())
}

/// Numbers the labels of all parts alike, in natural order of their names; without labels if a part has none.
fn number(parts: Vec<Labelled>) -> (Vec<Vec<Item>>, Option<Vec<String>>) {
    if !parts.iter().all(|part| part.has_labels) {
        let items = |part: Labelled| part.items.into_iter().map(|(item, _)| item).collect();
        return (parts.into_iter().map(items).collect(), None);
    }
    let mut names: Vec<String> = parts.iter().flat_map(|part| &part.items).map(|(_, label)| label.clone()).collect();
    names.sort_by(|a, b| natural(a, b));
    names.dedup();
    let numbered = |(item, label): (Item, String)| {
        let number = names.binary_search_by(|name| natural(name, &label)).ok();
        Item { label: number.map(|number| number as i32), ..item }
    };
    let items = parts.into_iter().map(|part| part.items.into_iter().map(numbered).collect()).collect();
    (items, Some(names))
}

/// A name and its path.
type NamedPath = (String, PathBuf);

/// The visible folders and files of a folder, each in natural order. A link to a parent folder would recurse without
/// end; such links count as files, which are then not pictures.
fn listing(path: &Path) -> Result<(Vec<NamedPath>, Vec<NamedPath>)> {
    let mut entries: Vec<NamedPath> = Vec::new();
    for path in list_folder(path)? {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_hidden = name.starts_with('.') || name == "Thumbs.db" || name == "desktop.ini";
        if !is_hidden {
            entries.push((name, path));
        }
    }
    entries.sort_by(|a, b| natural(&a.0, &b.0));
    let here = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let is_below = |path: &PathBuf| !path.is_symlink() || path.canonicalize().is_ok_and(|path| !here.starts_with(path));
    Ok(entries.into_iter().partition(|(_, path)| path.is_dir() && is_below(path)))
}
