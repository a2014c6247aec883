//! Natural order of file names.
use std::cmp::Ordering;

/// Compares letter by letter, but runs of digits by their value, so that `2.png` precedes `10.png`.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (mut a_rest, mut b_rest) = (a, b);
    loop {
        let (x, y) = match (a_rest.chars().next(), b_rest.chars().next()) {
            (Some(x), Some(y)) => (x, y),
            // One is a prefix of the other, or they differ only in leading zeros.
            (x, y) => return x.is_some().cmp(&y.is_some()).then_with(|| a.cmp(b)),
        };
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (a_digits, b_digits) = (digits(&mut a_rest), digits(&mut b_rest));
            a_digits.len().cmp(&b_digits.len()).then_with(|| a_digits.cmp(b_digits))
        } else {
            (a_rest, b_rest) = (&a_rest[x.len_utf8()..], &b_rest[y.len_utf8()..]);
            x.cmp(&y)
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Takes a run of digits from the front, without its leading zeros.
fn digits<'a>(text: &mut &'a str) -> &'a str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    *text = rest;
    digits.trim_start_matches('0')
}
