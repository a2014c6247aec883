//! Encodings, and texts of several gzip members.
use serde_json::json;

use super::{names, opened, refusal, table, values};
use crate::files::gzip;

/// `text.encode('utf-16-le')` or `'utf-16-be'` in Python.
fn utf_16(text: &str, is_little: bool) -> Vec<u8> {
    let bytes = |unit: u16| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() };
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn utf_16_is_read_with_and_without_a_mark() {
    for (is_little, note) in [(true, "the text is UTF-16LE"), (false, "the text is UTF-16BE")] {
        for mark in ["", "\u{feff}"] {
            let text = format!("{mark}größe,b\r\n1.5,2\r\n3,4\r\n");
            for bytes in [utf_16(&text, is_little), gzip(&utf_16(&text, is_little))] {
                let data = table(bytes);
                assert_eq!((values(&data), names(&data)), (vec![1.5, 2.0, 3.0, 4.0], vec!["größe", "b"]));
                assert_eq!(data.notes(), [note]);
            }
        }
    }
    // A zero byte between letters of ASCII is no UTF-16.
    assert!(refusal("a,b\n1,\u{0}2\n", &json!({})).contains("no format that can be read"));
    let mark = [0xff, 0xfe, 0, 0, b'a', 0, 0, 0];
    assert_eq!(
        refusal(mark, &json!({})),
        "x.csv: the encoding is UTF-32: expected UTF-8, UTF-16 or another encoding of the web; save it as UTF-8."
    );
}

#[test]
fn a_mark_belongs_to_no_name() {
    for text in ["\u{feff}a,b\n1,2\n", "\u{feff}\"a\",\"b\"\n1,2\n", "\u{feff}sep=,\na,b\n1,2\n"] {
        assert_eq!(names(&table(text)), ["a", "b"]);
    }
    let data = opened("\u{feff}größe\n1\n", &json!({ "encoding": "latin1" }));
    assert_eq!((names(&data), data.notes()), (vec!["größe"], &["the text is UTF-8".to_owned()][..]));
    assert_eq!(values(&table("\u{feff}5,3\n1,2\n")), [5.0, 3.0, 1.0, 2.0]);
}

#[test]
fn bytes_of_an_unknown_encoding_are_refused_where_they_matter() {
    // 'größe,art\n1,ä\n2,ö\n'.encode('latin1')
    let bytes = b"gr\xf6\xdfe,art\n1,\xe4\n2,\xf6\n";
    assert_eq!(
        refusal(bytes, &json!({})),
        "x.csv: the name of a column: expected text in UTF-8, got 'gr\u{fffd}\u{fffd}e'; name the encoding of the file, \
         such as `encoding: 'windows-1252'`."
    );
    let data = opened(bytes, &json!({ "encoding": "latin1", "labelColumn": "art" }));
    assert_eq!((names(&data), data.label_names().unwrap()), (vec!["größe"], &["ä".to_owned(), "ö".to_owned()][..]));
    let labels = b"a,art\n1,\xe4\n2,\xf6\n";
    let message = refusal(labels, &json!({ "labelColumn": "art", "onError": "skip" }));
    assert!(message.starts_with("x.csv: a label: expected text in UTF-8, got '\u{fffd}'; "), "{message}");
    // b'\x81' is no character of windows-1253.
    let message = refusal(b"a\xd2,b\n1,2\n", &json!({ "encoding": "windows-1253" }));
    assert!(message.contains("expected text in windows-1253"), "{message}");
    // A column that is not read may hold anything.
    assert_eq!(values(&opened(labels, &json!({ "columns": ["a"] }))), [1.0, 2.0]);
    assert_eq!(
        refusal("a\n1\n", &json!({ "encoding": "klingon" })),
        "encoding: x.csv: expected the name of an encoding, such as 'utf-8', 'utf-16le' or 'windows-1252', got \
         'klingon'."
    );
}
