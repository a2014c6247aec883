use proptest::prelude::*;
use vae_core::data::{OpenOptions, Transform, open};
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
    assert_eq!(names(&[("a.npy", pixels(3)), ("labels.npy", integers(2))]), (3, None));
    // Among several, the one with the usual name.
    assert_eq!(names(&[("a.npy", pixels(3)), ("imgs.npy", pixels(2))]), (2, None));
    // An object array and a text beside it are ignored.
    let object = npy("|O", false, "(9, 9)", b"\x80\x04cos\nsystem\n");
    assert_eq!(names(&[("o.npy", object), ("note.txt", b"hello".to_vec()), ("a.npy", pixels(3))]), (3, None));

    let keras = [("x_test", 1), ("x_train", 3), ("y_test", 1), ("y_train", 3)];
    let array = |(name, n): (&str, usize)| if name.starts_with('x') { pixels(n) } else { integers(n) };
    let members: Vec<(String, Vec<u8>)> = keras.map(|it| (format!("{}.npy", it.0), array(it))).into();
    let members: Vec<(&str, Vec<u8>)> = members.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let path = write(&folder, "mnist.npz", zip(&members));
    assert_eq!(
        refused(&path),
        (
            Code::Option,
            "key: mnist.npz: expected one of 'x_test', 'x_train'; name the array that holds the examples.".to_owned()
        )
    );
    let data = open(&path, &key("x_train"), &CancelToken::new()).unwrap();
    assert_eq!((data.len(), data.labels()), (3, Some(vec![0, 1, 2])));
    assert_eq!(
        refused_with(&path, &key("x_trian")).1,
        "key: mnist.npz: expected one of 'x_test', 'x_train', 'y_test', 'y_train', got x_trian; did you mean 'x_train'?"
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
