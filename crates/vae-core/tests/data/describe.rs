use image::{GrayImage, ImageFormat};
use serde_json::json;
use vae_core::CancelToken;
use vae_core::data::{Description, describe};

use crate::files::{folder, idx, npy, write, zip};
use crate::testing::shared_data;

fn described(path: &std::path::Path) -> Description {
    describe(path, &CancelToken::new()).unwrap()
}

#[test]
fn mnist_is_described() {
    let Some(path) = shared_data("mnist") else { return };
    let description = described(&path);
    assert_eq!(
        (description.kind.as_str(), description.examples, description.held_out),
        ("a folder of IDX files", 60_000, 10_000)
    );
    assert_eq!(
        (description.labels.len(), description.labels[0].count, description.values.as_deref()),
        (10, 5923, Some("u8 / 255"))
    );
}

#[test]
fn an_array_is_described_as_json() {
    let folder = folder();
    let path = write(&folder, "x", idx(8, &[2, 3], &[0, 1, 1, 0, 0, 0]));
    assert_eq!(
        serde_json::to_value(described(&path)).unwrap(),
        json!({
            "kind": "an IDX file", "examples": 2, "heldOut": 0, "shape": [3], "values": "u8 as 0/1", "sizes": [],
            "labels": [], "arrays": [], "columns": [], "notes": [], "unreadable": [], "suggestion": "Train with any likelihood."
        })
    );
    let path = write(&folder, "y", npy("<f4", false, "(1, 1)", &2.5f32.to_le_bytes()));
    assert_eq!(
        described(&path).suggestion,
        "Values lie outside [0, 1] (example 0 holds 2.5): use `likelihood: 'gaussian'`, or `scale: 'unit'`."
    );
}

#[test]
fn a_folder_of_pictures_is_described_without_decoding() {
    let folder = folder();
    let png = |height: u32| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        GrayImage::new(32, height).write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    write(&folder, "cat/1.png", png(32));
    write(&folder, "cat/2.png", png(32));
    write(&folder, "dog/3.png", png(40));
    write(&folder, "dog/4.png", "nothing");
    let description = described(folder.path());
    assert_eq!((description.examples, description.shape), (3, None));
    assert_eq!((description.sizes[0].height, description.sizes[0].count, description.sizes[1].height), (32, 2, 40));
    assert_eq!((description.labels[0].name.as_deref(), description.labels[0].count), (Some("cat"), 2));
    assert_eq!(description.unreadable[0].path, "dog/4.png");
    assert_eq!(description.suggestion, "The pictures have 2 sizes: set `size` to bring them to one, as in `size: 32`.");
}

#[test]
fn arrays_and_columns_are_listed() {
    let folder = folder();
    let pixels = npy("|u1", false, "(1, 2)", &[1, 2]);
    let object = npy("|O", false, "()", b"pickle");
    let path = write(&folder, "x.npz", zip(&[("a.npy", pixels.clone()), ("b.npy", pixels), ("meta.npy", object)]));
    let description = described(&path);
    let usable: Vec<bool> = description.arrays.iter().map(|array| array.unusable.is_none()).collect();
    assert_eq!(
        (description.arrays[0].name.as_str(), description.arrays[0].sizes.as_slice(), usable),
        ("a", [1, 2].as_slice(), vec![true, true, false])
    );
    let reason = "holds pickled Python objects, which can run any code and are never loaded";
    assert_eq!(description.arrays[2].unusable.as_deref(), Some(reason));
    assert!(description.suggestion.ends_with("expected one of 'a', 'b'; name the array that holds the examples."));

    let path = write(&folder, "x.csv", "name,age\nann,7\nbob,8\n");
    let description = described(&path);
    assert_eq!(
        (description.examples, description.columns[0].not_numbers, description.columns[1].not_numbers),
        (2, 2, 0)
    );
    assert_eq!(
        description.suggestion,
        "Values lie outside [0, 1] (example 0 holds 7): use `likelihood: 'gaussian'`, or `scale: 'unit'`. Set \
         `labelColumn: 'name'` if it holds the labels, or choose `columns` among 'age'."
    );
}
