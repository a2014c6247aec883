//! Names of parts: the training part and those that are held out, of folders, arrays and files.

/// A part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Train,
    Validation,
    Test,
}

/// Words for each part. A held-out part is the first that there is of validation, then test.
const WORDS: [(Role, &[&str]); 3] = [
    (Role::Train, &["train", "training", "trainval"]),
    (Role::Validation, &["validation", "valid", "val", "dev"]),
    (Role::Test, &["test", "tests", "testing", "tst", "t10k", "eval", "evaluation", "holdout", "heldout"]),
];

/// Words that say nothing about the content: `training_set`, `test-images`.
const FILLERS: [&str; 16] = [
    "set", "sets", "data", "dataset", "split", "part", "images", "image", "imgs", "img", "pictures", "photos", "pics",
    "folder", "idx", "ubyte",
];

/// Affixes of the word of a part: `xtrain`, `testset`.
const AFFIXES: [&str; 6] = ["x", "y", "set", "data", "images", "labels"];

/// A name taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartName {
    /// The part, if the name has the word of one part and of no other.
    pub part: Option<Role>,
    /// The other words, in lower case, in their order.
    pub rest: Vec<String>,
}

impl PartName {
    /// Takes a name apart: `seg_train` is the training part of "seg".
    pub(super) fn new(name: &str) -> Self {
        let words = words(name);
        let parts: Vec<Role> = words.iter().filter_map(|word| part(word)).collect();
        match parts.as_slice() {
            [first, others @ ..] if others.iter().all(|other| other == first) => {
                Self { part: Some(*first), rest: words.into_iter().filter(|word| part(word).is_none()).collect() }
            }
            _ => Self { part: None, rest: words },
        }
    }

    /// The part, if the other words say nothing, or are in `common`.
    pub(super) fn alone(&self, common: &[String]) -> Option<Role> {
        let is_filler = |word: &String| FILLERS.contains(&word.as_str()) || common.contains(word);
        self.part.filter(|_| self.rest.iter().all(is_filler))
    }
}

/// The parts of names that stand beside each other, each `None` if the name says more than a part. Words common to all
/// names say nothing.
pub(super) fn among<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Option<Role>> {
    let names: Vec<PartName> = names.into_iter().map(PartName::new).collect();
    let is_common = |word: &&String| names.len() > 1 && names.iter().all(|name| name.rest.contains(word));
    let common: Vec<String> =
        names.first().map_or(&[][..], |name| &name.rest).iter().filter(is_common).cloned().collect();
    names.iter().map(|name| name.alone(&common)).collect()
}

/// The part to hold out: the first that there is of validation and test.
pub(super) fn held_out(parts: &[Option<Role>]) -> Option<Role> {
    parts.iter().copied().flatten().filter(|&part| part != Role::Train).min()
}

/// A clause for the notes: "'Training' is trained on, 'Testing' is held out".
pub(super) fn note(train: &str, held_out: Option<&str>, left_out: &[&str]) -> String {
    let mut clauses = vec![format!("'{train}' is trained on")];
    clauses.extend(held_out.map(|name| format!("'{name}' is held out")));
    clauses.extend(left_out.iter().map(|name| format!("'{name}' is left out")));
    clauses.join(", ")
}

fn part(word: &str) -> Option<Role> {
    WORDS.iter().find(|(_, words)| words.contains(&word)).map(|&(part, _)| part)
}

/// The words of a name, in lower case: cut where letters begin or end and before the capitals within (`xTrain`). Digits
/// are left out, except in `t10k`.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for run in name.split(|c: char| !c.is_alphanumeric()) {
        if part(&run.to_lowercase()).is_some() {
            words.push(run.to_lowercase());
            continue;
        }
        let letters: Vec<char> = run.chars().collect();
        let mut word = String::new();
        for (i, &letter) in letters.iter().enumerate() {
            let after = |j: Option<&char>| j.is_some_and(|c| c.is_lowercase());
            let before = i.checked_sub(1).and_then(|i| letters.get(i));
            let is_start = letter.is_uppercase() && (after(before) || after(letters.get(i + 1)));
            if !letter.is_alphabetic() || is_start {
                words.extend(together(std::mem::take(&mut word)));
            }
            if letter.is_alphabetic() {
                word.extend(letter.to_lowercase());
            }
        }
        words.extend(together(word));
    }
    joined(words)
}

/// Takes the word of a part off another: `testset`, `xtrain`.
fn together(word: String) -> Vec<String> {
    if word.is_empty() {
        return Vec::new();
    }
    for affix in AFFIXES {
        if let Some(rest) = word.strip_prefix(affix).filter(|rest| part(rest).is_some()) {
            return vec![affix.to_owned(), rest.to_owned()];
        }
        if let Some(rest) = word.strip_suffix(affix).filter(|rest| part(rest).is_some()) {
            return vec![rest.to_owned(), affix.to_owned()];
        }
    }
    vec![word]
}

/// Joins `hold out` and `held out` to the one word that they are.
fn joined(words: Vec<String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    for word in words {
        match joined.last_mut() {
            Some(last) if word == "out" && (last == "hold" || last == "held") => last.push_str("out"),
            _ => joined.push(word),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(name: &str) -> (Option<Role>, String) {
        let PartName { part, rest } = PartName::new(name);
        (part, rest.join(" "))
    }

    #[test]
    fn a_part_is_a_word_of_a_name() {
        for name in
            ["train", "Training", "TRAIN", "training_set", "x_train", "xTrain", "XTrain", "xtrain", "Train-Images"]
        {
            assert_eq!(taken(name).0, Some(Role::Train), "{name}");
        }
        for name in ["val", "Validation", "dev-set", "valid", "val2017", "x_val"] {
            assert_eq!(taken(name).0, Some(Role::Validation), "{name}");
        }
        for name in
            ["test", "Testing", "t10k-images-idx3-ubyte", "hold-out", "heldOut", "testset", "labels_test", "test1"]
        {
            assert_eq!(taken(name).0, Some(Role::Test), "{name}");
        }
        for name in ["trains", "latest", "evaluate", "contest", "value", "train_val", "cats", "", "10k"] {
            assert_eq!(taken(name).0, None, "{name}");
        }
    }

    #[test]
    fn the_other_words_remain() {
        assert_eq!(taken("seg_train"), (Some(Role::Train), "seg".to_owned()));
        assert_eq!(taken("train2017"), (Some(Role::Train), String::new()));
        assert_eq!(taken("xTrain"), (Some(Role::Train), "x".to_owned()));
        assert_eq!(taken("ytest"), (Some(Role::Test), "y".to_owned()));
        assert_eq!(taken("steam train"), (Some(Role::Train), "steam".to_owned()));
    }

    #[test]
    fn names_beside_each_other_are_parts_if_they_say_nothing_else() {
        let (train, test) = (Some(Role::Train), Some(Role::Test));
        assert_eq!(among(["Training", "Testing"]), [train, test]);
        assert_eq!(among(["training_set", "test_set"]), [train, test]);
        assert_eq!(among(["seg_train", "seg_test"]), [train, test]);
        assert_eq!(among(["train", "test", "cats"]), [train, test, None]);
        assert_eq!(among(["steam train", "test tube"]), [None, None]);
        assert_eq!(among(["steam train"]), [None]);
    }
}
