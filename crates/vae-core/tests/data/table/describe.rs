//! Descriptions of tables.
use vae_core::CancelToken;
use vae_core::data::{Description, describe};

use super::file;

fn described(text: &str) -> Description {
    describe(&file(text).path, &CancelToken::new()).unwrap()
}

fn bad_cells(description: &Description) -> Vec<(&str, usize)> {
    description.columns.iter().map(|column| (column.name.as_str(), column.not_numbers)).collect()
}

#[test]
fn a_table_of_numbers_is_described() {
    let description = described("a;b\n0,5;True\n1;False\n");
    assert_eq!((description.examples, description.shape.as_deref()), (2, Some(&[2][..])));
    assert_eq!(bad_cells(&description), [("a", 0), ("b", 0)]);
    assert_eq!(
        description.notes,
        ["cells are separated by ';'", "the decimal sign is a comma", "True and False are 1 and 0 in 'b'"]
    );
    assert_eq!(description.suggestion, "Train with any likelihood.");
}

#[test]
fn the_suggestion_leaves_something() {
    let description = described("name,age\nann,7\nbob,8\n");
    assert_eq!((description.examples, bad_cells(&description)), (2, vec![("name", 2), ("age", 0)]));
    assert_eq!(
        description.suggestion,
        "Values lie outside [0, 1] (example 0 holds 7): use `likelihood: 'gaussian'`, or `scale: 'unit'`. Set \
         `labelColumn: 'name'` if it holds the labels, or choose `columns` among 'age'."
    );
    let description = described("a,b\n0,\n0.5,1\n1,1\n");
    assert_eq!((description.examples, bad_cells(&description)), (2, vec![("a", 0), ("b", 1)]));
    assert_eq!(description.suggestion, "Train with any likelihood. Set `onError: 'skip'` to leave out 1 of 3 rows.");
    let description = described("a,b\n0\n0.5,1\n");
    assert_eq!((description.examples, bad_cells(&description)), (1, vec![("a", 0), ("b", 0)]));
    let description = described("a,b\nx,y\n");
    assert_eq!((description.examples, description.suggestion.as_str()), (0, "No column holds only numbers."));
    let description = described("a,b\n1,2\n# note\n3,4\n");
    assert!(description.suggestion.ends_with(" Set `comment: '#'`."), "{}", description.suggestion);
}

#[test]
fn an_open_question_is_the_suggestion() {
    let description = described("0,1,2\n5,7,1\n");
    assert!(description.suggestion.contains("`header: true`"), "{}", description.suggestion);
    let description = described("a;b\n1,234;5\n");
    assert!(description.suggestion.contains("`decimal: ','`"), "{}", description.suggestion);
}
