//! Separators, decimal signs, comments, blanks and ends of lines.
use serde_json::json;

use super::{names, opened, refusal, table, values};

/// `pandas.DataFrame({'a': [0.5, -2], 'b': [20, 3]})`, written by `to_csv(index=False, sep=…)`.
const PANDAS: &str = "a,b\n0.5,20\n-2.0,3\n";
const VALUES: [f32; 4] = [0.5, 20.0, -2.0, 3.0];

#[test]
fn separators_are_found() {
    for (separator, note) in [
        (",", None),
        (";", Some("cells are separated by ';'")),
        ("\t", Some("cells are separated by tabs")),
        ("|", Some("cells are separated by '|'")),
        (" ", Some("cells are separated by blanks")),
    ] {
        for line_end in ["\n", "\r\n", "\r"] {
            let data = table(PANDAS.replace(',', separator).replace('\n', line_end));
            assert_eq!((values(&data), names(&data)), (VALUES.to_vec(), vec!["a", "b"]), "{separator:?} {line_end:?}");
            assert_eq!(data.notes(), note.into_iter().collect::<Vec<_>>());
            assert_eq!(data.table().unwrap().separator.to_string(), separator);
        }
    }
}

#[test]
fn a_separator_within_quotes_separates_nothing() {
    // pandas: DataFrame([[1, 2]], columns=['a, m', 'b, kg']).to_csv(sep=';', quoting=QUOTE_NONNUMERIC, index=False)
    let data = table("\"a, m\";\"b, kg\"\n1;2\n");
    assert_eq!((values(&data), names(&data)), (vec![1.0, 2.0], vec!["a, m", "b, kg"]));
    let data = table("\"a\", \"b, c\"\n1, 2\n");
    assert_eq!((values(&data), names(&data)), (vec![1.0, 2.0], vec!["a", "b, c"]));
    let data = table("\"a \"\"b\"\" c\" \"d e\"\n1  2\n");
    assert_eq!((values(&data), names(&data)), (vec![1.0, 2.0], vec!["a \"b\" c", "d e"]));
}

#[test]
fn a_first_line_of_excel_names_the_separator() {
    let data = table("sep=;\r\na;b\r\n1;2\r\n");
    assert_eq!((values(&data), names(&data)), (vec![1.0, 2.0], vec!["a", "b"]));
    // Obeyed, though the lines agree on commas as well.
    let message = refusal("sep=;\na,b;c\n1,2;x\n", &json!({ "decimal": "," }));
    assert!(message.starts_with("x.csv: column 'c' is text ('x')"), "{message}");
    assert!(refusal("sep=;\na;b\n1;2\n3;x\n", &json!({})).starts_with("x.csv: line 4, column 'b'"));
}

#[test]
fn runs_of_blanks_are_one_separator() {
    // numpy.savetxt(…, fmt='%8.2f'), with tabs and blanks at both ends added.
    let data = table("    1.00     2.50\n \t  3.00 \t -4.00  \n");
    assert_eq!(values(&data), [1.0, 2.5, 3.0, -4.0]);
    // numpy.savetxt(…) without arguments.
    let data = table("1.000000000000000000e+00 2.500000000000000000e+00\n3.000000000000000000e+00 -4e+00\n");
    assert_eq!(values(&data), [1.0, 2.5, 3.0, -4.0]);
}

#[test]
fn decimal_commas_are_found() {
    for text in ["a;b\n0,5;20\n-2,0;3\n", "a\tb\n0,5\t2e1\n-2,0\t3\n", "a b\n0,5 20\n-2,0 3\n"] {
        let data = table(text);
        assert_eq!((values(&data), data.table().unwrap().decimal), (VALUES.to_vec(), ','));
        assert_eq!(data.notes()[1], "the decimal sign is a comma");
    }
    // pandas: to_csv(index=False, decimal=','), which puts each in quotes.
    assert_eq!(values(&table("a,b\n\"0,5\",20\n\"-2,0\",3\n")), VALUES);
    assert_eq!(values(&opened("a\n0,5\n1,25\n", &json!({ "decimal": "," }))), [0.5, 1.25]);
}

#[test]
fn a_comma_of_two_meanings_is_a_question() {
    let thousands = "a;b\n1,234;5\n12,345;6\n";
    assert_eq!(
        refusal(thousands, &json!({})),
        "x.csv: '1,234' can be a decimal number or thousands: expected one meaning of the comma; set `decimal: ','` if \
         it is decimal; otherwise write numbers without thousands signs."
    );
    assert_eq!(values(&opened(thousands, &json!({ "decimal": "," }))), [1.234, 5.0, 12.345, 6.0]);
    for clear in ["1,234;5\n12,34;6\n", "0,234;5\n12,345;6\n", "1,234;5\n1234,567;6\n"] {
        assert_eq!(table(clear).table().unwrap().decimal, ',');
    }
    for single in ["x\n0,5\n1,5\n", "0,05\n1,25\n"] {
        let message = refusal(single, &json!({}));
        assert!(message.ends_with("; set `separator: ','` or `decimal: ','`."), "{message}");
    }
    let message = refusal("0,5, 0,3\n1,5, 2,5\n", &json!({}));
    assert!(
        message.ends_with("; set `separator: ','` if they separate, or write the numbers with points."),
        "{message}"
    );
}

#[test]
fn a_decimal_sign_of_the_other_kind_is_a_fault() {
    assert_eq!(
        refusal("a;b\n0,5;1\n0,6;2\n0.7;3\n", &json!({})),
        "x.csv: line 4, column 'a': expected a number with a decimal comma, got '0.7'; set `onError: 'skip'` to leave \
         out 1 of 3 rows."
    );
    // The sign first appears after the sample of 64 KiB.
    let late = format!("a;b\n{}1,5;2\n", "1;2\n".repeat(20_000));
    assert_eq!(
        refusal(&late, &json!({})),
        "x.csv: line 20002, column 'a': expected a number with a decimal point, got '1,5'; set `decimal: ','`."
    );
    assert_eq!(values(&opened(&late, &json!({ "decimal": "," })))[40_000..], [1.5, 2.0]);
}

#[test]
fn comments_are_left_out() {
    // numpy.savetxt(…, header='from sensor 7\nin mV')
    let data = table("# from sensor 7\n# in mV\n1.0 2.0\n3.0 4.0\n");
    assert_eq!(values(&data), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(data.notes()[2], "2 lines beginning with '#' are comments");
    let data = table("# one\na,b\n1,2\n# two, three\n3,4\n");
    assert_eq!((values(&data), names(&data)), (vec![1.0, 2.0, 3.0, 4.0], vec!["a", "b"]));
    // A first column may be called '#'.
    let data = table("#,a\n1,2\n4,3\n");
    assert_eq!((values(&data), names(&data)), (vec![1.0, 2.0, 4.0, 3.0], vec!["#", "a"]));
    let data = opened("#a,b\n1,2\n", &json!({ "comment": "none" }));
    assert_eq!(names(&data), ["#a", "b"]);
}

#[test]
fn the_option_that_helps_is_named() {
    assert_eq!(
        refusal("a,b\n1,2\n# new battery\n3,4\n", &json!({})),
        "x.csv: line 3: expected 2 cells, as in the header, got 1; set `comment: '#'`."
    );
    assert_eq!(
        refusal("% made by sensor 7\na,b,c\n1,2,3\n", &json!({})),
        "x.csv: the first line, '% made by sensor 7': expected 3 names, as the rows have cells, got 1; set `comment: \
         '%'` if such lines are comments."
    );
    let message = refusal("Report\na,b\n1,2\n3,4\n", &json!({}));
    assert!(message.ends_with("; remove what stands before the names."), "{message}");
    let message = refusal("a;b\n1,5;2\n3;4\n", &json!({ "decimal": "." }));
    assert!(message.ends_with("; set `decimal: ','`."), "{message}");
    // A sign before each number is no comment.
    let message = refusal("a,b\n$5,1\n$6,2\n", &json!({}));
    assert!(message.starts_with("x.csv: column 'a' is text ('$5')"), "{message}");
    let message = refusal("a;b\n1;2\n3;4\n", &json!({ "separator": "," }));
    assert!(message.ends_with("; set `separator: ';'`."), "{message}");
}
