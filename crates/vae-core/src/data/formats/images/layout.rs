//! The meaning of the subfolders of a folder of pictures: wrappers, parts, labels.
//!
//! A folder around everything is gone through. Subfolders that are all parts (`train`, `test`) are parts, above the
//! labels or within each of them; any other subfolders are labels. A held-out part in any other place is an error:
//! its pictures are never trained on without a word.
use std::path::{Path, PathBuf};

use crate::base::error::{Code, Error, Result};
use crate::base::suggest::nearest;
use crate::data::files::{Entry, entries, is_note};
use crate::data::natural::natural;
use crate::data::options::{HeldOutName, OpenOptions};
use crate::data::part_names::{self, PartName, Role};

/// Maximum folders within each other, above the labels and below each of them.
pub(super) const DEPTH: usize = 8;

/// A folder whose pictures, at any depth, have one label or none.
pub(super) struct Branch {
    pub label: Option<String>,
    pub folder: Folder,
}

/// The folders of the two parts.
pub(super) struct Layout {
    pub train: Vec<Branch>,
    pub held_out: Vec<Branch>,
    /// Notes on how it was read.
    pub notes: Vec<String>,
}

/// A folder within the data set.
#[derive(Clone)]
pub(super) struct Folder {
    /// Its own name.
    name: String,
    /// Its path within the data set, empty or with a slash at the end.
    pub prefix: String,
    pub path: PathBuf,
}

/// Content of a folder, each in natural order, without notes.
pub(super) struct Listing {
    pub folders: Vec<Folder>,
    pub files: Vec<(String, PathBuf)>,
}

/// The subfolders of one folder, each in its role.
struct Roles {
    train: Folder,
    held_out: Option<Folder>,
    /// Names of subfolders that are neither.
    left_out: Vec<String>,
}

impl Folder {
    /// The folder of the data set itself.
    fn root(path: &Path) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self { name, prefix: String::new(), path: path.to_path_buf() }
    }

    /// The folders and files within, without notes. A link to a folder above would recurse without end; such links
    /// count as files, which are then no pictures.
    pub(super) fn list(&self) -> Result<Listing> {
        let here = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        let is_below =
            |entry: &Entry| !entry.is_link() || entry.path.canonicalize().is_ok_and(|path| !here.starts_with(path));
        let mut listing = Listing { folders: Vec::new(), files: Vec::new() };
        for entry in entries(&self.path)? {
            let is_folder = entry.is_dir() && is_below(&entry);
            let Entry { path, name, .. } = entry;
            if is_folder {
                let prefix = format!("{}{name}/", self.prefix);
                listing.folders.push(Self { name, prefix, path });
            } else if !is_note(&name) {
                listing.files.push((name, path));
            }
        }
        listing.folders.sort_by(|a, b| natural(&a.name, &b.name));
        listing.files.sort_by(|a, b| natural(&a.0, &b.0));
        Ok(listing)
    }

    /// The part that its name says, and nothing else.
    fn part(&self) -> Option<Role> {
        PartName::new(&self.name).alone(&[])
    }

    /// True if its name says a part that is held out.
    pub(super) fn is_held_out(&self) -> bool {
        self.part().is_some_and(|part| part != Role::Train)
    }
}

impl Layout {
    /// Finds the folders of both parts and of their labels.
    ///
    /// # Errors
    /// [`Code::Option`] if the subfolders are ambiguous, or the options name none of them; [`Code::DataFormat`] if files
    /// lie beside folders of labels.
    pub(super) fn find(path: &Path, options: &OpenOptions) -> Result<Self> {
        let mut root = Folder::root(path);
        let mut listing = root.list()?;
        for _ in 0..DEPTH {
            let Some((inner, within)) = wrapped(&listing, options)? else { break };
            (root, listing) = (inner, within);
        }
        if let Some(roles) = roles(&root, &listing.folders, options)? {
            return Self::of_parts(roles, &listing, options);
        }
        if let Some(layout) = Self::within_labels(&listing, options)? {
            return Ok(layout);
        }
        for (option, name) in [("key", options.key.as_deref()), ("heldOut", held_out_name(options))] {
            if let Some(name) = name.filter(|name| !listing.folders.iter().any(|folder| folder.name == **name)) {
                return Err(no_subfolder(&root, &listing.folders, option, name));
            }
        }
        match listing.folders.iter().position(|folder| Some(folder.name.as_str()) == held_out_name(options)) {
            Some(place) => Self::beside_labels(&root, listing, place, options),
            None => Ok(Self { train: branches(&root, listing, options)?, held_out: Vec::new(), notes: Vec::new() }),
        }
    }

    /// The layout of a held-out part beside the labels to train on.
    fn beside_labels(root: &Folder, mut listing: Listing, place: usize, options: &OpenOptions) -> Result<Self> {
        let held_out = listing.folders.remove(place);
        let notes = vec![format!("'{}' is held out", held_out.name)];
        refuse_files(root, &listing)?;
        let branch = |folder: Folder| Branch { label: label_of(&folder.name, options), folder };
        let train = listing.folders.into_iter().map(branch).collect();
        Ok(Self { train, held_out: part(held_out, options)?, notes })
    }

    /// The layout of parts that hold the labels.
    fn of_parts(roles: Roles, listing: &Listing, options: &OpenOptions) -> Result<Self> {
        let Roles { train, held_out, left_out } = roles;
        let left_out: Vec<&str> =
            left_out.iter().chain(listing.files.iter().map(|(name, _)| name)).map(String::as_str).collect();
        let held_out_name = held_out.as_ref().map(|folder| folder.name.as_str());
        let mut notes = vec![part_names::note(&train.name, held_out_name, &left_out)];
        let train_name = train.name.clone();
        let (train, held_out) = (part(train, options)?, held_out.map(|folder| part(folder, options)).transpose()?);
        let held_out = held_out.unwrap_or_default();
        let is_labelled = |branches: &[Branch]| branches.iter().any(|branch| branch.label.is_some());
        if !held_out.is_empty() && is_labelled(&train) != is_labelled(&held_out) {
            let without = if is_labelled(&train) { "the held-out part".to_owned() } else { format!("'{train_name}'") };
            notes.push(format!("{without} has no folders of labels"));
        }
        Ok(Self { train, held_out, notes })
    }

    /// The layout of labels that hold the parts: `cats/train`, `cats/test`, `dogs/train` …
    fn within_labels(listing: &Listing, options: &OpenOptions) -> Result<Option<Self>> {
        if !listing.files.is_empty() || listing.folders.is_empty() || options.held_out == Some(HeldOutName::None) {
            return Ok(None);
        }
        let (mut train, mut held_out, mut note) = (Vec::new(), Vec::new(), None);
        for label in &listing.folders {
            let within = label.list()?;
            let is_part = |folder: &Folder| folder.part().is_some() || is_named(folder, options);
            if !within.files.is_empty() || within.folders.is_empty() || !within.folders.iter().all(is_part) {
                return Ok(None);
            }
            let Some(roles) = roles(label, &within.folders, options)? else { return Ok(None) };
            let left_out: Vec<&str> = roles.left_out.iter().map(String::as_str).collect();
            let its_note =
                part_names::note(&roles.train.name, roles.held_out.as_ref().map(|it| it.name.as_str()), &left_out);
            if *note.get_or_insert(its_note.clone()) != its_note {
                let what = "the subfolders of parts differ from label to label";
                let error = Error::new(Code::Option, what).with_option("heldOut").path(&label.path);
                return Err(error.remedy("name the parts with `key` and `heldOut`, or set `heldOut: 'none'`"));
            }
            let branch = |folder| Branch { label: label_of(&label.name, options), folder };
            train.push(branch(roles.train));
            held_out.extend(roles.held_out.map(branch));
        }
        Ok(Some(Self {
            train,
            held_out,
            notes: note.into_iter().map(|note| format!("of each label, {note}")).collect(),
        }))
    }
}

/// The one folder around all others, if the options name no folder beside it.
fn wrapped(listing: &Listing, options: &OpenOptions) -> Result<Option<(Folder, Listing)>> {
    let ([folder], []) = (listing.folders.as_slice(), listing.files.as_slice()) else { return Ok(None) };
    if folder.part().is_some() || is_named(folder, options) {
        return Ok(None);
    }
    let within = folder.list()?;
    let is_around = !within.folders.is_empty() && within.files.is_empty();
    Ok(is_around.then(|| (folder.clone(), within)))
}

/// The parts among subfolders: those that the options name, else by their names if all are parts.
fn roles(parent: &Folder, folders: &[Folder], options: &OpenOptions) -> Result<Option<Roles>> {
    let find = |name: &str| folders.iter().position(|folder| folder.name == name);
    let parts = part_names::among(folders.iter().map(|folder| folder.name.as_str()));
    let all_of = |part: Role| (0..folders.len()).filter(|&i| parts[i] == Some(part)).collect::<Vec<_>>();
    let is_auto = asks(options);
    if is_auto && !parts.iter().all(Option::is_some) {
        return match parts.iter().position(|part| part.is_some_and(|part| part != Role::Train)) {
            Some(place) => Err(ambiguous(parent, &folders[place])),
            None => Ok(None),
        };
    }
    if folders.is_empty() || (options.key.is_none() && options.held_out == Some(HeldOutName::None)) {
        return Ok(None);
    }
    let train = match (&options.key, all_of(Role::Train).as_slice()) {
        (Some(key), _) => match find(key) {
            Some(place) => place,
            None => return Ok(None),
        },
        (None, [place]) => *place,
        (None, []) if !is_auto => return Ok(None),
        (None, []) => return Err(ambiguous(parent, &folders[0])),
        (None, several) => return Err(several_parts(parent, "key", several, folders)),
    };
    let held_out = match &options.held_out {
        Some(HeldOutName::None) => None,
        Some(HeldOutName::Named(name)) => match find(name) {
            None => return Ok(None),
            place => place,
        },
        // A folder named as held out is trained on because `key` says so; nothing else is held out then.
        None if parts[train].is_some_and(|part| part != Role::Train) => None,
        None => match part_names::held_out(&parts).map(all_of).unwrap_or_default().as_slice() {
            [] => None,
            [place] => Some(*place),
            several => return Err(several_parts(parent, "heldOut", several, folders)),
        },
    };
    let is_left_out = |&place: &usize| place != train && Some(place) != held_out;
    Ok(Some(Roles {
        train: folders[train].clone(),
        held_out: held_out.map(|place| folders[place].clone()),
        left_out: (0..folders.len()).filter(is_left_out).map(|place| folders[place].name.clone()).collect(),
    }))
}

/// The folders of labels in a part. A part may have a folder around it: `training_set/training_set/cats`.
fn part(mut folder: Folder, options: &OpenOptions) -> Result<Vec<Branch>> {
    let mut listing = folder.list()?;
    for _ in 0..DEPTH {
        let inner = match (listing.folders.as_slice(), listing.files.as_slice()) {
            ([inner], []) => inner.clone(),
            _ => break,
        };
        let within = inner.list()?;
        let is_same = inner.name == folder.name || inner.part().is_some_and(|part| folder.part() == Some(part));
        if !is_same && (within.folders.is_empty() || !within.files.is_empty()) {
            break;
        }
        (folder, listing) = (inner, within);
    }
    branches(&folder, listing, options)
}

/// The labels among the subfolders of a folder, or the folder itself if there are none.
fn branches(folder: &Folder, listing: Listing, options: &OpenOptions) -> Result<Vec<Branch>> {
    if listing.folders.is_empty() || options.labels.is_some() {
        return Ok(vec![Branch { label: None, folder: folder.clone() }]);
    }
    refuse_files(folder, &listing)?;
    if let Some(part) = listing.folders.iter().find(|inner| inner.is_held_out() && asks(options)) {
        return Err(ambiguous(folder, part));
    }
    let branch = |folder: Folder| Branch { label: Some(folder.name.clone()), folder };
    Ok(listing.folders.into_iter().map(branch).collect())
}

/// The label of a folder, unless the options name another source of labels, or none.
fn label_of(name: &str, options: &OpenOptions) -> Option<String> {
    options.labels.is_none().then(|| name.to_owned())
}

/// The subfolder to hold out that the options name.
fn held_out_name(options: &OpenOptions) -> Option<&str> {
    match &options.held_out {
        Some(HeldOutName::Named(name)) => Some(name),
        _ => None,
    }
}

/// True if the options name this folder.
fn is_named(folder: &Folder, options: &OpenOptions) -> bool {
    [options.key.as_deref(), held_out_name(options)].contains(&Some(folder.name.as_str()))
}

/// True if folders named like held-out parts are to be questioned: no option says what they are.
pub(super) fn asks(options: &OpenOptions) -> bool {
    options.key.is_none() && options.held_out.is_none()
}

/// Refuses files beside folders of labels.
fn refuse_files(folder: &Folder, listing: &Listing) -> Result<()> {
    let Some((name, _)) = listing.files.first() else { return Ok(()) };
    let what = format!("the folder has a subfolder for every label, and '{}{name}' lies beside them", folder.prefix);
    let error = Error::new(Code::DataFormat, what).path(&folder.path);
    Err(error.remedy("move it into the folder of its label, or set `labels: 'none'`"))
}

/// The error for a subfolder that may be a held-out part or a label.
pub(super) fn ambiguous(parent: &Folder, folder: &Folder) -> Error {
    let what = format!("the subfolder '{}' may be a held-out part or one of the labels", folder.name);
    Error::new(Code::Option, what).with_option("heldOut").path(&parent.path).remedy(format!(
        "set `heldOut: '{}'` to hold it out (and `key` to the subfolder to train on), or `heldOut: 'none'` if it is a label",
        folder.name
    ))
}

/// The error for several subfolders that may be the same part.
fn several_parts(parent: &Folder, option: &str, places: &[usize], folders: &[Folder]) -> Error {
    let names: Vec<String> = places.iter().map(|&place| format!("'{}'", folders[place].name)).collect();
    let error = Error::option(option).path(&parent.path).expected(format!("one of {}", names.join(", ")));
    error.remedy("name the subfolder, or set `heldOut: 'none'` if these are labels")
}

/// The error for a subfolder that is not there.
fn no_subfolder(parent: &Folder, folders: &[Folder], option: &str, name: &str) -> Error {
    let names: Vec<String> = folders.iter().take(12).map(|folder| format!("'{}'", folder.name)).collect();
    let expected =
        if names.is_empty() { "a folder with subfolders".to_owned() } else { format!("one of {}", names.join(", ")) };
    let error = Error::option(option).path(&parent.path).expected(expected).received(name);
    match nearest(name, folders.iter().map(|folder| folder.name.as_str())) {
        Some(near) => error.remedy(format!("did you mean '{near}'?")),
        None => error,
    }
}
