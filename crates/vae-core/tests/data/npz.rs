use proptest::prelude::*;
use vae_core::data::{Dataset, HeldOutName, LabelSource, OpenOptions, Transform, open, open_split};
use vae_core::{CancelToken, Code};

use crate::files::{folder, npy, read, refused, refused_with, write, zip};
use crate::testing::shared_data;

fn pixels(n: usize) -> Vec<u8> {
    npy("|u1", false, &format!("({n}, 2)"), &vec![7; n * 2])
}

fn integers(n: usize) -> Vec<u8> {
    npy("|u1", false, &format!("({n},)"), &(0..n as u8).collect::<Vec<_>>())
}

fn key(key: &str) -> OpenOptions {
    OpenOptions { key: Some(key.to_owned()), ..OpenOptions::default() }
}

#[test]
fn dsprites_is_read_without_touching_its_pickle() {
    let Some(path) = shared_data("dsprites/dsprites_downsampled.npz") else { return };
    let data = read(&path);
    assert_eq!((data.len(), data.shape().to_string()), (46_080, "64×64".to_owned()));
    assert_eq!(Transform::fit(&data).describe(), "u8 as 0/1");
    let (code, message) = refused_with(&path, &key("metadata"));
    assert_eq!(code, Code::DataFormat);
    assert!(message.contains("array 'metadata': holds pickled Python objects"), "{message}");
    let classes = open(&path, &key("latents_values"), &CancelToken::new()).unwrap();
    assert_eq!((classes.len(), classes.shape().to_string(), classes.is_u8()), (46_080, "5".to_owned(), false));
}

#[test]
fn the_array_of_examples_is_found() {
    let folder = folder();
    let names = |members: &[(&str, Vec<u8>)]| {
        let data = read(&write(&folder, "x.npz", zip(members)));
        (data.len(), data.labels())
    };
    // The only one of rank 2; labels by name, type, length.
    assert_eq!(names(&[("a.npy", pixels(3)), ("labels.npy", integers(3))]), (3, Some(vec![0, 1, 2])));
    // Among several, the one with the usual name.
    assert_eq!(names(&[("a.npy", pixels(3)), ("imgs.npy", pixels(2))]), (2, None));
    // An object array and a text beside it are ignored.
    let object = npy("|O", false, "(9, 9)", b"\x80\x04cos\nsystem\n");
    assert_eq!(names(&[("o.npy", object), ("note.txt", b"hello".to_vec()), ("a.npy", pixels(3))]), (3, None));
}

/// Training part, held-out part and notes of an .npz file whose arrays of examples have these lengths; arrays of
/// labels, whose names do not begin with x and hold no "images", count up from 0.
fn parts(members: &[(&str, usize)], options: &OpenOptions) -> vae_core::Result<(Dataset, Option<Dataset>)> {
    let folder = folder();
    let array = |(name, n): &(&str, usize)| {
        let is_examples = name.to_lowercase().starts_with('x') || name.contains("images");
        (format!("{name}.npy"), if is_examples { pixels(*n) } else { integers(*n) })
    };
    let members: Vec<(String, Vec<u8>)> = members.iter().map(array).collect();
    let members: Vec<(&str, Vec<u8>)> = members.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    open_split(&write(&folder, "x.npz", zip(&members)), options, &CancelToken::new())
}

fn lengths(members: &[(&str, usize)], options: &OpenOptions) -> (usize, Option<usize>, Vec<String>) {
    let (train, held_out) = parts(members, options).unwrap();
    let labels = |data: &Dataset| assert_eq!(data.labels().map(|labels| labels.len()), Some(data.len()));
    labels(&train);
    held_out.iter().for_each(labels);
    (train.len(), held_out.map(|data| data.len()), train.notes().to_vec())
}

#[test]
fn the_parts_of_a_file_are_found_by_their_names() {
    let default = OpenOptions::default();
    // Keras' mnist.npz.
    let keras = [("x_test", 1), ("x_train", 3), ("y_test", 1), ("y_train", 3)];
    assert_eq!(
        lengths(&keras, &default),
        (3, Some(1), vec!["'x_train' is trained on, 'x_test' is held out".to_owned()])
    );
    // MedMNIST's files.
    let medical = [
        ("train_images", 4),
        ("val_images", 2),
        ("test_images", 1),
        ("train_labels", 4),
        ("val_labels", 2),
        ("test_labels", 1),
    ];
    assert_eq!(
        lengths(&medical, &default),
        (
            4,
            Some(2),
            vec!["'train_images' is trained on, 'val_images' is held out, 'test_images' is left out".to_owned()]
        )
    );
    let named = OpenOptions { held_out: Some(HeldOutName::Named("test_images".to_owned())), ..default.clone() };
    assert_eq!(lengths(&medical, &named).1, Some(1));
    let whole = OpenOptions { held_out: Some(HeldOutName::None), ..default.clone() };
    assert_eq!(lengths(&medical, &whole).1, None);
    // scikit-learn's spelling, and without an underscore.
    for names in [["X_train", "X_test", "y_train", "y_test"], ["xTrain", "xTest", "yTrain", "yTest"]] {
        let [a, b, c, d] = names;
        let (train, held_out, _) = lengths(&[(a, 3), (b, 2), (c, 3), (d, 2)], &default);
        assert_eq!((train, held_out), (3, Some(2)));
    }
    // One array alone, under numpy.savez's own name.
    assert_eq!(parts(&[("x", 3)], &default).unwrap().0.notes(), &[] as &[String]);
    let key = |key: &str| OpenOptions { key: Some(key.to_owned()), ..OpenOptions::default() };
    assert_eq!(
        lengths(&keras, &key("x_test")),
        (1, None, vec!["'x_test' is trained on, 'x_train' is left out".to_owned()])
    );
    let labels = OpenOptions { labels: Some(LabelSource::None), ..default.clone() };
    let (train, held_out) = parts(&keras, &labels).unwrap();
    assert_eq!((train.labels(), held_out.unwrap().labels()), (None, None));
    let labels = OpenOptions { labels: Some(LabelSource::Named("other".to_owned())), ..default.clone() };
    let more = [("x_test", 1), ("x_train", 3), ("y_test", 1), ("y_train", 3), ("other", 3)];
    assert_eq!(lengths(&more, &labels).1, Some(1));

    let message = |members: &[(&str, usize)], options: &OpenOptions| {
        let error = parts(members, options).unwrap_err();
        (error.option.clone().unwrap_or_default(), error.expected.clone(), error.remedy.clone().unwrap_or_default())
    };
    let one_of = |names: &str| Some(format!("one of {names}"));
    // A held-out array is never trained on without a word.
    assert_eq!(
        message(&[("x_test", 3), ("y_test", 3)], &default),
        ("key".to_owned(), one_of("'x_test'"), "name the array that holds the examples".to_owned())
    );
    assert_eq!(
        message(&[("left_images_train", 3), ("right_images_train", 3)], &default).1,
        one_of("'left_images_train', 'right_images_train'")
    );
    assert_eq!(
        message(&keras, &key("x_trian")),
        ("key".to_owned(), one_of("'x_test', 'x_train', 'y_test', 'y_train'"), "did you mean 'x_train'?".to_owned())
    );
    let named = OpenOptions { held_out: Some(HeldOutName::Named("x_tset".to_owned())), ..default.clone() };
    assert_eq!(message(&keras, &named).2, "did you mean 'x_test'?");
    let labels = OpenOptions { labels: Some(LabelSource::Named("y_tarin".to_owned())), ..default.clone() };
    assert_eq!(message(&keras, &labels).2, "did you mean 'y_train'?");
}

#[test]
fn labels_of_a_matching_name_must_fit() {
    let folder = folder();
    let refusal =
        |name: &str, labels: Vec<u8>| refused(&write(&folder, "x.npz", zip(&[("x.npy", pixels(3)), (name, labels)])));
    assert_eq!(
        refusal("labels.npy", integers(2)),
        (
            Code::Shape,
            "x.npz: array 'labels': every example needs one label: expected 3 labels, got 2; set `labels: 'none'` to read \
             the examples without labels."
                .to_owned()
        )
    );
    let (_, message) = refusal("y.npy", npy("|O", false, "(3,)", b"\x80\x04cos\nsystem\n"));
    assert!(message.contains("array 'y': the labels are pickled Python objects"), "{message}");
    assert!(message.contains("`labels: 'none'`"), "{message}");
    let (code, message) =
        refusal("y.npy", npy("<f4", false, "(3,)", &[1.0f32, 0.5, 2.0].map(f32::to_le_bytes).concat()));
    assert_eq!(
        (code, message.as_str()),
        (
            Code::DataFormat,
            "x.npz: array 'y': label 1: expected a whole number of 32 bits, got 0.5; set `labels: 'none'` to read the \
             examples without labels."
        )
    );
}

#[test]
fn the_held_out_part_must_have_the_same_shape() {
    let folder = folder();
    let members = [("x_train.npy", pixels(3)), ("x_test.npy", npy("|u1", false, "(1, 3)", &[7; 3]))];
    let path = write(&folder, "x.npz", zip(&members));
    let error = open_split(&path, &OpenOptions::default(), &CancelToken::new()).unwrap_err();
    assert_eq!((error.code, error.expected.as_deref(), error.received.as_deref()), (Code::Shape, Some("2"), Some("3")));
}

#[test]
fn names_of_labels_are_numbered_alike_in_both_parts() {
    let folder = folder();
    // numpy.array(['cat', 'dog', 'ant']) and numpy.array(['dog']): UCS-4, three letters each.
    let texts = |texts: &[&str]| {
        let letters = texts.iter().flat_map(|text| text.chars()).flat_map(|letter| (letter as u32).to_le_bytes());
        npy("<U3", false, &format!("({},)", texts.len()), &letters.collect::<Vec<u8>>())
    };
    let path = write(
        &folder,
        "x.npz",
        zip(&[
            ("x_train.npy", pixels(3)),
            ("x_test.npy", pixels(1)),
            ("y_train.npy", texts(&["cat", "dog", "ant"])),
            ("y_test.npy", texts(&["dog"])),
        ]),
    );
    let (train, test) = open_split(&path, &OpenOptions::default(), &CancelToken::new()).unwrap();
    let test = test.unwrap();
    assert_eq!((train.labels(), test.labels()), (Some(vec![1, 2, 0]), Some(vec![2])));
    assert_eq!(
        (train.label_names(), train.label_names().unwrap()),
        (test.label_names(), ["ant", "cat", "dog"].map(str::to_owned).as_slice())
    );
}

#[test]
fn every_defect_of_a_zip_file_is_named() {
    let folder = folder();
    let refusal = |bytes: &[u8]| refused(&write(&folder, "x.npz", bytes)).1;
    let format = |message: &str| format!("x.npz: {message}");

    assert_eq!(
        refusal(&zip(&[("labels.npy", integers(2))])),
        format("holds no array of examples: expected an .npy array of rank 2 or more, got the arrays 'labels'.")
    );
    assert_eq!(
        refusal(&zip(&[("note.txt", vec![1])])),
        format("holds no array of examples: expected an .npy array of rank 2 or more, got no array at all.")
    );
    let valid = zip(&[("x.npy", npy("|u1", false, "(50, 2)", &(0..100).collect::<Vec<_>>()))]);
    let message = refusal(&valid[..valid.len() - 30]);
    assert!(message.starts_with("x.npz: the zip file is damaged or uses what .npz files do not ("), "{message}");

    // The array's header declares less, or more, than the zip directory.
    let with = |sizes: &str, n: usize| zip(&[("x.npy", npy("|u1", false, sizes, &vec![0; n]))]);
    let refused = |sizes: &str, n: usize| refused_with(&write(&folder, "x.npz", with(sizes, n)), &key("x")).1;
    assert_eq!(
        refused("(2, 2)", 1_000_000),
        format(
            "array 'x': the zip directory and the array's header disagree about its size: expected 1000000 bytes of \
             values, got 4 bytes."
        )
    );
    assert_eq!(
        refused("(4294967296, 4294967296)", 4),
        format(
            "array 'x': the zip directory and the array's header disagree about its size: expected 4 bytes of \
             values, got more than 2^64 bytes."
        )
    );

    // Array and directory both declare 2^31 bytes; the file has a hundred.
    let mut bytes = with("(1048576, 2048)", 100);
    let length = (npy("|u1", false, "(1048576, 2048)", &[]).len() as u32 + 100).to_le_bytes();
    let wrong_length = (npy("|u1", false, "(1048576, 2048)", &[]).len() as u32 + (1 << 31)).to_le_bytes();
    let directory = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    assert_eq!(bytes[directory + 24..directory + 28], length);
    bytes[directory + 24..directory + 28].copy_from_slice(&wrong_length);
    let message = refused_with(&write(&folder, "x.npz", &bytes), &key("x")).1;
    assert!(
        message.starts_with("x.npz: array 'x': the file is shorter than its header says: expected 2147483648 bytes"),
        "{message}"
    );

    // The checksum detects a flipped byte inside the values.
    let mut bytes = zip(&[("x.npy", npy("|u1", false, "(50, 2)", &(0..100).collect::<Vec<_>>()))]);
    let stored = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    bytes[stored - 20] ^= 0x10;
    let message = refusal(&bytes);
    assert!(message.contains("damaged") || message.contains("end inside"), "{message}");
}

#[test]
fn a_bomb_in_a_zip_file_is_refused_before_it_is_inflated() {
    let folder = folder();
    let sizes = "(16384, 16384)";
    let path = write(&folder, "x.npz", zip(&[("x.npy", npy("|u1", false, sizes, &vec![0; 1 << 28]))]));
    assert!(path.metadata().unwrap().len() < 300_000);
    let options = OpenOptions { limit_bytes: 1 << 24, ..OpenOptions::default() };
    assert_eq!(
        refused_with(&path, &options),
        (
            Code::Memory,
            "x.npz: 16384×16384 values need 256 MiB: expected at most 16 MiB; raise `limitBytes` to allow it."
                .to_owned()
        )
    );
}

#[test]
fn names_in_a_zip_file_are_never_paths() {
    let folder = folder();
    let path = write(&folder, "in/x.npz", zip(&[("../../evil.npy", pixels(3))]));
    assert_eq!(read(&path).len(), 3);
    assert!(!folder.path().join("evil.npy").exists());
}

proptest! {
    #[test]
    fn damaged_zip_files_never_panic(flips in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..8)) {
        let folder = folder();
        let mut bytes = zip(&[("x.npy", pixels(3)), ("y.npy", integers(3))]);
        let length = bytes.len();
        flips.iter().for_each(|&(at, with)| bytes[at as usize % length] ^= with);
        let _ = open(&write(&folder, "x", &bytes), &OpenOptions::default(), &CancelToken::new());
    }
}
