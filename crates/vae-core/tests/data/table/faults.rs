//! Rows that cannot be read, and the advice about them.
use serde_json::json;
use vae_core::Code;
use vae_core::data::OpenOptions;

use super::{file, opened, refusal, values};
use crate::files::refused_with;

#[test]
fn bad_rows_are_left_out_on_request() {
    let data = opened("a,b\n1,2\n3,oops\n,5\n6,7\n8\n9,10,11\n", &json!({ "onError": "skip" }));
    assert_eq!(values(&data), [1.0, 2.0, 6.0, 7.0]);
    let skipped: Vec<_> = data.skipped().iter().map(|row| format!("{}: {}", row.path, row.reason)).collect();
    assert_eq!(
        skipped,
        [
            "line 3: column 'b': expected a number, got 'oops'",
            "line 4: column 'a': expected a number, got a missing value",
            "line 6: expected 2 cells, as in the header, got 1",
            "line 7: expected 2 cells, as in the header, got 3",
        ]
    );
}

#[test]
fn a_fault_is_named_with_the_number_of_rows_that_it_costs() {
    let refusal = |text: &str| refusal(text, &json!({}));
    assert_eq!(
        refusal("a,b\n1,2\n3\n4,x\n5,6\n"),
        "x.csv: line 3: expected 2 cells, as in the header, got 1; set `onError: 'skip'` to leave out 2 of 4 rows."
    );
    assert_eq!(
        refusal("1,2\n3,5\n3\n"),
        "x.csv: line 3: expected 2 cells, as in most rows, got 1; set `onError: 'skip'` to leave out 1 of 3 rows."
    );
    assert_eq!(refusal("a,b\n"), "x.csv: holds no examples: expected rows of numbers, got a header alone.");
    assert_eq!(refusal("\n\n"), "x.csv: the table is empty.");
}

#[test]
fn text_is_named_and_columns_of_numbers_are_advised() {
    assert_eq!(
        refusal("name,age,size\nann,7,1\nbob,8,2\n", &json!({})),
        "x.csv: column 'name' is text ('ann'): expected numbers; set `labelColumn: 'name'` if it holds the labels, or \
         choose `columns` among 'age', 'size'."
    );
    assert_eq!(
        refusal("name,age,size,kind\nann,7,1,x\nbob,,2,y\neve,3,1,z\n", &json!({})),
        "x.csv: column 'name' is text ('ann'): expected numbers; choose `columns` among 'age', 'size', and set `onError: \
         'skip'` to leave out 1 of 3 rows."
    );
    // No advice to leave out all rows, and none where nothing helps.
    assert_eq!(
        refusal("a,b\n1,\n2,\n", &json!({})),
        "x.csv: line 2, column 'b': expected a number, got a missing value; choose `columns` among 'a'."
    );
    assert_eq!(refusal("a,b\nx,y\n", &json!({})), "x.csv: column 'a' is text ('x'): expected numbers.");
    assert_eq!(
        refusal("a,b,c\n1,2,x\n", &json!({ "columns": ["c", "a"], "onError": "skip" })),
        "x.csv: holds no examples: expected rows of numbers, got 1 row that cannot be read; set \
         `labelColumn: 'c'` if it holds the labels, or choose `columns` among 'a'."
    );
}

#[test]
fn a_quote_that_never_closes_is_an_error() {
    let remedy = "close it, double the quotes within a cell, or check `separator`";
    for options in [json!({}), json!({ "onError": "skip" })] {
        assert_eq!(
            refusal("a,b\n1,2\n\"3,4\n5,6\n", &options),
            format!("x.csv: line 3: the quote before '3,4' is never closed; {remedy}.")
        );
    }
    // After the sample of 64 KiB; behind a cell of two lines; in the header; after the last line end.
    for line_end in ["\n", "\r\n", "\r"] {
        let text = "a,b\n\n1,2\n\"3,4\n5,6\n".replace('\n', line_end);
        assert!(refusal(text, &json!({})).starts_with("x.csv: line 4: the quote before '3,4'"), "{line_end:?}");
        let text = "a,b\n\n1,2\n\"3\",x".replace('\n', line_end);
        assert!(refusal(text, &json!({})).starts_with("x.csv: line 4, column 'b'"), "{line_end:?}");
    }
    let late = format!("a,b\n{}\"3,4\n{}", "1,2\n".repeat(20_000), "5,6\n".repeat(20_000));
    assert!(refusal(late, &json!({})).starts_with("x.csv: line 20002: the quote before '3,4'"));
    assert!(refusal("a,b\n\"1\n1\",\"2\n3,4\n", &json!({})).starts_with("x.csv: line 3: the quote before '2'"));
    assert!(refusal("\"a,b\n1,2\n3,4\n", &json!({})).starts_with("x.csv: line 1: the quote before 'a,b'"));
    assert!(refusal("a,b\n1,2\n3,\"4", &json!({})).starts_with("x.csv: line 3: the quote before '4'"));
    assert_eq!(values(&opened("a,b\n1,2\n3,\"4\"", &json!({}))), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn a_table_beyond_the_limit_is_refused() {
    let text = "a,b\n".to_owned() + &"1,2\n".repeat(100);
    let refused = |limit_bytes| {
        let options = OpenOptions { limit_bytes, ..OpenOptions::default() };
        refused_with(&file(&text).path, &options)
    };
    let message = "x.csv: 128 values need 512 bytes: expected at most 510 bytes; raise `limitBytes` to allow it.";
    assert_eq!(refused(510), (Code::Memory, message.to_owned()));
    let message = "x.csv: the table's text need 201 bytes: expected at most 200 bytes; raise `limitBytes` to allow it.";
    assert_eq!(refused(200), (Code::Memory, message.to_owned()));
}
