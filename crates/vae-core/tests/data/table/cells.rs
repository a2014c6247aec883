//! Numbers, truth values, missing values and text.
use proptest::prelude::*;
use serde_json::json;
use vae_core::CancelToken;
use vae_core::data::{OnError, OpenOptions, open};

use super::{file, opened, refusal, table, values};

#[test]
fn truth_values_are_0_and_1() {
    // pandas reads these spellings as bool: read_csv(io.StringIO('a\nTrue\nTRUE\ntrue\nFalse')).dtypes
    let data = table("a,b\nTrue,1\nFALSE,2\ntrue,3\n");
    assert_eq!(values(&data), [1.0, 1.0, 0.0, 2.0, 1.0, 3.0]);
    assert_eq!(data.notes(), ["True and False are 1 and 0 in 'a'"]);
    assert_eq!(
        refusal("a\nTrue\nFalse\n1\n", &json!({})),
        "x.csv: line 4, column 'a': expected True or False, got '1'; set `onError: 'skip'` to leave out 1 of 3 rows."
    );
    assert_eq!(
        refusal("a\n5\n6\nTrue\n", &json!({})),
        "x.csv: line 4, column 'a': expected a number, got 'True'; set `onError: 'skip'` to leave out 1 of 3 rows."
    );
}

#[test]
fn missing_values_are_faults() {
    // pandas.read_csv takes these for NaN; '?' stands in UCI's files.
    for missing in ["NA", "NaN", "nan", "null", "None", "#N/A", "<NA>", "?"] {
        assert_eq!(
            refusal(format!("a,b\n1,2\n{missing},3\n4,5\n"), &json!({})),
            format!(
                "x.csv: line 3, column 'a': expected a number, got a missing value ('{missing}'); set `onError: 'skip'` \
                 to leave out 1 of 3 rows."
            )
        );
    }
    assert!(refusal("a,b\n1,2\n,3\n", &json!({})).contains("expected a number, got a missing value; set"));
    // Excel leaves rows of separators at the end.
    let data = opened("a,b\n1,2\n,\n,\n", &json!({ "onError": "skip" }));
    assert_eq!((values(&data), data.skipped().len()), (vec![1.0, 2.0], 2));
}

#[test]
fn numbers_are_finite() {
    for (cell, received) in [("inf", "'inf'"), ("-Infinity", "'-Infinity'"), ("1e300", "'1e300'")] {
        let message = refusal(format!("a\n1\n{cell}\n"), &json!({}));
        assert!(message.contains(&format!("expected a finite number of 32 bits, got {received}; ")), "{message}");
    }
    assert_eq!(values(&table("a,b\n+1,.5\n2.,-1E-3\n")), [1.0, 0.5, 2.0, -1e-3]);
}

#[test]
fn blank_lines_are_none() {
    let text = "\n\na,b\n\n1,2\n\n   \n3,4\n\n";
    for line_end in ["\n", "\r\n", "\r"] {
        assert_eq!(values(&table(text.replace('\n', line_end))), [1.0, 2.0, 3.0, 4.0]);
        let message = refusal(text.replace('4', "x").replace('\n', line_end), &json!({}));
        assert!(message.starts_with("x.csv: line 8, column 'b'"), "{message}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        rows in proptest::collection::vec([-1e30f32..1e30, -1.0..1.0], 1..20), dialect in 0..5usize,
    ) {
        let separator = [",", ";", "\t", "|", "  "][dialect];
        let lines: Vec<String> = rows.iter().map(|[a, b]| format!("{a}{separator}{b}")).collect();
        let data = table(format!("first{separator}second\n{}\n", lines.join("\n")));
        prop_assert_eq!(values(&data), rows.concat());
    }

    #[test]
    fn arbitrary_text_never_panics(text in "[0-9a-z,;|#=\"\\t\\n\\r .é-]{0,120}") {
        let file = file(text);
        let _ = open(&file.path, &OpenOptions::default(), &CancelToken::new());
        let _ = vae_core::data::describe(&file.path, &CancelToken::new());
        let options = OpenOptions {
            on_error: OnError::Skip, label_column: Some("1".to_owned()), ..OpenOptions::default()
        };
        let _ = open(&file.path, &options, &CancelToken::new());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 1..60), mark in 0..4usize) {
        let marks: [&[u8]; 4] = [&[], &[0xff, 0xfe], &[0xfe, 0xff], &[0xef, 0xbb, 0xbf]];
        let file = file([marks[mark], &bytes].concat());
        let _ = open(&file.path, &OpenOptions::default(), &CancelToken::new());
    }
}
