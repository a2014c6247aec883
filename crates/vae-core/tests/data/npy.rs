use npyz::{DType, WriterBuilder};
use proptest::prelude::*;
use vae_core::data::{LabelSource, OpenOptions, Shape, Transform, open};
use vae_core::{CancelToken, Code};

use crate::files::{folder, gzip, idx, npy, read, refused, refused_with, write};

#[test]
fn every_element_type_of_examples_is_read() {
    let folder = folder();
    let f4 = |x: f32| x.to_le_bytes();
    let cases: [(&str, Vec<u8>, &[f32]); 6] = [
        ("|u1", vec![0, 51], &[0.0, 0.2]),
        ("|b1", vec![0, 1], &[0.0, 1.0]),
        ("<f4", [f4(0.5), f4(-2.0)].concat(), &[0.5, -2.0]),
        (">f4", [0.5f32.to_be_bytes(), (-2f32).to_be_bytes()].concat(), &[0.5, -2.0]),
        ("<f8", [0.5f64.to_le_bytes(), (-2f64).to_le_bytes()].concat(), &[0.5, -2.0]),
        (">f8", [0.5f64.to_be_bytes(), (-2f64).to_be_bytes()].concat(), &[0.5, -2.0]),
    ];
    for (descr, values, expected) in cases {
        for bytes in [npy(descr, false, "(1, 2)", &values), gzip(&npy(descr, false, "(1, 2)", &values))] {
            let data = read(&write(&folder, "x.npy", bytes));
            assert_eq!(data.to_f32(&Transform::fit(&data)), expected, "{descr}");
        }
    }
}

#[test]
fn fortran_order_is_the_same_data() {
    let folder = folder();
    // 2×2×3 in C order, and with the first index varying fastest.
    let c: Vec<u8> = (0..12).collect();
    let fortran = [0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11];
    let c = read(&write(&folder, "c", npy("|u1", false, "(2, 2, 3)", &c)));
    let fortran = read(&write(&folder, "f", npy("|u1", true, "(2, 2, 3)", &fortran)));
    assert_eq!(c.fingerprint(), fortran.fingerprint());
}

#[test]
fn shapes_with_channels_are_read() {
    let folder = folder();
    let shape = |sizes: &str, n: usize| {
        let path = write(&folder, "x", npy("|u1", false, sizes, &vec![9; n]));
        read(&path).shape().to_string()
    };
    assert_eq!(shape("(2, 5)", 10), "5");
    assert_eq!(shape("(2, 4, 5, 3)", 120), "4×5×3");
    assert_eq!(shape("(2, 4, 5, 1)", 40), "4×5×1");
    assert_eq!(shape("(2, 1, 4, 5)", 40), "4×5");
}

#[test]
fn rows_may_be_pictures() {
    let folder = folder();
    let shaped = |shape: &[usize], transpose| {
        let shape = Some(Shape::new(shape.to_vec()).unwrap());
        OpenOptions { shape, transpose, ..OpenOptions::default() }
    };
    let rows = write(&folder, "x.npy", npy("|u1", false, "(2, 6)", &(0..12).collect::<Vec<u8>>()));
    let data = open(&rows, &shaped(&[2, 3], false), &CancelToken::new()).unwrap();
    assert_eq!((data.len(), data.shape().sizes()), (2, [2, 3].as_slice()));
    assert_eq!(
        refused_with(&rows, &shaped(&[2, 2], false)),
        (
            Code::Option,
            "shape: x.npy: expected a shape of 6 values, as in each row of the file, got 2×2, which are 4.".to_owned()
        )
    );
    let pictures = write(&folder, "y.npy", npy("|u1", false, "(2, 2, 3)", &(0..12).collect::<Vec<u8>>()));
    assert_eq!(open(&pictures, &shaped(&[2, 3, 1], false), &CancelToken::new()).unwrap().len(), 2);
    assert_eq!(
        refused_with(&pictures, &shaped(&[3, 2], false)).1,
        "shape: y.npy: expected a file of rows, got examples that have the shape 2×3."
    );
    assert_eq!(
        refused_with(&rows, &OpenOptions { transpose: true, ..OpenOptions::default() }).1,
        "transpose: expected pictures, got vectors of 6; say with `shape` how large they are, as in `shape: [28, 28]`."
    );
}

#[test]
fn pictures_stored_by_columns_are_transposed() {
    let folder = folder();
    let options = OpenOptions { transpose: true, ..OpenOptions::default() };
    // NumPy: numpy.arange(12).reshape(2, 2, 3).transpose(0, 2, 1).ravel()
    let expected = [0u8, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11];
    let floats: Vec<u8> = (0..12u8).flat_map(|x| f32::from(x).to_le_bytes()).collect();
    for (descr, bytes) in [("|u1", (0..12).collect::<Vec<u8>>()), ("<f4", floats)] {
        let path = write(&folder, "x.npy", npy(descr, false, "(2, 2, 3)", &bytes));
        let data = open(&path, &options, &CancelToken::new()).unwrap();
        let bytes = match descr {
            "|u1" => expected.to_vec(),
            _ => expected.iter().flat_map(|&x| f32::from(x).to_le_bytes()).collect(),
        };
        let rows = write(&folder, "y.npy", npy(descr, false, "(2, 3, 2)", &bytes));
        assert_eq!(data.shape().sizes(), [3, 2]);
        assert_eq!(data.fingerprint(), read(&rows).fingerprint());
    }
    // Channels stay together: numpy.arange(12).reshape(1, 2, 2, 3).transpose(0, 2, 1, 3).ravel()
    let colour = write(&folder, "c.npy", npy("|u1", false, "(1, 2, 2, 3)", &(0..12).collect::<Vec<u8>>()));
    let turned = write(&folder, "d.npy", npy("|u1", false, "(1, 2, 2, 3)", &[0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11]));
    assert_eq!(open(&colour, &options, &CancelToken::new()).unwrap().fingerprint(), read(&turned).fingerprint());
}

#[test]
fn an_array_may_be_several_gzip_members() {
    let folder = folder();
    let bytes = npy("|u1", false, "(2, 3)", &[1, 2, 3, 4, 5, 6]);
    let (first, second) = bytes.split_at(bytes.len() - 4);
    let path = write(&folder, "x.npy.gz", [gzip(first), gzip(&[]), gzip(second)].concat());
    let plain = write(&folder, "x.npy", &bytes);
    assert_eq!(read(&path).fingerprint(), read(&plain).fingerprint());
}

#[test]
fn every_defect_of_an_npy_file_is_named() {
    let folder = folder();
    let refusal = |bytes: Vec<u8>| refused(&write(&folder, "x.npy", bytes));
    let array = |descr: &str, sizes: &str, values: &[u8]| refusal(npy(descr, false, sizes, values));
    let format = |message: &str| (Code::DataFormat, format!("x.npy: {message}"));

    assert_eq!(
        array("|O", "(2, 2)", &[0x80, 4]),
        format(
            "holds pickled Python objects, which can run any code and are never loaded; save the numbers themselves, \
             as uint8 or float32."
        )
    );
    assert_eq!(
        array("<i8", "(1, 2)", &[0; 16]),
        format(
            "the element type: expected u1, b1, f4 or f8, got i8; save it with .astype('uint8') if these are pixels, \
             else .astype('float32')."
        )
    );
    assert_eq!(
        array("<c16", "(1, 2)", &[0; 32]),
        format("the element type: expected u1, b1, f4 or f8, got '<c16'; save it with .astype('float32').")
    );
    assert_eq!(
        array("|u1", "(3, 2)", &[0; 5]),
        format("the file is shorter than its header says: expected 6 bytes of values, got 5.")
    );
    assert_eq!(array("|u1", "(3, 2)", &[0; 7]), format("bytes follow after the last value; the header is wrong."));
    assert_eq!(array("|u1", "(0, 2)", &[]), format("holds no examples: got 0×2 values."));
    assert_eq!(
        array("|u1", "(4,)", &[0; 4]),
        format(
            "holds one number per example: expected n × length or n × height × width, got 4 values; reshape it, for \
             example with x.reshape(n, -1)."
        )
    );
    assert_eq!(array("|u1", "()", &[0]), format("holds a single value: expected an array of examples."));
    assert_eq!(
        array("<f8", "(4294967296, 4294967296)", &[0; 8]),
        format("the declared size overflows: got 4294967296×4294967296 values.")
    );
    assert_eq!(
        array("<f4", "(4294967296, 4)", &[0; 8]),
        (
            Code::Memory,
            "x.npy: 4294967296×4 values need 64 GiB: expected at most 8 GiB; raise `limitBytes` to allow it."
                .to_owned()
        )
    );
    assert_eq!(
        array("<f4", "(2, 3, 4, 5)", &[0; 480]),
        (
            Code::Shape,
            "x.npy: the shape of one example: expected [length], [height, width] or [height, width, channels] with 1 \
             or 3 channels, got [3, 4, 5]; move the channels to the end, with x.transpose(0, 2, 3, 1)."
                .to_owned()
        )
    );
    assert_eq!(
        array("<f8", "(2, 2)", &[0f64, 1.0, 2.0, f64::NAN].map(f64::to_le_bytes).concat()),
        (
            Code::DataRange,
            "x.npy: example 1, position 1: expected a finite number of 32 bits, got NaN; remove or replace such \
             values."
                .to_owned()
        )
    );
    assert_eq!(
        array("<f8", "(1, 1)", &1e300f64.to_le_bytes()).1,
        "x.npy: example 0, position 0: expected a finite number of 32 bits, got inf; remove or replace such values."
    );
}

#[test]
fn every_defect_of_an_npy_header_is_named() {
    let folder = folder();
    let refusal = |bytes: &[u8]| refused(&write(&folder, "x.npy", bytes)).1;
    let header = |text: &str| {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        refusal(&[&bytes, text.as_bytes()].concat())
    };
    assert_eq!(refusal(b"\x93NUMPY\x09\x00"), "x.npy: the version of the .npy format: expected 1, 2 or 3, got 9.");
    assert_eq!(refusal(b"\x93NUMPY\x01\x00\xff\x00{"), "x.npy: the file ends inside the header.");
    assert_eq!(
        refusal(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{"),
        "x.npy: the header's length: expected at most 65536 bytes, got 4294967295."
    );
    assert_eq!(header("('descr')"), "x.npy: the header: expected '{', got '('descr')'.");
    assert_eq!(
        header("{'descr': '<f4', 'shape': (1, 2)}"),
        "x.npy: the header: expected the keys 'descr', 'fortran_order' and 'shape'."
    );
    assert_eq!(header("{'descr': __import__('os')}"), "x.npy: the header: expected '\"', got '__import__('os')}'.");
    assert_eq!(
        header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 2)}"),
        "x.npy: the header: a structured array; save its fields as arrays of their own."
    );
    assert_eq!(
        header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2)}"),
        "x.npy: the header: expected a size, got '-1, 2)}'."
    );
    assert_eq!(
        header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 2)}"),
        "x.npy: the header: expected a size, got '99999999999999999999, 2)'."
    );
    assert_eq!(
        header(&format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({})}}", "1,".repeat(40))),
        "x.npy: the header: more than 32 dimensions."
    );
    assert_eq!(
        header("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)} import"),
        "x.npy: the header: expected its end, got 'import'."
    );
    // Bracket bomb: thousands of levels, refused at the first.
    let bomb = format!("{{'descr': {}", "[".repeat(30_000));
    assert!(header(&bomb).ends_with("a structured array; save its fields as arrays of their own."));
}

#[test]
fn an_option_of_another_format_is_refused() {
    let folder = folder();
    let x = write(&folder, "x.npy", npy("|u1", false, "(2, 1)", &[1, 2]));
    let options = OpenOptions { key: Some("x".to_owned()), ..OpenOptions::default() };
    let (code, message) = refused_with(&x, &options);
    assert_eq!(code, Code::Option);
    assert_eq!(message, "key: x.npy: expected an .npz file or a folder, got an .npy file.");
    let table = write(&folder, "x.csv", "a,b\n1,2\n");
    let options = OpenOptions { labels: Some(LabelSource::Named(x.display().to_string())), ..OpenOptions::default() };
    assert_eq!(
        refused_with(&table, &options).1,
        "labels: x.csv: expected an IDX, .npy or .npz file or a folder, got a table."
    );
    let vector = write(&folder, "vector", idx(8, &[1, 2], &[3, 4]));
    let mut options = OpenOptions::default();
    options.preprocessing.size = Some([4, 4]);
    assert_eq!(
        refused_with(&vector, &options).1,
        "size: expected pictures of u8 or in files, which can be brought to another size, got vectors of shape 2."
    );
}

proptest! {
    #[test]
    fn what_another_library_writes_is_read(n in 1u64..5, width in 1u64..6, is_float: bool, is_fortran: bool) {
        let mut bytes = Vec::new();
        let total = n * width;
        let order = if is_fortran { npyz::Order::Fortran } else { npyz::Order::C };
        if is_float {
            let options = npyz::WriteOptions::<f32>::new().default_dtype().shape(&[n, width]).order(order);
            options.writer(&mut bytes).begin_nd().and_then(|mut w| { w.extend((0..total).map(|x| x as f32 / 4.0))?; w.finish() }).unwrap();
        } else {
            let dtype = DType::Plain("|u1".parse().unwrap());
            let options = npyz::WriteOptions::<u8>::new().dtype(dtype).shape(&[n, width]).order(order);
            options.writer(&mut bytes).begin_nd().and_then(|mut w| { w.extend((0..total).map(|x| x as u8))?; w.finish() }).unwrap();
        }
        let folder = folder();
        let mut options = OpenOptions::default();
        options.preprocessing.scale = Some(vae_core::data::Scale::None);
        let data = open(&write(&folder, "x", &bytes), &options, &CancelToken::new()).unwrap();
        let unit = if is_float { 0.25 } else { 1.0 };
        let written = |i: u64, j: u64| (if is_fortran { j * n + i } else { i * width + j }) as f32 * unit;
        let expected: Vec<f32> = (0..n).flat_map(|i| (0..width).map(move |j| written(i, j))).collect();
        prop_assert_eq!(data.to_f32(&Transform::fit(&data)), expected);
    }

    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), keep in 0usize..90) {
        let folder = folder();
        // A valid file that becomes noise after some bytes.
        let valid = npy("|u1", false, "(2, 2)", &[1, 2, 3, 4]);
        bytes.splice(0..0, valid[..keep.min(valid.len())].iter().copied());
        let _ = open(&write(&folder, "x", &bytes), &OpenOptions::default(), &CancelToken::new());
    }

    #[test]
    fn arbitrary_headers_never_panic(text in "[{}()\\[\\]',:0-9a-zé<| ]{0,80}", sizes in "[0-9, ]{0,40}") {
        let folder = folder();
        for text in [text, format!("{{'descr': '|u1', 'fortran_order': True, 'shape': ({sizes})}}")] {
            let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
            bytes.extend((text.len() as u16).to_le_bytes());
            bytes.extend(text.as_bytes());
            let _ = open(&write(&folder, "x", &bytes), &OpenOptions::default(), &CancelToken::new());
        }
    }
}
