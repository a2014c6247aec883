//! The first row names the columns or is data.
use serde_json::json;

use super::{names, opened, refusal, table, values};

#[test]
fn a_first_row_of_numbers_is_data() {
    for text in ["1,2\n3,4\n", "1,2,3\n4,5,6\n7,8,9\n", "5,3\n1,2\n", "0.5,0.25\n1,2\n", "7\n8\n"] {
        let data = table(text);
        let numbers: Vec<f32> = text.split([',', '\n']).filter_map(|cell| cell.parse().ok()).collect();
        assert_eq!(values(&data), numbers, "{text}");
        assert!(!data.table().unwrap().header);
        assert!(data.notes()[0].starts_with("there is no header: "), "{:?}", data.notes());
    }
    assert_eq!(table("1,2,3,5\n5,6,7,9\n").notes(), ["there is no header: columns are 1, 2, 3 …"]);
}

#[test]
fn a_first_row_that_counts_is_a_header_over_decimals() {
    // pandas: DataFrame(numpy.random.rand(2, n)).to_csv(index=False); its names are 0, 1, 2 …
    for n in [2, 3, 12] {
        let header: Vec<String> = (0..n).map(|name| name.to_string()).collect();
        let row: Vec<String> = (0..n).map(|value| format!("{value}.5")).collect();
        let data = table(format!("{}\n{}\n{}\n", header.join(","), row.join(","), row.join(",")));
        assert_eq!((data.len(), names(&data)), (2, header.iter().map(String::as_str).collect()));
        assert_eq!(data.notes(), [format!("the first row, 0 … {}, names the columns", n - 1)]);
    }
    // Ten names are a header over whole numbers, too.
    let data = table("1,2,3,4,5,6,7,8,9,10\n5,5,5,5,5,5,5,5,5,5\n");
    assert_eq!((data.len(), names(&data)[9]), (1, "10"));
}

#[test]
fn a_first_row_that_may_be_both_is_a_question() {
    for text in ["0,1\n5,7\n", "0,1,2\n5,7,1\n", "1,2,3\n5,7,1\n"] {
        let message = refusal(text, &json!({}));
        assert!(message.ends_with("; set `header: true` if it names them, or `header: false`."), "{message}");
        assert_eq!(opened(text, &json!({ "header": true })).len(), 1);
        let data = opened(text, &json!({ "header": false }));
        assert_eq!((data.len(), data.notes().len()), (2, 0));
    }
    assert_eq!(
        refusal("0,1,2\n5,7,1\n", &json!({})),
        "x.csv: the first row, 0, 1, 2, can name the columns or be data; set `header: true` if it names them, or \
         `header: false`."
    );
    // The rows below count, too: numpy.arange(9).reshape(3, 3).
    assert_eq!(table("0,1,2\n3,4,5\n6,7,8\n").len(), 3);
}

#[test]
fn rising_or_falling_numbers_over_rows_that_do_neither_are_a_header() {
    let rows = "3,1,4,1,5,9,2,6\n2,7,1,8,2,8,1,8\n";
    for header in ["400,405,410,415,420,425,430,435", "2000.5,1900,1800,1700,1600,1500,1400,1300"] {
        let data = table(format!("{header}\n{rows}"));
        assert_eq!((data.len(), names(&data).join(",").as_str()), (2, header));
        assert!(data.notes()[0].contains("names the columns"), "{:?}", data.notes());
    }
    // A row below rises as well.
    assert_eq!(table(format!("400,405,410,415,420,425,430,435\n1,2,3,4,5,6,7,9\n{rows}")).len(), 4);
    // Seven numbers are too few.
    assert_eq!(table("400,405,410,415,420,425,430\n3,1,4,1,5,9,2\n").len(), 2);
}

#[test]
fn a_first_row_in_quotes_over_numbers_without_is_a_header() {
    // R: write.csv(data.frame(`5`=1:2, `3`=3:4, check.names=FALSE), row.names=FALSE)
    let data = table("\"5\",\"3\"\n1,3\n2,4\n");
    assert_eq!((values(&data), names(&data)), (vec![1.0, 3.0, 2.0, 4.0], vec!["5", "3"]));
    assert_eq!(table("\"5\",\"3\"\n\"1\",\"3\"\n").len(), 2);
}

#[test]
fn a_first_row_with_words_like_those_below_is_data() {
    // The file of UCI's Iris data: four numbers and a species, without a header.
    let data = opened("5.1,3.5,setosa\n4.9,3.0,setosa\n7.0,3.2,virginica\n", &json!({ "labelColumn": "3" }));
    assert_eq!((data.len(), data.labels()), (3, Some(vec![0, 0, 1])));
    assert_eq!(values(&table("True,1\nFalse,2\nTrue,3\n")), [1.0, 1.0, 0.0, 2.0, 1.0, 3.0]);
    // Words over numbers are names, whatever stands beside them.
    assert_eq!(names(&opened("kind,2019,x\nann,5,1\nbob,6,1\n", &json!({ "labelColumn": "kind" }))), ["2019", "x"]);
    let message = refusal("kind,2019\nann,5\nbob,6\n", &json!({}));
    assert!(message.contains("`header: true`"), "{message}");
    assert_eq!(table("1,2,x\n3,4,5\n").notes(), ["the first row, 1 … x, names the columns"]);
    assert_eq!(names(&opened("kind,0,1\nann,5,3\nbob,6,3\n", &json!({ "labelColumn": "kind" }))), ["0", "1"]);
}

#[test]
fn a_name_in_the_options_makes_a_header_of_the_row_that_holds_it() {
    let text = "kind,2001,2002\nann,5,6\nbob,7,6\n";
    assert!(refusal(text, &json!({})).contains("`header: true`"));
    assert_eq!(names(&opened(text, &json!({ "labelColumn": "kind" }))), ["2001", "2002"]);
    assert_eq!(values(&opened("0,1\n5,7\n", &json!({ "columns": ["1", "0"] }))), [7.0, 5.0]);
    // '1' and '2' are also positions.
    assert!(refusal("0,2,1\n5,7,1\n", &json!({ "columns": ["x"] })).starts_with("columns: x.csv: expected one of '1'"));
}

#[test]
fn a_given_header_is_obeyed() {
    assert_eq!(values(&opened("5,6\n1,2\n", &json!({ "header": true }))), [1.0, 2.0]);
    assert_eq!(names(&opened("5,6\n1,2\n", &json!({ "header": true }))), ["5", "6"]);
    let message = refusal("a,b\n1,2\n", &json!({ "header": false }));
    assert!(message.starts_with("x.csv: line 1, column '1': expected a number, got 'a'"), "{message}");
}

/// An oscilloscope writes lines about the record above the names (Tektronix, "Waveform data file").
#[test]
fn lines_above_the_names_are_refused() {
    let block = "Model,MSO46\nSample Interval,4e-09\nRecord Length,3\n,\n";
    let message = refusal(
        format!("{block}TIME,CH1,CH2\n0.1,0.5,0.25\n0.2,0.75,0.5\n0.3,1.5,0.5\n0.4,1.5,0.25\n0.5,1.25,0.5\n"),
        &json!({}),
    );
    assert_eq!(
        message,
        "x.csv: the first line, 'Model': expected 3 names, as the rows have cells, got 2; remove what stands before the names."
    );
}
