use proptest::prelude::*;
use vae_core::data::{Dataset, OnError, OpenOptions, Transform, open};
use vae_core::{CancelToken, Code};

use crate::files::{folder, gzip, read, refused, refused_with, write};

fn values(data: &Dataset) -> Vec<f32> {
    data.to_f32(&Transform::fit(data))
}

fn names(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn columns_are_chosen_by_name() {
    let folder = folder();
    let text = "\u{feff}id,width,height,kind\n1, 0.5 ,2e1,cat\n2,-1,0,dog\n3,4,5,cat\n";
    let options = OpenOptions {
        columns: names(&["height", "width"]),
        label_column: Some("kind".to_owned()),
        ..OpenOptions::default()
    };
    for bytes in [text.as_bytes().to_vec(), gzip(text.as_bytes()), text.replace(',', ";").into_bytes()] {
        let data = open(&write(&folder, "x.csv", bytes), &options, &CancelToken::new()).unwrap();
        assert_eq!((data.len(), data.shape().to_string()), (3, "2".to_owned()));
        assert_eq!(values(&data), [20.0, 0.5, 0.0, -1.0, 5.0, 4.0]);
        assert_eq!((data.labels(), data.label_names()), (Some(vec![0, 1, 0]), names(&["cat", "dog"]).as_deref()));
    }
    let options = OpenOptions { columns: names(&["width"]), label_column: Some("id".to_owned()), ..options };
    let data = open(&write(&folder, "x.csv", text), &options, &CancelToken::new()).unwrap();
    assert_eq!((data.labels(), data.label_names()), (Some(vec![1, 2, 3]), None));
}

#[test]
fn a_first_row_of_numbers_is_no_header() {
    let folder = folder();
    let data = read(&write(&folder, "x", "1,2\n3,4\n"));
    assert_eq!(values(&data), [1.0, 2.0, 3.0, 4.0]);
    let options = OpenOptions { label_column: Some("1".to_owned()), ..OpenOptions::default() };
    let data = open(&write(&folder, "x", "7\t2\n8\t4\n"), &options, &CancelToken::new()).unwrap();
    assert_eq!((values(&data), data.labels()), (vec![2.0, 4.0], Some(vec![7, 8])));
}

#[test]
fn bad_rows_are_left_out_on_request() {
    let folder = folder();
    let path = write(&folder, "x.csv", "a,b\n1,2\n3,oops\n,5\n6,7\n");
    let options = OpenOptions { on_error: OnError::Skip, ..OpenOptions::default() };
    let data = open(&path, &options, &CancelToken::new()).unwrap();
    assert_eq!(values(&data), [1.0, 2.0, 6.0, 7.0]);
    let skipped: Vec<_> = data.skipped().iter().map(|row| format!("{}: {}", row.path, row.reason)).collect();
    assert_eq!(
        skipped,
        [
            "line 3: column 'b': expected a number, got 'oops'",
            "line 4: column 'a': expected a number, got an empty cell"
        ]
    );
}

#[test]
fn every_fault_of_a_table_is_named() {
    let folder = folder();
    let refusal = |text: &str| refused(&write(&folder, "x.csv", text));
    let format = |message: &str| (Code::DataFormat, format!("x.csv: {message}"));

    assert_eq!(refusal("a,b\n1,2\n3\n"), format("line 3: expected 2 cells, as in the first line, got 1."));
    assert_eq!(
        refusal("name,age\nann,7\n"),
        format(
            "line 2, column 'name': expected a number, got 'ann'; choose `columns` among 'age', or set `onError: 'skip'`."
        )
    );
    assert_eq!(
        refusal("a,b\n1,2\n3,\n"),
        format(
            "line 3, column 'b': expected a number, got an empty cell; choose `columns` among 'a', or set `onError: \
             'skip'`."
        )
    );
    assert_eq!(
        refusal("a,b\n1,NaN\n"),
        format(
            "line 2, column 'b': expected a finite number of 32 bits, got 'NaN'; set `onError: 'skip'` to leave such \
             rows out."
        )
    );
    assert_eq!(
        refusal("a\n1e300\n"),
        format(
            "line 2, column 'a': expected a finite number of 32 bits, got '1e300'; set `onError: 'skip'` to leave \
             such rows out."
        )
    );
    assert_eq!(refusal("a,b\n"), format("holds no examples: expected rows of numbers, got a header alone."));
    assert_eq!(refusal("\n\n"), format("the table is empty."));

    let path = write(&folder, "x.csv", "width,height,width\n1,2,3\n");
    let choose = |columns: &[&str], label: Option<&str>| {
        let label_column = label.map(str::to_owned);
        refused_with(&path, &OpenOptions { columns: names(columns), label_column, ..OpenOptions::default() }).1
    };
    assert_eq!(
        choose(&["heigth"], None),
        "columns: x.csv: expected one of 'width', 'height', 'width', got 'heigth'; did you mean 'height'?"
    );
    assert_eq!(choose(&["width"], None), "columns: x.csv: got 'width', the name of several columns.");
    assert_eq!(
        choose(&["height"], Some("kind")),
        "labelColumn: x.csv: expected one of 'width', 'height', 'width', got 'kind'."
    );
    let path = write(&folder, "x.csv", "kind\ncat\n");
    let options = OpenOptions { label_column: Some("kind".to_owned()), ..OpenOptions::default() };
    assert_eq!(
        refused_with(&path, &options).1,
        "x.csv: holds no column beside the labels: expected at least one column of numbers."
    );
    let path = write(&folder, "x.csv", "a,kind\n1,cat\n2,\n");
    assert_eq!(
        refused_with(&path, &options).1,
        "x.csv: line 3, column 'kind': expected a label, got an empty cell; set `onError: 'skip'` to leave such rows \
         out."
    );
    let path = write(&folder, "x.csv", "a,b\n".to_owned() + &"1,2\n".repeat(100));
    let options = OpenOptions { limit_bytes: 200, ..OpenOptions::default() };
    assert_eq!(
        refused_with(&path, &options),
        (
            Code::Memory,
            "x.csv: 52 values need 208 bytes: expected at most 200 bytes; raise `limitBytes` to allow it.".to_owned()
        )
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read(rows in proptest::collection::vec([-1e30f32..1e30, -1.0..1.0], 1..20)) {
        let folder = folder();
        let lines: Vec<String> = rows.iter().map(|[a, b]| format!("{a},{b}")).collect();
        let data = read(&write(&folder, "x", format!("first,second\n{}\n", lines.join("\n"))));
        prop_assert_eq!(values(&data), rows.concat());
    }

    #[test]
    fn arbitrary_text_never_panics(text in "[0-9a-z,;\"\\t\\n .é-]{0,120}") {
        let folder = folder();
        let path = write(&folder, "x", text);
        let _ = open(&path, &OpenOptions::default(), &CancelToken::new());
        let options = OpenOptions {
            on_error: OnError::Skip, label_column: Some("1".to_owned()), ..OpenOptions::default()
        };
        let _ = open(&path, &options, &CancelToken::new());
    }
}
