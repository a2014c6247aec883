//! Labels in a column, and in a file of their own.
use serde_json::json;
use vae_core::data::{LabelSource, OpenOptions, open};
use vae_core::{CancelToken, Code};

use super::{opened, refusal};
use crate::files::{folder, named, npy, refused_with, write};

/// Labels and names of a column with these cells.
fn labels(cells: &[&str]) -> (Vec<i32>, Option<Vec<String>>) {
    let rows: Vec<String> = cells.iter().map(|cell| format!("0.5,{cell}\n")).collect();
    let data = opened(format!("a,kind\n{}", rows.concat()), &json!({ "labelColumn": "kind" }));
    (data.labels().unwrap(), data.label_names().map(<[String]>::to_vec))
}

fn texts(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn whole_numbers_are_labels_as_they_are() {
    assert_eq!(labels(&["7", "-1", "2147483647"]), (vec![7, -1, i32::MAX], None));
    // pandas writes whole floats so; numpy.savetxt as 2.000000000000000000e+00.
    assert_eq!(labels(&["1.0", "3.0", "-2.0"]), (vec![1, 3, -2], None));
    assert_eq!(labels(&["1.000e+00", "2.000e+01"]), (vec![1, 20], None));
}

#[test]
fn labels_that_differ_stay_different() {
    assert_eq!(labels(&["01234", "1234", "1234"]), (vec![0, 1, 1], texts(&["01234", "1234"])));
    assert_eq!(labels(&["1", "1.0"]), (vec![0, 1], texts(&["1", "1.0"])));
    assert_eq!(labels(&["1.0", "1.00"]), (vec![0, 1], texts(&["1.0", "1.00"])));
    assert_eq!(labels(&["1", "+1"]).1, texts(&["+1", "1"]));
    assert_eq!(labels(&["0", "-0"]).1.unwrap().len(), 2);
    assert_eq!(labels(&["3000000000", "1"]), (vec![1, 0], texts(&["1", "3000000000"])));
}

#[test]
fn texts_are_numbered_in_their_natural_order() {
    assert_eq!(labels(&["k10", "k2", "k10"]), (vec![1, 0, 1], texts(&["k2", "k10"])));
    assert_eq!(labels(&["True", "False"]), (vec![1, 0], texts(&["False", "True"])));
    let data = opened("a,kind\n1,x\n2,y\n3,x\n", &json!({ "labelColumn": "kind" }));
    assert_eq!(data.notes(), ["column 'kind' holds 2 labels"]);
}

#[test]
fn a_row_without_a_label_is_a_fault() {
    assert_eq!(
        refusal("a,kind\n1,cat\n2,\n", &json!({ "labelColumn": "kind" })),
        "x.csv: line 3, column 'kind': expected a label, got a missing value; set `onError: 'skip'` to leave out 1 of 2 \
         rows."
    );
    let message = refusal("a,kind\n1,\"cat\n2,x\n\"\n3,dog\n", &json!({ "labelColumn": "kind" }));
    assert!(message.contains("expected a label in one line"), "{message}");
}

#[test]
fn labels_come_from_a_table_of_one_column() {
    let folder = folder();
    let x = write(&folder, "x.npy", npy("|u1", false, "(3, 1)", &[1, 2, 3]));
    let read = |text: &str| {
        let y = write(&folder, "y.csv", text);
        let data = open(&x, &OpenOptions { labels: named(&y), ..OpenOptions::default() }, &CancelToken::new()).unwrap();
        (data.labels().unwrap(), data.label_names().map(<[String]>::to_vec))
    };
    // Series([5, 0, 4]).to_csv(index=False), to_csv(), to_csv(header=False, index=False), numpy.savetxt.
    for text in
        ["0\n5\n0\n4\n", ",0\n0,5\n1,0\n2,4\n", "5\n0\n4\n", "5.00e+00\n0.00e+00\n4.00e+00\n", "label\r\n5\r\n0\r\n4"]
    {
        assert_eq!(read(text), (vec![5, 0, 4], None), "{text:?}");
    }
    assert_eq!(read("the cat\na dog\nthe cat\n"), (vec![1, 0, 1], texts(&["a dog", "the cat"])));

    let refused = |text: &str| {
        let labels = Some(LabelSource::Named(write(&folder, "y.csv", text).display().to_string()));
        refused_with(&x, &OpenOptions { labels, ..OpenOptions::default() })
    };
    assert_eq!(
        refused("5\n0\n"),
        (
            Code::Shape,
            "y.csv: every example needs one label: expected 3 labels, below a header or not, got 1 below the first row; set \
             `labels: 'none'` to read the examples without labels.".to_owned()
        )
    );
    assert_eq!(refused("a,b\n5,1\n0,1\n4,1\n").1, "y.csv: a file of labels: expected one column, got 2.");
}
