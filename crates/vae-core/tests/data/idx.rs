use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use vae_core::data::{Dataset, LabelSource, OpenOptions, Preprocessing, Transform, open, open_split};
use vae_core::{CancelToken, Code};

use crate::files::{folder, gzip, idx, read, refused, refused_with, write};
use crate::testing::shared_data;

const U8: u8 = 0x08;

#[test]
fn mnist_is_read_with_its_labels_and_test_part() {
    let Some(path) = shared_data("mnist") else { return };
    let (train, test) = open_split(&path, &OpenOptions::default(), &CancelToken::new()).unwrap();
    let test = test.unwrap();
    assert_eq!((train.len(), test.len(), train.shape().to_string()), (60_000, 10_000, "28×28".to_owned()));
    assert_eq!(train.labels().unwrap()[..5], [5, 0, 4, 1, 9]);
    assert_eq!(test.label(0), Some(7));

    let transform = Transform::fit(&train);
    assert_eq!(transform.describe(), "u8 / 255");
    assert_eq!(train.check_range(&transform, 0.0, 1.0), None);
    for (part, mean) in [(&train, 0.1307), (&test, 0.1325)] {
        let values = part.to_f32(&transform);
        let sum: f64 = values.iter().map(|&x| f64::from(x)).sum();
        assert!((sum / values.len() as f64 - mean).abs() < 1e-4);
    }
}

#[test]
fn plain_and_gzip_are_the_same() {
    let folder = folder();
    let bytes = idx(U8, &[2, 1, 3], &[0, 1, 2, 3, 4, 255]);
    let plain = read(&write(&folder, "plain", &bytes));
    let zipped = read(&write(&folder, "zipped", gzip(&bytes)));
    assert_eq!(plain.fingerprint(), zipped.fingerprint());
    assert_eq!((plain.len(), plain.shape().sizes(), plain.is_u8()), (2, [1, 3].as_slice(), true));
    assert_eq!(plain.to_f32(&Transform::fit(&plain))[5], 1.0);
}

/// Files of several members, as `cat a.gz b.gz`, bgzip and pigz write them.
#[test]
fn all_members_of_a_gzip_file_are_read() {
    let folder = folder();
    let bytes = idx(U8, &[2, 1, 3], &[0, 1, 2, 3, 4, 255]);
    let plain = read(&write(&folder, "plain", &bytes)).fingerprint();
    for cut in 0..=bytes.len() {
        let (first, second) = bytes.split_at(cut);
        let zipped = read(&write(&folder, "zipped", [gzip(first), gzip(second)].concat()));
        assert_eq!(zipped.fingerprint(), plain, "cut at {cut}");
    }
    let each: Vec<u8> = bytes.iter().flat_map(|&byte| gzip(&[byte])).collect();
    assert_eq!(read(&write(&folder, "zipped", each)).fingerprint(), plain);
    // A table ends where its file ends, not where a header says.
    let table = read(&write(&folder, "x.csv.gz", [gzip(b"a,b\n1,2\n3,"), gzip(b"4\n5,6\n")].concat()));
    assert_eq!(table.fingerprint(), read(&write(&folder, "x.csv", "a,b\n1,2\n3,4\n5,6\n")).fingerprint());
    let (code, message) = refused(&write(&folder, "y.csv.gz", [gzip(b"a,b\n1,2\n"), b"3,4\n".to_vec()].concat()));
    assert_eq!((code, message.as_str()), (Code::DataFormat, "y.csv.gz: bytes follow after the gzip data."));
}

#[test]
fn floats_are_taken_as_they_are() {
    let folder = folder();
    let f4: Vec<u8> = [0.25f32, -3.0].iter().flat_map(|x| x.to_be_bytes()).collect();
    let f8: Vec<u8> = [0.25f64, -3.0].iter().flat_map(|x| x.to_be_bytes()).collect();
    for bytes in [idx(0x0d, &[1, 2], &f4), idx(0x0e, &[1, 2], &f8)] {
        let data = read(&write(&folder, "floats", bytes));
        assert_eq!(data.to_f32(&Transform::fit(&data)), [0.25, -3.0]);
        assert_eq!(Transform::fit(&data).describe(), "floats as they are");
    }
}

#[test]
fn labels_come_from_the_sibling_or_the_named_file() {
    let folder = folder();
    let images = write(&folder, "train-images-idx3-ubyte", idx(U8, &[2, 1, 1], &[7, 8]));
    assert_eq!(read(&images).labels(), None);
    write(&folder, "train-labels-idx1-ubyte.gz", gzip(&idx(U8, &[2], &[3, 4])));
    assert_eq!(read(&images).labels(), Some(vec![3, 4]));
    let values: Vec<u8> = [-1i32, 70_000].iter().flat_map(|x| x.to_be_bytes()).collect();
    let other = write(&folder, "other", idx(0x0c, &[2], &values));
    let named = LabelSource::Named(other.display().to_string());
    let options = OpenOptions { labels: Some(named), ..OpenOptions::default() };
    let data = open(&images, &options, &CancelToken::new()).unwrap();
    assert_eq!(data.labels(), Some(vec![-1, 70_000]));
}

#[test]
fn a_stopped_task_ends_the_call() {
    let folder = folder();
    let path = write(&folder, "x", idx(U8, &[1, 1], &[0]));
    let token = CancelToken::new();
    token.cancel();
    assert_eq!(open(&path, &OpenOptions::default(), &token).unwrap_err().code, Code::Aborted);
}

#[test]
fn every_defect_of_a_header_is_named() {
    let folder = folder();
    let refusal = |bytes: Vec<u8>| refused(&write(&folder, "x", bytes));
    let format = |message: &str| (Code::DataFormat, message.to_owned());

    assert_eq!(refusal(vec![]), format("x: the file is empty."));
    assert_eq!(
        refusal(vec![0, 0, 0x0a, 1, 0, 0, 0, 1, 7]),
        format("x: unknown IDX element type: expected 08, 09, 0b, 0c, 0d or 0e, got 0a.")
    );
    assert_eq!(
        refusal(idx(U8, &[2, 3], &[1; 5])),
        format("x: the file is shorter than its header says: expected 6 bytes of values, got 5.")
    );
    assert_eq!(
        refusal(idx(U8, &[2, 3], &[1; 7])),
        format("x: bytes follow after the last value; the header is wrong.")
    );
    assert_eq!(refusal(idx(U8, &[0, 28, 28], &[])), format("x: holds no examples: got 0×28×28 values."));
    assert_eq!(refusal(vec![0, 0, U8, 3, 0, 0]), format("x: the file ends inside the header."));
    assert_eq!(
        refusal(idx(U8, &[1, 0, 28], &[])),
        (
            Code::Shape,
            "x: the shape of one example: expected [length], [height, width] or [height, width, channels] with 1 or 3 \
             channels, got [0, 28]."
                .to_owned()
        )
    );
    assert_eq!(
        refusal(idx(0x0b, &[1, 2], &[0; 4])),
        format("x: the element type of examples: expected 08 (u8), 0d (f4) or 0e (f8), got 0b.")
    );
    assert_eq!(
        refusal(idx(U8, &[u32::MAX; 4], &[0; 64])),
        format("x: the declared size overflows: got 4294967295×4294967295×4294967295×4294967295 values.")
    );
    assert_eq!(
        refusal(idx(U8, &[1 << 16, 1 << 16, 1 << 4], &[0; 64])),
        (
            Code::Memory,
            "x: 65536×65536×16 values need 64 GiB: expected at most 8 GiB; raise `limitBytes` to allow it.".to_owned()
        )
    );
    assert_eq!(
        refusal(idx(0x0d, &[1, 2], &[0x3f, 0x80, 0, 0, 0x7f, 0xc0, 0, 0])),
        (
            Code::DataRange,
            "x: example 0, position 1: expected a finite number of 32 bits, got NaN; remove or replace such values."
                .to_owned()
        )
    );
}

#[test]
fn every_defect_of_gzip_is_named() {
    let folder = folder();
    let refusal = |bytes: &[u8]| refused(&write(&folder, "x.gz", bytes));
    let format = |message: &str| (Code::DataFormat, message.to_owned());
    let valid = gzip(&idx(U8, &[2, 300], &(0..600).map(|i| (i * i % 251) as u8).collect::<Vec<_>>()));
    read(&write(&folder, "honest", &valid));

    assert_eq!(
        refusal(&valid[..valid.len() / 2]),
        format("x.gz: the gzip data end inside the values; the file is truncated: fetch it again.")
    );
    assert_eq!(
        refusal(&valid[..valid.len() - 4]),
        format("x.gz: the gzip data end inside the checksum; the file is truncated: fetch it again.")
    );
    let mut damaged = valid.clone();
    let crc = damaged.len() - 8;
    damaged[crc] ^= 1;
    assert_eq!(
        refusal(&damaged),
        format(
            "x.gz: the gzip data are damaged (corrupt gzip stream does not have a matching checksum); fetch the file again."
        )
    );
    let whole = read(&write(&folder, "honest", &valid)).fingerprint();
    assert_eq!(read(&write(&folder, "padded", [&valid[..], &[0; 512]].concat())).fingerprint(), whole);
    for garbage in
        [b"garbage".as_slice(), b"\0\0garbage", b"\x1fgarbage and more of it", b"\x1f\x8bgarbage and more of it"]
    {
        assert_eq!(refusal(&[&valid[..], garbage].concat()), format("x.gz: bytes follow after the gzip data."));
    }
    // A further member is part of the file, up to its own end.
    assert_eq!(
        refusal(&[&valid[..], &gzip(b"?")].concat()),
        format("x.gz: bytes follow after the last value; the header is wrong.")
    );
    assert_eq!(read(&write(&folder, "empty", [&valid[..], &gzip(&[])].concat())).fingerprint(), whole);
    let cut = gzip(&[]);
    for length in 1..cut.len() {
        assert_eq!(
            refusal(&[&valid[..], &cut[..length]].concat()),
            format("x.gz: the gzip data end inside the checksum; the file is truncated: fetch it again."),
            "{length}"
        );
    }
    assert_eq!(
        refusal(&gzip(&idx(U8, &[1000, 1000, 1000], &[0; 100]))).1.split(", got").next(),
        Some("x.gz: the file is shorter than its header says: expected 1000000000 bytes of values")
    );
}

#[test]
fn a_bomb_stops_at_the_declared_size() {
    // 1 MB that inflates to 1 GB of zeros, behind a header that declares 784 bytes.
    let mut encoder = GzEncoder::new(idx(U8, &[], &[])[..0].to_vec(), Compression::best());
    encoder.write_all(&idx(U8, &[1, 28, 28], &[])).unwrap();
    let zeros = vec![0u8; 1 << 20];
    (0..1024).for_each(|_| encoder.write_all(&zeros).unwrap());
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 1_100_000);
    let folder = folder();
    let path = write(&folder, "bomb.gz", &bomb);
    assert_eq!(refused(&path).1, "bomb.gz: bytes follow after the last value; the header is wrong.");
    // Inflating the rest of this one would find its end missing.
    let path = write(&folder, "cut.gz", &bomb[..bomb.len() / 2]);
    assert_eq!(refused(&path).1, "cut.gz: bytes follow after the last value; the header is wrong.");

    // The same with its true size declared: above the budget, so nothing is inflated.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&idx(U8, &[1024, 1024, 1024], &[])).unwrap();
    (0..1024).for_each(|_| encoder.write_all(&zeros).unwrap());
    let path = write(&folder, "large.gz", encoder.finish().unwrap());
    let options = OpenOptions { limit_bytes: 1 << 28, ..OpenOptions::default() };
    let (code, message) = refused_with(&path, &options);
    assert_eq!(code, Code::Memory);
    assert_eq!(
        message,
        "large.gz: 1024×1024×1024 values need 1 GiB: expected at most 256 MiB; raise `limitBytes` to allow it."
    );
}

#[test]
fn labels_must_fit() {
    let folder = folder();
    let images = write(&folder, "train-images-idx3-ubyte", idx(U8, &[2, 1, 1], &[7, 8]));
    let labels = write(&folder, "train-labels-idx1-ubyte", idx(U8, &[3], &[3, 4, 5]));
    assert_eq!(
        refused(&images),
        (Code::Shape, "train-labels-idx1-ubyte: every example needs one label: expected 2 labels, got 3; set `labels: 'none'` to read the examples without labels.".to_owned())
    );
    assert_eq!(
        refused(&labels).1.replace(&folder.path().display().to_string(), ""),
        "train-labels-idx1-ubyte: holds one number per example: labels, not examples; open 'train-images-idx3-ubyte'."
    );
    let options = OpenOptions { labels: Some(LabelSource::None), ..OpenOptions::default() };
    assert_eq!(open(&images, &options, &CancelToken::new()).unwrap().labels(), None);
}

#[test]
fn a_folder_with_two_data_sets_is_ambiguous() {
    let folder = folder();
    write(&folder, "a-train-images-idx3-ubyte", idx(U8, &[1, 1, 1], &[7]));
    write(&folder, "b-train-images-idx3-ubyte.gz", gzip(&idx(U8, &[1, 1, 1], &[7])));
    assert_eq!(
        refused(folder.path()).1,
        ".: the folder holds several data sets: a-train-images-idx3-ubyte, b-train-images-idx3-ubyte; open one of \
         these files, or name it, as in `key: 'a-train-images-idx3-ubyte'`."
    );
}

#[test]
fn a_missing_path_says_what_was_meant() {
    let folder = folder();
    write(&folder, "faces/train.npy", [0]);
    let refused = |name: &str| refused(&folder.path().join(name));
    assert_eq!(refused("face"), (Code::Io, "face: there is no such file or folder; did you mean 'faces'?".to_owned()));
    assert_eq!(
        refused("fashion_mnist").1,
        "fashion_mnist: there is no such file or folder; did you mean the data set 'fashion-mnist'?"
    );
    assert_eq!(refused("a/b/c").1, "a/b/c: there is no such file or folder; only '.' is there.");
    assert_eq!(refused("zzz").1, "zzz: there is no such file or folder.");
}

proptest! {
    #[test]
    fn what_is_written_is_read(n in 1usize..5, length in 1usize..7, seed in any::<u8>()) {
        let folder = folder();
        let values: Vec<u8> = (0..n * length).map(|i| (i as u8).wrapping_mul(97) ^ seed).collect();
        let data = read(&write(&folder, "x", idx(U8, &[n as u32, length as u32], &values)));
        let same = Dataset::from_u8(values, data.shape().clone(), None, &Preprocessing::default()).unwrap();
        prop_assert_eq!(data.fingerprint(), same.fingerprint());
    }

    #[test]
    fn arbitrary_bytes_never_panic(head in 0usize..6, mut bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let folder = folder();
        // A plausible start now and then, to reach more than the first check.
        let magic = [0, 0, U8, 2, 0, 0];
        bytes.splice(..head.min(bytes.len()), magic[..head].iter().copied());
        let path = write(&folder, "x", &bytes);
        let _ = open(&path, &OpenOptions::default(), &CancelToken::new());
        let path = write(&folder, "x.gz", gzip(&bytes));
        let _ = open(&path, &OpenOptions::default(), &CancelToken::new());
    }
}
