//! Description of a table: its columns, and the option that it waits for.
use std::path::Path;

use super::advice;
use super::opened::OpenTable;
use super::survey::Survey;
use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;
use crate::data::description::{Column, Description, range_advice};
use crate::data::options::OpenOptions;

/// Counts the bad cells of each column, and describes the examples that can be read. Holds one row in memory.
pub(super) fn describe(path: &Path, token: &CancelToken) -> Result<Description> {
    let options = OpenOptions::default();
    // An open question about the dialect is the suggestion.
    if let Err(error) = OpenTable::open(path, &options) {
        return match &error.remedy {
            Some(remedy) if remedy.contains('`') => {
                Ok(Description { suggestion: error.to_string(), ..Description::default() })
            }
            _ => Err(error),
        };
    }
    let survey = Survey::take(path, &options, token)?;
    let column = |(name, &not_numbers): (&String, &usize)| Column { name: name.clone(), not_numbers };
    let columns: Vec<Column> = survey.reader.table.names.names.iter().zip(&survey.bad).map(column).collect();
    let all = Description { columns, notes: survey.reader.notes(&options), ..Description::default() };
    if survey.rows == 0 {
        return Err(super::no_examples(path, 0, &options, token));
    }
    if survey.faults() == 0 {
        return Ok(with_examples(all, &survey));
    }
    match advice::find(&survey, path, &options, token)? {
        Some(advice) => {
            let mut all = with_examples(all, &Survey::take(path, &advice.options, token)?);
            all.suggestion += &format!(" {}.", capitalized(&advice.text));
            Ok(all)
        }
        None => Ok(Description { suggestion: "No column holds only numbers.".to_owned(), ..all }),
    }
}

/// Adds the examples that a survey could read.
fn with_examples(all: Description, survey: &Survey) -> Description {
    Description {
        examples: survey.readable,
        shape: Some(vec![survey.reader.values.width()]),
        values: Some("floats as they are".to_owned()),
        suggestion: range_advice(survey.outside),
        ..all
    }
}

fn capitalized(text: &str) -> String {
    let (first, rest) = text.split_at_checked(1).unwrap_or_default();
    first.to_ascii_uppercase() + rest
}
