//! The arrays of a file by their names: examples to train on, examples that are held out, labels.
use crate::base::error::{Code, Error, Result};
use crate::data::formats::npz::archive::{Archive, one_of, quoted};
use crate::data::options::{HeldOutName, OpenOptions};
use crate::data::part_names::{self, PartName, Role};

/// Names of an array of examples, in order of preference.
const EXAMPLES: [&str; 3] = ["images", "imgs", "x"];

/// Words of the name of an array of examples.
const EXAMPLE_WORDS: [&str; 11] =
    ["images", "imgs", "x", "image", "img", "data", "features", "pixels", "pictures", "inputs", "samples"];

/// Words of the name of an array of labels, in order of preference.
const LABEL_WORDS: [&str; 7] = ["labels", "label", "y", "targets", "target", "classes", "class"];

/// Words that say nothing.
const FILLERS: [&str; 3] = ["set", "dataset", "arr"];

/// The names of the arrays to read.
pub(super) struct Chosen {
    pub train: String,
    pub held_out: Option<String>,
    pub note: Option<String>,
}

/// The name of an array, taken apart.
struct ArrayName {
    name: String,
    part: Option<Role>,
    /// The place in [`LABEL_WORDS`] of the word that says that these are labels.
    label_word: Option<usize>,
    /// The words that remain: `left` of `left_images_train`.
    rest: Vec<String>,
}

impl ArrayName {
    fn new(name: &str) -> Self {
        let PartName { part, rest } = PartName::new(name);
        let label_word = LABEL_WORDS.iter().position(|word| rest.iter().any(|own| own == word));
        let says = |word: &String| {
            let word = word.as_str();
            !LABEL_WORDS.contains(&word) && !EXAMPLE_WORDS.contains(&word) && !FILLERS.contains(&word)
        };
        Self { name: name.to_owned(), part, label_word, rest: rest.into_iter().filter(says).collect() }
    }
}

/// Chooses the array of examples that the options name, else the one of a training part, else `images`, `imgs` or `x`,
/// else the only one of rank 2 or more; and, of the same name but for the part, the held-out one.
///
/// # Errors
/// [`Code::Option`] if that is not clear or there is no such array, [`Code::DataFormat`] if there is none of examples.
pub(super) fn choose(archive: &mut Archive, options: &OpenOptions) -> Result<Chosen> {
    let candidates = candidates(archive);
    let train = match &options.key {
        Some(key) => ArrayName::new(&archive.named("key", key)?),
        None => train(archive, &candidates)?,
    };
    let held_out = match &options.held_out {
        Some(HeldOutName::None) => None,
        Some(HeldOutName::Named(name)) => Some(archive.named("heldOut", name)?),
        None => held_out(archive, &candidates, &train)?,
    };
    let is_other = |array: &&ArrayName| {
        let is_part = array.part.is_some() && array.rest == train.rest;
        is_part && array.name != train.name && Some(&array.name) != held_out.as_ref()
    };
    let others: Vec<&str> = candidates.iter().filter(is_other).map(|array| array.name.as_str()).collect();
    let is_note = held_out.is_some() || !others.is_empty();
    let note = is_note.then(|| part_names::note(&train.name, held_out.as_deref(), &others));
    Ok(Chosen { train: train.name, held_out, note })
}

/// The arrays that may hold examples. An unreadable one is no candidate, and no reason to refuse the others.
fn candidates(archive: &mut Archive) -> Vec<ArrayName> {
    let names = archive.names.clone().into_iter().filter(|name| {
        archive.array(name).is_ok_and(|(_, header)| header.sizes.len() >= 2 && header.dtype.is_number())
    });
    names.map(|name| ArrayName::new(&name)).filter(|array| array.label_word.is_none()).collect()
}

/// The array to train on.
fn train(archive: &Archive, candidates: &[ArrayName]) -> Result<ArrayName> {
    let of = |part: Option<Role>| candidates.iter().filter(move |array| array.part == part);
    let plain = EXAMPLES.iter().find_map(|name| of(None).find(|array| array.name.to_lowercase() == *name));
    let train: Vec<&ArrayName> = of(Some(Role::Train)).collect();
    let whole: Vec<&ArrayName> = train.iter().copied().filter(|array| array.rest.is_empty()).collect();
    let others: Vec<&ArrayName> = of(None).collect();
    let found = match (plain, whole.as_slice(), train.as_slice(), others.as_slice()) {
        (Some(array), _, [], _) => Some(array),
        (None, [array], ..) | (None, [], [array], _) | (None, [], [], [array]) => Some(*array),
        _ => None,
    };
    if let Some(array) = found {
        return Ok(ArrayName::new(&array.name));
    }
    let names: Vec<String> = candidates.iter().map(|array| array.name.clone()).collect();
    if names.is_empty() {
        let error = Error::new(Code::DataFormat, "holds no array of examples").path(archive.path);
        return Err(error.expected("an .npy array of rank 2 or more").received(match archive.names.as_slice() {
            [] => "no array at all".to_owned(),
            names => format!("the arrays {}", quoted(names)),
        }));
    }
    let error = Error::option("key").path(archive.path).expected(one_of(&names));
    Err(error.remedy("name the array that holds the examples"))
}

/// The array that is held out beside `train`: none if that is no training part itself.
fn held_out(archive: &Archive, candidates: &[ArrayName], train: &ArrayName) -> Result<Option<String>> {
    if train.part.is_some_and(|part| part != Role::Train) {
        return Ok(None);
    }
    let same: Vec<&ArrayName> = candidates.iter().filter(|array| array.rest == train.rest).collect();
    let parts: Vec<Option<Role>> = same.iter().map(|array| array.part).collect();
    let Some(part) = part_names::held_out(&parts) else { return Ok(None) };
    let found: Vec<String> = same.iter().filter(|array| array.part == Some(part)).map(|it| it.name.clone()).collect();
    match found.as_slice() {
        [name] => Ok(Some(name.clone())),
        several => {
            let error = Error::option("heldOut").path(archive.path).expected(one_of(several));
            Err(error.remedy("name the array that is held out, or set `heldOut: 'none'`"))
        }
    }
}

/// The array with the labels of these examples: `y_train` or `train_labels` for `x_train`; `labels`, `label` or `y` for
/// the examples to train on.
pub(super) fn labels_of(archive: &Archive, examples: &str) -> Option<String> {
    let examples = ArrayName::new(examples);
    let labels: Vec<ArrayName> = archive.names.iter().map(|name| ArrayName::new(name)).collect();
    let of = |part: Option<Role>, rest: &[String]| {
        let fits = labels.iter().filter(|array| array.part == part && array.rest == rest);
        fits.filter(|array| array.name != examples.name && array.label_word.is_some()).min_by_key(|it| it.label_word)
    };
    let is_trained_on = examples.part.is_none_or(|part| part == Role::Train);
    let found = of(examples.part, &examples.rest).or_else(|| if is_trained_on { of(None, &[]) } else { None });
    found.map(|array| array.name.clone())
}
