//! Rows that are pictures.
use serde_json::json;

use super::{opened, refusal, values};

#[test]
fn rows_of_bytes_are_pictures_of_pixels() {
    let text = "label,p0,p1,p2,p3\n7,0,51,102,255\n3,255,0,0,0\n";
    let data = opened(text, &json!({ "labelColumn": "label", "shape": [2, 2] }));
    assert_eq!((data.shape().to_string(), data.labels()), ("2×2".to_owned(), Some(vec![7, 3])));
    // value/255
    assert_eq!(values(&data), [0.0, 0.2, 0.4, 1.0, 1.0, 0.0, 0.0, 0.0]);
    assert_eq!(data.notes()[1], "whole numbers from 0 to 255 are pixels, value/255");
    let data = opened(text, &json!({ "labelColumn": "label", "shape": [2, 2], "size": 4 }));
    assert_eq!(data.shape().to_string(), "4×4");
    let bits = opened("a,b,c\n0,1,1\n1,0,1\n", &json!({ "shape": [1, 1, 3] }));
    assert_eq!(
        (values(&bits), bits.notes()),
        (vec![0.0, 1.0, 1.0, 1.0, 0.0, 1.0], &["whole numbers 0 and 1 are pixels, off and on".to_owned()][..])
    );
}

#[test]
fn other_rows_are_floats() {
    for text in ["a,b\n0,256\n", "a,b\n0.5,1\n", "a,b\n-1,1\n"] {
        let data = opened(text, &json!({ "shape": [1, 2] }));
        let numbers: Vec<f32> = text.split([',', '\n']).filter_map(|cell| cell.parse().ok()).collect();
        assert_eq!((values(&data), data.shape().to_string()), (numbers, "1×2".to_owned()));
    }
    // A vector of whole numbers is measured, not drawn.
    assert_eq!(values(&opened("a,b\n0,51\n", &json!({ "shape": [2] }))), [0.0, 51.0]);
}

#[test]
fn a_shape_of_another_size_is_refused() {
    assert_eq!(
        refusal("a,b,c\n1,2,3\n", &json!({ "shape": [2, 2] })),
        "shape: x.csv: expected a shape of 3 values, as each row has, got 2×2, which has 4."
    );
}
