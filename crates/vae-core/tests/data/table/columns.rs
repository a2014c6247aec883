//! Names of columns, indices, and the choice of columns.
use serde_json::json;
use vae_core::data::{CellKind, TableColumn, TableLayout};

use super::{names, opened, refusal, table, values};
use crate::files::gzip;

#[test]
fn columns_are_chosen_by_name() {
    let text = "\u{feff}id,width,height,kind\n1, 0.5 ,2e1,cat\n2,-1,0,dog\n3,4,5,cat\n";
    let options = json!({ "columns": ["height", "width"], "labelColumn": "kind" });
    for bytes in [text.as_bytes().to_vec(), gzip(text.as_bytes()), text.replace(',', ";").into_bytes()] {
        let data = opened(bytes, &options);
        assert_eq!((data.len(), data.shape().to_string()), (3, "2".to_owned()));
        assert_eq!(values(&data), [20.0, 0.5, 0.0, -1.0, 5.0, 4.0]);
        assert_eq!(data.labels(), Some(vec![0, 1, 0]));
        assert_eq!(data.label_names().unwrap(), ["cat", "dog"]);
    }
    let data = opened(text, &json!({ "columns": ["width"], "labelColumn": "id" }));
    assert_eq!((data.labels(), data.label_names()), (Some(vec![1, 2, 3]), None));
}

#[test]
fn a_column_that_is_not_there_is_named() {
    let refusal = |options| refusal("width,height\n1,2\n", &options);
    assert_eq!(
        refusal(json!({ "columns": ["heigth"] })),
        "columns: x.csv: expected one of 'width', 'height', got 'heigth'; did you mean 'height'?"
    );
    assert_eq!(
        refusal(json!({ "labelColumn": "kind" })),
        "labelColumn: x.csv: expected one of 'width', 'height', got 'kind'."
    );
    assert_eq!(
        super::refusal("kind\ncat\n", &json!({ "labelColumn": "kind" })),
        "x.csv: holds no column beside the labels: expected at least one column of numbers."
    );
}

#[test]
fn equal_names_get_a_number() {
    // pandas: list(read_csv(io.StringIO('a,b,a,a.1,a\n1,2,3,4,5')))
    let data = table("a,b,a,a.1,a\n1,2,3,4,5\n");
    assert_eq!(names(&data), ["a", "b", "a.2", "a.1", "a.3"]);
    assert_eq!(data.notes(), ["names that stand twice get a number: 'a.2', 'a.3'"]);
    assert_eq!(values(&opened("a,b,a\n1,2,3\n", &json!({ "columns": ["a.1", "a"] }))), [3.0, 1.0]);
}

#[test]
fn an_index_is_no_feature() {
    // pandas: DataFrame({'a': [0.5, 1.5], 'b': [3, 4]}).to_csv(), and the same read and written again.
    for text in [",a,b\n0,0.5,3\n1,1.5,4\n", "Unnamed: 0,a,b\n0,0.5,3\n1,1.5,4\n"] {
        let data = table(text);
        assert_eq!((values(&data), names(&data)), (vec![0.5, 3.0, 1.5, 4.0], vec!["a", "b"]));
        assert_eq!(data.notes(), ["the unnamed index at the left, 'Unnamed: 0', is left out"]);
        assert_eq!(values(&opened(text, &json!({ "columns": ["Unnamed: 0", "b"] }))), [0.0, 3.0, 1.0, 4.0]);
    }
    // Of text; of two levels; under names that are numbers.
    assert_eq!(values(&table(",a\nx,0.5\ny,1.5\n")), [0.5, 1.5]);
    assert_eq!(values(&table(",,a\n0,0,0.5\n0,1,1.5\n")), [0.5, 1.5]);
    assert_eq!(names(&table(",0,1\n0,5,7\n1,8,3\n")), ["0", "1"]);
    // R: write.table(data.frame(a=c(0.5, 1.5), b=3:4)), whose header has no name for the rows.
    for text in ["\"a\" \"b\"\n\"1\" 0.5 3\n\"2\" 1.5 4\n", "a,b\nx,0.5,3\ny,1.5,4\n"] {
        let data = table(text);
        assert_eq!((values(&data), names(&data)), (vec![0.5, 3.0, 1.5, 4.0], vec!["a", "b"]));
    }
}

#[test]
fn a_column_that_counts_the_rows_is_noted() {
    let rows = |n: usize| (1..=n).map(|row| format!("{row},0.5\n")).collect::<String>();
    let data = table(format!("id,a\n{}", rows(10)));
    assert_eq!(names(&data), ["id", "a"]);
    assert_eq!(data.notes(), ["column 'id' counts the rows; choose `columns` without it unless it is a feature"]);
    assert_eq!(table(format!("id,a\n{}", rows(9))).notes().len(), 0);
    assert_eq!(table(format!("id,a\n{}12,0.5\n", rows(10))).notes().len(), 0);
}

#[test]
fn empty_columns_without_a_name_are_left_out() {
    for text in ["a,b,\n1,2,\n3,4,\n", "a,b\n1,2,\n3,4,\n", "a,b,\n1,2\n3,4\n", "1,2,\n3,5,\n"] {
        let data = table(text);
        assert_eq!(data.shape().to_string(), "2", "{text}");
    }
    assert_eq!(table("a,b,\n1,2,\n").notes(), ["empty columns without a name are left out: '3'"]);
    assert_eq!(names(&table("a,,b\n1,2,3\n")), ["a", "2", "b"]);
    // Something stands in it after the sample of 64 KiB.
    let late = format!("a,b,\n{}1,2,9\n", "1,2,\n".repeat(20_000));
    let message = refusal(late, &json!({}));
    assert!(message.contains("line 20002, column '3': expected an empty cell"), "{message}");
}

#[test]
fn the_layout_is_kept() {
    let data = table("a;b;c\n1;0,5;True\n2;3;False\n");
    let columns = [("a", CellKind::Integer), ("b", CellKind::Number), ("c", CellKind::Boolean)];
    let columns = columns.map(|(name, kind)| TableColumn { name: name.to_owned(), kind }).to_vec();
    assert_eq!(data.table(), Some(&TableLayout { columns, header: true, separator: ';', decimal: ',' }));
}
