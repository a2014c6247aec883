use std::path::Path;

use image::{GrayImage, ImageFormat, Luma};
use tempfile::TempDir;
use vae_core::data::{Dataset, HeldOutName, LabelSource, OpenOptions, describe, open, open_split};
use vae_core::{CancelToken, Code};

use crate::files::{folder, idx, refused, refused_with, write};

/// A folder with a picture under each of these names.
fn pictures(names: &[&str]) -> TempDir {
    let folder = folder();
    let mut png = std::io::Cursor::new(Vec::new());
    GrayImage::from_pixel(2, 2, Luma([7])).write_to(&mut png, ImageFormat::Png).unwrap();
    names.iter().for_each(|name| {
        write(&folder, name, png.get_ref());
    });
    folder
}

fn split(path: &Path, options: &OpenOptions) -> (Dataset, Option<Dataset>) {
    open_split(path, options, &CancelToken::new()).unwrap()
}

/// Names and labels of the pictures to train on and of those held out, as "cat:train/cat/1.png".
fn found(folder: &TempDir, options: &OpenOptions) -> [Vec<String>; 2] {
    let (train, held_out) = split(folder.path(), options);
    let list = |data: &Dataset| {
        let label = |row| {
            let label = data.label(row)?;
            Some(data.label_names()?[label as usize].clone())
        };
        let name = |row| format!("{}:{}", label(row).unwrap_or_default(), data.name(row).unwrap());
        (0..data.len()).map(name).collect::<Vec<_>>()
    };
    [list(&train), held_out.as_ref().map(list).unwrap_or_default()]
}

fn key(key: &str) -> OpenOptions {
    OpenOptions { key: Some(key.to_owned()), ..OpenOptions::default() }
}

fn held_out(name: &str) -> OpenOptions {
    OpenOptions { held_out: Some(HeldOutName::Named(name.to_owned())), ..OpenOptions::default() }
}

fn whole() -> OpenOptions {
    OpenOptions { held_out: Some(HeldOutName::None), ..OpenOptions::default() }
}

#[test]
fn subfolders_that_are_all_parts_are_parts() {
    for (train, test) in [
        ("train", "test"),
        ("Training", "Testing"),
        ("TRAIN", "VAL"),
        ("training_set", "test_set"),
        ("seg_train", "seg_test"),
        ("train2017", "val2017"),
        ("train-images", "t10k-images"),
        ("dataTrain", "dataValid"),
        ("fruit train", "fruit holdout"),
        ("train", "tests"),
    ] {
        let names = ["cat/1.png", "dog/2.png"].map(|name| format!("{train}/{name}"));
        let folder = pictures(&[&names[0], &names[1], &format!("{test}/dog/3.png")]);
        let expected = [
            vec![format!("cat:{train}/cat/1.png"), format!("dog:{train}/dog/2.png")],
            vec![format!("dog:{test}/dog/3.png")],
        ];
        assert_eq!(found(&folder, &OpenOptions::default()), expected);
        let data = open(folder.path(), &OpenOptions::default(), &CancelToken::new()).unwrap();
        assert_eq!(data.notes(), [format!("'{train}' is trained on, '{test}' is held out")]);
        let description = describe(folder.path(), &CancelToken::new()).unwrap();
        assert_eq!((description.examples, description.held_out, description.labels.len()), (2, 1, 2));
        assert_eq!(description.notes, data.notes());
    }
}

#[test]
fn the_first_of_validation_and_test_is_held_out() {
    let folder = pictures(&["test/a/1.png", "train/a/2.png", "validation/a/3.png"]);
    write(&folder, "README.md", "about");
    write(&folder, "overview.bmp", "BM");
    let default = OpenOptions::default();
    assert_eq!(found(&folder, &default), [vec!["a:train/a/2.png"], vec!["a:validation/a/3.png"]]);
    assert_eq!(
        split(folder.path(), &default).0.notes(),
        ["'train' is trained on, 'validation' is held out, 'test' is left out, 'overview.bmp' is left out"]
    );
    assert_eq!(found(&folder, &held_out("test"))[1], ["a:test/a/1.png"]);
    assert_eq!(found(&folder, &key("test")), [vec!["a:test/a/1.png"], vec![]]);
    // A training part alone.
    let folder = pictures(&["train/1.png", "train/2.png"]);
    assert_eq!(found(&folder, &default), [vec![":train/1.png", ":train/2.png"], vec![]]);
}

#[test]
fn a_folder_around_the_others_is_gone_through() {
    let default = OpenOptions::default();
    let expected = |train: &str, test: &str| [vec![train.to_owned()], vec![test.to_owned()]];
    let folder = pictures(&["archive/brain/train/a/1.png", "archive/brain/test/a/2.png", "__MACOSX/archive/._1.png"]);
    write(&folder, "LICENSE", "text");
    assert_eq!(found(&folder, &default), expected("a:archive/brain/train/a/1.png", "a:archive/brain/test/a/2.png"));
    // Around each part, and around pictures without labels.
    let folder = pictures(&["training_set/training_set/a/1.png", "test_set/test_set/a/2.png"]);
    assert_eq!(
        found(&folder, &default),
        expected("a:training_set/training_set/a/1.png", "a:test_set/test_set/a/2.png")
    );
    let folder = pictures(&["train/train/1.png", "test1/test1/2.png"]);
    assert_eq!(found(&folder, &default), expected(":train/train/1.png", ":test1/test1/2.png"));
    // Around labels.
    let folder = pictures(&["photos/cat/1.png", "photos/dog/2.png"]);
    assert_eq!(found(&folder, &default)[0], ["cat:photos/cat/1.png", "dog:photos/dog/2.png"]);
}

#[test]
fn labels_may_hold_the_parts() {
    let folder = pictures(&["cat/train/1.png", "cat/test/2.png", "dog/train/3.png", "dog/test/4.png"]);
    write(&folder, "cat/notes.txt", "about");
    let default = OpenOptions::default();
    assert_eq!(
        found(&folder, &default),
        [vec!["cat:cat/train/1.png", "dog:dog/train/3.png"], vec!["cat:cat/test/2.png", "dog:dog/test/4.png"]]
    );
    assert_eq!(split(folder.path(), &default).0.notes(), ["of each label, 'train' is trained on, 'test' is held out"]);
    assert_eq!(found(&folder, &key("test"))[0], ["cat:cat/test/2.png", "dog:dog/test/4.png"]);
    assert_eq!(found(&folder, &whole())[0].len(), 4);
    write(&folder, "dog/val/5.png", "not read");
    assert_eq!(
        refused(folder.path()),
        (
            Code::Option,
            "heldOut: dog: the subfolders of parts differ from label to label; name the parts with `key` and `heldOut`, or \
             set `heldOut: 'none'`."
                .to_owned()
        )
    );
}

#[test]
fn a_held_out_part_is_never_trained_on_without_a_word() {
    let remedy = |name: &str| {
        format!(
            "the subfolder '{name}' may be a held-out part or one of the labels; set `heldOut: '{name}'` to hold it out \
             (and `key` to the subfolder to train on), or `heldOut: 'none'` if it is a label."
        )
    };
    for (names, part, place) in [
        (vec!["cat/1.png", "dog/2.png", "test/cat/3.png"], "test", "."),
        (vec!["train/cat/1.png", "Testing/cat/3.png", "plane/4.png"], "Testing", "."),
        (vec!["seg_train/cat/1.png", "seg_test/cat/3.png", "seg_pred/4.png"], "seg_test", "."),
        (vec!["test/cat/1.png", "test/dog/2.png"], "test", "."),
        (vec!["validation/1.png", "test/2.png"], "test", "."),
        (vec!["cat/1.png", "dog/more/test/2.png"], "test", "dog/more"),
        (vec!["train/cat/1.png", "train/val/2.png", "test/cat/3.png"], "val", "train"),
        (vec!["train/cat/test/1.png", "train/dog/1.png", "test/cat/3.png"], "test", "train/cat"),
    ] {
        let folder = pictures(&names);
        let message = refused(folder.path());
        assert_eq!(message, (Code::Option, format!("heldOut: {place}: {}", remedy(part))), "{names:?}");
        assert_eq!(describe(folder.path(), &CancelToken::new()).unwrap_err().code, Code::Option);
        // The remedies lead on.
        assert!(open(folder.path(), &whole(), &CancelToken::new()).is_ok(), "{names:?}");
    }
    let folder = pictures(&["cat/1.png", "dog/2.png", "test/cat/3.png"]);
    assert_eq!(found(&folder, &held_out("test")), [vec!["cat:cat/1.png", "dog:dog/2.png"], vec!["cat:test/cat/3.png"]]);
    assert_eq!(found(&folder, &whole())[0], ["cat:cat/1.png", "dog:dog/2.png", "test:test/cat/3.png"]);
    let unlabelled = OpenOptions { labels: Some(LabelSource::None), ..held_out("test") };
    assert_eq!(found(&folder, &unlabelled), [vec![":cat/1.png", ":dog/2.png"], vec![":test/cat/3.png"]]);
    let folder = pictures(&["good/1.png", "test/good/2.png", "train/good/3.png"]);
    let both = OpenOptions { key: Some("train".to_owned()), ..held_out("test") };
    assert_eq!(found(&folder, &both), [vec!["good:train/good/3.png"], vec!["good:test/good/2.png"]]);
    assert_eq!(
        split(folder.path(), &both).0.notes(),
        ["'train' is trained on, 'test' is held out, 'good' is left out"]
    );
    // Pictures of trains.
    let folder = pictures(&["plane/1.png", "train/2.png", "test tube/3.png"]);
    assert_eq!(found(&folder, &OpenOptions::default())[0].len(), 3);
}

#[test]
fn a_subfolder_that_is_not_there_is_named() {
    let folder = pictures(&["cat/1.png", "train/cat/2.png"]);
    assert_eq!(
        refused_with(folder.path(), &key("trian")),
        (Code::Option, "key: .: expected one of 'cat', 'train', got trian; did you mean 'train'?".to_owned())
    );
    assert_eq!(
        refused_with(folder.path(), &held_out("test")).1,
        "heldOut: .: expected one of 'cat', 'train', got test."
    );
    let both = OpenOptions { key: Some("train".to_owned()), ..held_out("tset") };
    assert_eq!(refused_with(folder.path(), &both).1, "heldOut: .: expected one of 'cat', 'train', got tset.");
    let folder = pictures(&["1.png"]);
    assert_eq!(refused_with(folder.path(), &key("train")).1, "key: .: expected a folder with subfolders, got train.");
    let folder = pictures(&["train-1/a/1.png", "train-2/a/2.png", "test/a/3.png"]);
    assert_eq!(
        refused(folder.path()).1,
        "key: .: expected one of 'train-1', 'train-2'; name the subfolder, or set `heldOut: 'none'` if these are labels."
    );
}

#[test]
fn one_part_may_have_no_labels() {
    let folder = pictures(&["train/cat/1.png", "train/dog/2.png", "test/3.png", "test/4.png"]);
    let (train, test) = split(folder.path(), &OpenOptions::default());
    let test = test.unwrap();
    assert_eq!((train.labels(), test.labels(), test.label_names()), (Some(vec![0, 1]), None, None));
    assert_eq!(test.names().unwrap(), ["test/3.png", "test/4.png"]);
    assert_eq!(
        train.notes(),
        ["'train' is trained on, 'test' is held out", "the held-out part has no folders of labels"]
    );
    assert_eq!(train.label_names().unwrap(), ["cat", "dog"]);
}

#[test]
fn labels_of_pictures_may_be_left_out_or_named() {
    let folder = pictures(&["cat/1.png", "dog/2.png", "3.png"]);
    let none = OpenOptions { labels: Some(LabelSource::None), ..OpenOptions::default() };
    assert_eq!(found(&folder, &none)[0], [":3.png", ":cat/1.png", ":dog/2.png"]);
    let file = write(&folder, ".labels", idx(8, &[3], &[5, 6, 7])).display().to_string();
    let named = OpenOptions { labels: Some(LabelSource::Named(file.clone())), ..OpenOptions::default() };
    assert_eq!(split(folder.path(), &named).0.labels(), Some(vec![5, 6, 7]));
    let folder = pictures(&["train/1.png", "test/2.png"]);
    let file = write(&folder, ".labels", idx(8, &[1], &[5])).display().to_string();
    let named = OpenOptions { labels: Some(LabelSource::Named(file)), ..OpenOptions::default() };
    assert_eq!(split(folder.path(), &OpenOptions { held_out: None, ..none }).0.labels(), None);
    assert_eq!(open_split(folder.path(), &named, &CancelToken::new()).unwrap_err().option.as_deref(), Some("labels"));
}

#[test]
fn leftovers_and_notes_are_no_pictures() {
    let folder = pictures(&["1.png", "2.png"]);
    for name in [
        "__MACOSX/._1.png",
        "._1.png",
        ".DS_Store",
        "Thumbs.db",
        "desktop.ini",
        "@eaDir/x",
        "$RECYCLE.BIN/x",
        "lost+found/x",
        "System Volume Information/x",
        "~$notes.docx",
        "3.png.part",
        "4.png.crdownload",
        "Icon\r",
        "README",
        "README.md",
        "LICENSE",
        "annotations.json",
        "labels.csv",
        "info.YAML",
        "page.html",
        "paper.pdf",
        "show.py",
        "show.ipynb",
    ] {
        write(&folder, name, [0, 1, 2]);
    }
    assert_eq!(found(&folder, &OpenOptions::default())[0], [":1.png", ":2.png"]);
    let labelled = pictures(&["cat/1.png", "dog/2.png"]);
    for name in
        ["README.md", "cat/list.txt", "dog/__MACOSX/x", "dog/.picasa.ini", "__MACOSX/cat/._1.png", "classes.xml"]
    {
        write(&labelled, name, [0, 1, 2]);
    }
    assert_eq!(found(&labelled, &OpenOptions::default())[0], ["cat:cat/1.png", "dog:dog/2.png"]);
    // What is neither does not vanish.
    write(&labelled, "cat/3.tif", b"II*\0");
    assert_eq!(
        refused(labelled.path()).1,
        ".: 1 of 3 pictures cannot be read: cat/3.tif (a TIFF picture: convert it to PNG); remove them, or set `onError: \
         'skip'`."
    );
}

#[test]
fn parts_of_a_folder_of_idx_files_follow_the_same_words() {
    let root = folder();
    let images = |n: u32| idx(8, &[n, 1, 1], &vec![7; n as usize]);
    write(&root, "train-images-idx3-ubyte", images(3));
    write(&root, "val-images-idx3-ubyte", images(2));
    write(&root, "t10k-images-idx3-ubyte", images(1));
    write(&root, "train-labels-idx1-ubyte", idx(8, &[3], &[1, 2, 3]));
    write(&root, "._train-images-idx3-ubyte", "a leftover of macOS");
    let lengths = |options: &OpenOptions| {
        let (train, held_out) = split(root.path(), options);
        (train.len(), held_out.map(|data| data.len()), train.labels().is_some())
    };
    assert_eq!(lengths(&OpenOptions::default()), (3, Some(2), true));
    assert_eq!(lengths(&held_out("t10k-images-idx3-ubyte")), (3, Some(1), true));
    assert_eq!(lengths(&whole()), (3, None, true));
    assert_eq!(lengths(&key("t10k-images-idx3-ubyte")), (1, None, false));
    let none = OpenOptions { labels: Some(LabelSource::None), ..OpenOptions::default() };
    assert_eq!(lengths(&none), (3, Some(2), false));
    assert_eq!(
        refused_with(root.path(), &held_out("test-images-idx3-ubyte")).1,
        "heldOut: .: expected one of 't10k-images-idx3-ubyte', 'train-images-idx3-ubyte', 'val-images-idx3-ubyte', got \
         test-images-idx3-ubyte; did you mean 't10k-images-idx3-ubyte'?"
    );
    // Several data sets in one folder, as EMNIST: the key chooses, and the other part belongs to it.
    let root = folder();
    for set in ["letters", "digits"] {
        write(&root, &format!("emnist-{set}-train-images-idx3-ubyte"), images(if set == "letters" { 5 } else { 4 }));
        write(&root, &format!("emnist-{set}-test-images-idx3-ubyte"), images(if set == "letters" { 2 } else { 1 }));
    }
    let (train, test) = split(root.path(), &key("emnist-letters-train-images-idx3-ubyte"));
    assert_eq!((train.len(), test.unwrap().len()), (5, 2));
}
