//! A cell of a table: a number, True or False, missing, or text.

/// Spellings of a missing value, in lower case: those of pandas, and `?`.
const MISSING: [&str; 16] = [
    "", "?", "#n/a", "#n/a n/a", "#na", "-1.#ind", "-1.#qnan", "-nan", "1.#ind", "1.#qnan", "<na>", "n/a", "na", "nan",
    "none", "null",
];

/// The kind of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Boolean,
    Missing,
    Text,
}

impl Kind {
    pub(super) fn of(cell: &[u8], decimal: u8) -> Self {
        match () {
            () if number(cell, decimal).is_some_and(|number| !number.is_nan()) => Self::Number,
            () if boolean(cell).is_some() => Self::Boolean,
            () if is_missing(cell) => Self::Missing,
            () => Self::Text,
        }
    }
}

/// The number in a cell, finite or not. The sign that is not the decimal one is refused.
pub(super) fn number(cell: &[u8], decimal: u8) -> Option<f64> {
    let text = std::str::from_utf8(cell).ok()?;
    if decimal == b'.' {
        return text.parse().ok().or_else(|| text.trim().parse().ok());
    }
    if text.contains('.') { None } else { text.trim().replace(',', ".").parse().ok() }
}

/// The truth value in a cell, in one of pandas' spellings.
pub(super) fn boolean(cell: &[u8]) -> Option<f64> {
    match cell.trim_ascii() {
        b"True" | b"TRUE" | b"true" => Some(1.0),
        b"False" | b"FALSE" | b"false" => Some(0.0),
        _ => None,
    }
}

/// The value of a cell in a column of numbers or of truth values; `None` if it is not finite in 32 bits.
pub(super) fn value(cell: &[u8], is_boolean: bool, decimal: u8) -> Option<f32> {
    let value = if is_boolean { boolean(cell) } else { number(cell, decimal) };
    value.map(|value| value as f32).filter(|value| value.is_finite())
}

/// True if a cell holds no value.
pub(super) fn is_missing(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    MISSING.iter().any(|missing| cell.eq_ignore_ascii_case(missing.as_bytes()))
}

/// True if a number is written with digits alone.
pub(super) fn is_whole(cell: &[u8]) -> bool {
    let digits = cell.trim_ascii();
    let digits = digits.strip_prefix(b"-").or_else(|| digits.strip_prefix(b"+")).unwrap_or(digits);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

/// True if a number is written with digits alone, and in no other way: `-7`, but not `+7` or `007`.
pub(super) fn integer(cell: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(cell.trim_ascii()).ok()?;
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}
