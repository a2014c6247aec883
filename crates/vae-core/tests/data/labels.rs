use vae_core::data::{Dataset, LabelSource, OpenOptions, open};
use vae_core::{CancelToken, Code};

use crate::files::{folder, idx, npy, refused_with, write};

/// Options with labels from a file of these bytes.
fn labels(folder: &tempfile::TempDir, bytes: Vec<u8>) -> OpenOptions {
    let file = write(folder, "y", bytes).display().to_string();
    OpenOptions { labels: Some(LabelSource::Named(file)), ..OpenOptions::default() }
}

/// Three examples with labels from a file of these bytes.
fn three(bytes: Vec<u8>) -> Dataset {
    let folder = folder();
    let x = write(&folder, "x.npy", npy("|u1", false, "(3, 1)", &[1, 2, 3]));
    open(&x, &labels(&folder, bytes), &CancelToken::new()).unwrap()
}

fn refusal(bytes: Vec<u8>) -> String {
    let folder = folder();
    let x = write(&folder, "x.npy", npy("|u1", false, "(3, 1)", &[1, 2, 3]));
    refused_with(&x, &labels(&folder, bytes)).1
}

const LEAVE_OUT: &str = "set `labels: 'none'` to read the examples without labels.";

#[test]
fn integers_truth_values_and_whole_floats_are_labels() {
    let is = |bytes, expected: [i32; 3]| {
        let data = three(bytes);
        assert_eq!((data.labels(), data.label_names(), data.notes().len()), (Some(expected.to_vec()), None, 0));
    };
    is(npy("<i8", false, "(3,)", &[-3i64, 70_000, 0].map(i64::to_le_bytes).concat()), [-3, 70_000, 0]);
    is(npy(">i4", false, "(3,)", &[-3i32, 70_000, 0].map(i32::to_be_bytes).concat()), [-3, 70_000, 0]);
    is(npy("<u2", false, "(3, 1)", &[5u16, 600, 7].map(u16::to_le_bytes).concat()), [5, 600, 7]);
    is(npy("|b1", false, "(3,)", &[1, 0, 1]), [1, 0, 1]);
    is(npy("<f8", false, "(3,)", &[2f64, -1.0, 0.0].map(f64::to_le_bytes).concat()), [2, -1, 0]);
    is(npy(">f4", false, "(3, 1, 1)", &[2f32, 1.0, 0.0].map(f32::to_be_bytes).concat()), [2, 1, 0]);
    is(idx(0x0b, &[3], &[0, 1, 0xff, 0xff, 0, 0]), [1, -1, 0]);
    is(idx(0x08, &[3, 1], &[4, 5, 6]), [4, 5, 6]);
    is(idx(0x0d, &[3], &[4f32, 5.0, 6.0].map(f32::to_be_bytes).concat()), [4, 5, 6]);
}

/// numpy.eye(4)[[2, 0, 3]], in each element type and both storage orders.
#[test]
fn one_hot_rows_are_labels() {
    let rows = [[0u8, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1]].concat();
    let by_columns: Vec<u8> = (0..4)
        .flat_map(|column| (0..3).map(move |row| (row, column)))
        .map(|(row, column)| rows[row * 4 + column])
        .collect();
    let floats: Vec<u8> = rows.iter().flat_map(|&x| f32::from(x).to_le_bytes()).collect();
    let integers: Vec<u8> = rows.iter().flat_map(|&x| i64::from(x).to_le_bytes()).collect();
    for bytes in [
        npy("|u1", false, "(3, 4)", &rows),
        npy("|b1", false, "(3, 4)", &rows),
        npy("|u1", true, "(3, 4)", &by_columns),
        npy("<f4", false, "(3, 4)", &floats),
        npy("<i8", false, "(3, 4)", &integers),
        idx(0x08, &[3, 4], &rows),
    ] {
        let data = three(bytes);
        assert_eq!(data.labels(), Some(vec![2, 0, 3]));
        assert_eq!(data.notes(), ["a label is the position of the 1 in its row of 4"]);
    }
    let several = npy("|u1", false, "(3, 2)", &[1, 0, 1, 1, 0, 1]);
    assert_eq!(
        refusal(several),
        format!("y: label 1: expected one number, or a row of 0 with one 1, got 1 1; {LEAVE_OUT}")
    );
    assert!(refusal(npy("|u1", false, "(3, 2)", &[1, 0, 0, 0, 0, 1])).contains("label 1: expected one number"));
    assert!(refusal(npy("|u1", false, "(3, 2)", &[1, 0, 0, 2, 0, 1])).contains("label 1: expected one number"));
    assert_eq!(
        refusal(npy("|u1", false, "(3, 2, 2)", &[0; 12])),
        format!("y: labels: expected one number per example, or a row with one 1, got 3×2×2; {LEAVE_OUT}")
    );
}

#[test]
fn texts_are_named_labels_in_natural_order() {
    let ucs4 = |is_big: bool, texts: [&str; 3]| {
        let letter = |letter: char| if is_big { (letter as u32).to_be_bytes() } else { (letter as u32).to_le_bytes() };
        let fill = |text: &str| text.chars().chain("\0\0\0\0\0".chars()).take(5).map(letter).collect::<Vec<_>>();
        texts.iter().flat_map(|text| fill(text)).flatten().collect::<Vec<u8>>()
    };
    // numpy.array(['c10', 'c9', 'größe']), in both byte orders, and as bytes.
    for (descr, is_big) in [("<U5", false), (">U5", true)] {
        let data = three(npy(descr, false, "(3,)", &ucs4(is_big, ["c10", "c9", "größe"])));
        assert_eq!(data.labels(), Some(vec![1, 0, 2]));
        assert_eq!(data.label_names().unwrap(), ["c9", "c10", "größe"]);
    }
    let data = three(npy("|S3", false, "(3, 1)", b"dogcatdog"));
    assert_eq!(
        (data.labels(), data.label_names().unwrap()),
        (Some(vec![1, 0, 1]), ["cat", "dog"].map(str::to_owned).as_slice())
    );
    // Texts of integers are those integers.
    let data = three(npy("|S2", false, "(3,)", b"7\x00-110"));
    assert_eq!((data.labels(), data.label_names()), (Some(vec![7, -1, 10]), None));
    assert_eq!(
        refusal(npy("|S2", false, "(3,)", b"ab\0\0cd")),
        format!("y: label 1: expected a text, got an empty one; {LEAVE_OUT}")
    );
}

#[test]
fn what_is_no_label_is_refused_with_a_remedy() {
    let both = |bytes, expected: &str| assert_eq!(refusal(bytes), format!("{expected}; {LEAVE_OUT}"));
    both(npy("|u1", false, "(2,)", &[0; 2]), "y: every example needs one label: expected 3 labels, got 2");
    both(idx(0x08, &[4], &[0; 4]), "y: every example needs one label: expected 3 labels, got 4");
    both(npy("|u1", false, "()", &[0]), "y: a single value: expected 3 labels");
    both(
        npy("<f4", false, "(3,)", &[1f32, f32::NAN, 0.0].map(f32::to_le_bytes).concat()),
        "y: label 1: expected a whole number of 32 bits, got NaN",
    );
    both(
        npy("<u8", false, "(3,)", &[0xff; 24]),
        "y: label 0: expected an integer of 32 bits, got 9223372036854775807 or more",
    );
    assert_eq!(
        refusal(npy("|O", false, "(3,)", b"pickle")),
        "y: the labels are pickled Python objects, which can run any code and are never loaded; save them with \
         .astype(str) or .astype(int), or set `labels: 'none'`."
    );
    both(b"\x01\x02\x03\x04".to_vec(), "labels: y: no file of labels: expected IDX, .npy or a table of one column");
    let folder = folder();
    let x = write(&folder, "x.npy", npy("|u1", false, "(3, 1)", &[1, 2, 3]));
    let options = OpenOptions { labels: Some(LabelSource::Named("nothing.npy".to_owned())), ..OpenOptions::default() };
    let (code, message) = refused_with(&x, &options);
    assert_eq!(code, Code::Io);
    assert!(message.starts_with("labels: nothing.npy: there is no such file or folder"), "{message}");
}
