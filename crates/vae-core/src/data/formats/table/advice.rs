//! Advice on a table that cannot be read as it is: an option with which it can, tried before it is named.
use std::path::Path;

use super::cell::{Kind, number};
use super::columns::quoted;
use super::survey::Survey;
use super::text::shown;
use crate::base::cancel_token::CancelToken;
use crate::base::error::{Code, Error, Result};
use crate::data::options::{DialectOptions, OnError, OpenOptions};

/// Separators that are named, but not guessed: they also stand within dates and times.
const RARE_SEPARATORS: &[u8] = b":/~^=&!";

/// Advice, and the options that follow it.
pub(super) struct Advice {
    /// An imperative: "choose `columns` among 'a', 'b'".
    pub text: String,
    pub options: OpenOptions,
}

/// The error for the first fault of a table. Reads the table to its end to find a remedy.
pub(super) fn explain(path: &Path, options: &OpenOptions, token: &CancelToken) -> Error {
    let found = Survey::take(path, options, token).and_then(|survey| {
        let advice = find(&survey, path, options, token)?;
        Ok((survey, advice))
    });
    let (survey, advice) = match found {
        Ok(found) => found,
        Err(error) => return error,
    };
    let is_dialect = advice.as_ref().is_some_and(|advice| advice.options.dialect != options.dialect);
    let table = &survey.reader.table;
    let error = match &survey.first {
        Some((_, fault)) if !is_dialect && let Some(column) = survey.text_column(fault) => {
            let what = format!("column '{}' is text ('{}')", table.name(column), shown(&fault.cell));
            Error::new(Code::DataFormat, what).path(path).expected("numbers")
        }
        Some((line, fault)) => fault.error(table, *line),
        // The file has changed meanwhile.
        None => Error::new(Code::DataFormat, "some rows could not be read").path(path),
    };
    match advice {
        Some(advice) => error.remedy(advice.text),
        None => error,
    }
}

/// The advice for a table with faults.
///
/// # Errors
/// [`Code::Aborted`].
pub(super) fn find(survey: &Survey, path: &Path, options: &OpenOptions, token: &CancelToken) -> Result<Option<Advice>> {
    for (name, dialect) in dialects(survey, &options.dialect) {
        let options = OpenOptions { dialect, ..options.clone() };
        let Some(tried) = attempt(path, &options, token)?.filter(|tried| tried.faults() == 0 && tried.rows > 0) else {
            continue;
        };
        let dialect = tried.reader.table.dialect;
        let sign = match name {
            "separator" => dialect.separator,
            "decimal" => dialect.decimal,
            _ => dialect.comment.unwrap_or_default(),
        };
        let text = format!("set `{name}: '{}'`", char::from(sign).escape_default());
        return Ok(Some(Advice { text, options }));
    }
    let numeric = survey.names(|column| survey.is_numeric(column));
    if numeric.len() < survey.reader.columns.values.len() {
        if let Some(advice) = choose(survey, &numeric, path, options, token)? {
            return Ok(Some(advice));
        }
    } else if survey.readable > 0 {
        let options = OpenOptions { on_error: OnError::Skip, ..options.clone() };
        return Ok(Some(Advice { text: skip(survey), options }));
    }
    choose(survey, &survey.names(|column| survey.is_clean(column)), path, options, token)
}

/// The advice to choose these columns, and to leave rows out if need be.
fn choose(
    survey: &Survey,
    names: &[String],
    path: &Path,
    options: &OpenOptions,
    token: &CancelToken,
) -> Result<Option<Advice>> {
    let mut options = OpenOptions { columns: Some(names.to_vec()), ..options.clone() };
    if names.is_empty() || names.len() == survey.reader.columns.values.len() {
        return Ok(None);
    }
    let Some(tried) = attempt(path, &options, token)?.filter(|tried| tried.readable > 0) else {
        return Ok(None);
    };
    let mut text = format!("choose `columns` among {}", quoted(names));
    if tried.faults() > 0 {
        options.on_error = OnError::Skip;
        text += &format!(", and {}", skip(&tried));
    } else if let [other] = survey.names(|column| survey.reader.table.kind(column) == Kind::Text).as_slice()
        && options.label_column.is_none()
        && survey.first.as_ref().is_none_or(|(_, fault)| !fault.is_number())
        && names.len() + 1 == survey.reader.columns.values.len()
    {
        text = format!("set `labelColumn: '{other}'` if it holds the labels, or {text}");
    }
    Ok(Some(Advice { text, options }))
}

fn skip(survey: &Survey) -> String {
    format!("set `onError: 'skip'` to leave out {} of {} rows", survey.faults(), survey.rows)
}

/// Other dialects that the faults suggest, with the option that differs.
fn dialects(survey: &Survey, dialect: &DialectOptions) -> Vec<(&'static str, DialectOptions)> {
    let mut dialects = Vec::new();
    if let Some(mark) = survey.mark.filter(|_| dialect.comment.is_none()) {
        dialects.push(("comment", DialectOptions { comment: Some(Some(char::from(mark))), ..dialect.clone() }));
    }
    let first = survey.first.as_ref().map_or(&[][..], |(_, fault)| fault.cell.as_slice());
    if dialect.separator.is_some() {
        dialects.push(("separator", DialectOptions { separator: None, ..dialect.clone() }));
    } else {
        let mut signs: Vec<u8> = first.iter().copied().filter(|byte| RARE_SEPARATORS.contains(byte)).collect();
        signs.dedup();
        let separated = |sign: u8| DialectOptions { separator: Some(char::from(sign)), ..dialect.clone() };
        dialects.extend(signs.into_iter().take(2).map(|sign| ("separator", separated(sign))));
    }
    if dialect.decimal.is_some() {
        dialects.push(("decimal", DialectOptions { decimal: None, ..dialect.clone() }));
        return dialects;
    }
    let other = if survey.reader.table.dialect.decimal == b',' { b'.' } else { b',' };
    if number(first, other).is_some() {
        dialects.push(("decimal", DialectOptions { decimal: Some(char::from(other)), ..dialect.clone() }));
    }
    dialects
}

/// The survey with other options; `None` if they do not open the table.
fn attempt(path: &Path, options: &OpenOptions, token: &CancelToken) -> Result<Option<Survey>> {
    match Survey::take(path, options, token) {
        Ok(survey) => Ok(Some(survey)),
        Err(error) if error.code == Code::Aborted => Err(error),
        Err(_) => Ok(None),
    }
}
