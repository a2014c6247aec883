//! A dialect that a table may have, with its measure.
use ::csv::ByteRecord;

use super::cell::{Kind, is_whole, number};
use super::dialect::{BLANK, Dialect};
use super::sample::Sample;
use super::text::shown;
use crate::base::error::{Code, Error, Result};

/// Part of the rows that must have the same number of cells.
const CONSISTENT: f64 = 0.9;

/// A dialect with its measure.
pub(super) struct Candidate {
    pub dialect: Dialect,
    pub rows: Vec<ByteRecord>,
    /// Cells of most rows.
    pub width: usize,
    /// Part of the rows that have this width.
    consistency: f64,
    /// Part of the cells that are numbers, missing ones aside.
    numbers: f64,
}

impl Candidate {
    /// Measures a dialect; `None` if nothing can be measured. Decimal commas among separating ones must stand in quotes,
    /// so that some cell has one.
    pub(super) fn new(sample: &Sample, dialect: Dialect) -> Option<Self> {
        let rows = sample.rows(&dialect);
        let below = rows.get(usize::from(rows.len() > 1)..).unwrap_or_default();
        let width = usual_width(&rows)?;
        let cells = || below.iter().flatten();
        let is_free = dialect.separator != b',' || dialect.decimal != b',' || cells().any(|cell| cell.contains(&b','));
        let kinds = cells().map(|cell| Kind::of(cell, dialect.decimal)).filter(|kind| *kind != Kind::Missing);
        let (mut numbers, mut total) = (0u32, 0u32);
        kinds.for_each(|kind| {
            total += 1;
            numbers += u32::from(kind != Kind::Text);
        });
        // A header may lack the name of the first column, or have an empty one at its end.
        let first = match rows.first().map_or(0, ByteRecord::len) {
            cells if cells == width => 1.0,
            cells if cells + 1 >= width => 0.5,
            _ => 0.0,
        };
        let agreeing = below.iter().filter(|row| row.len() == width).count() as f64 + first;
        let consistency = agreeing / (below.len() + 1) as f64;
        let numbers = f64::from(numbers) / f64::from(total.max(1));
        is_free.then_some(Self { dialect, rows, width, consistency, numbers })
    }

    /// Part of the cells that are numbers in rows of the usual width; if that is equal, rows and names decide.
    pub(super) fn score(&self) -> f64 {
        let has_names = self.rows.first().is_some_and(|first| first.len() == self.width);
        self.consistency * (self.numbers + 1e-3 + if has_names { 1e-4 } else { 0.0 })
    }

    /// True if most rows agree, or at least the first one agrees with the others.
    pub(super) fn is_good(&self) -> bool {
        self.consistency >= CONSISTENT || self.rows.first().is_some_and(|first| first.len() == self.width)
    }

    /// True if the separator is no blank, or separates numbers: blanks also stand between words.
    pub(super) fn has_support(&self) -> bool {
        self.dialect.separator != BLANK || self.numbers >= 0.5
    }

    /// Refuses commas that can be decimal signs or something else.
    pub(super) fn check_decimal(&self, is_separator_open: bool) -> Result<()> {
        let is_decimal = |cell: &&[u8]| cell.contains(&b',') && number(cell, b',').is_some();
        let cells = || self.rows.iter().flatten().filter(is_decimal);
        let error = |what: String| Error::new(Code::DataFormat, what).expected("one meaning of the comma");
        if self.dialect.decimal == b',' && cells().all(is_thousands) && cells().next().is_some() {
            let example = cells().next().map(shown).unwrap_or_default();
            let error = error(format!("'{example}' can be a decimal number or thousands"));
            return Err(
                error.remedy("set `decimal: ','` if it is decimal; otherwise write numbers without thousands signs")
            );
        }
        let rows = self.rows.iter().enumerate().filter(|&(row, cells)| row > 0 || fractions(cells).is_some());
        let Some(fractions) = rows.map(|(_, row)| fractions(row)).collect::<Option<Vec<_>>>() else { return Ok(()) };
        let is_single = self.width == 2 && self.rows.first().is_some_and(|first| first.len() == 1);
        let is_fraction = |digits: &&[u8]| digits.len() > 1 && digits.starts_with(b"0");
        let is_doubtful = is_single || self.width > 2 || fractions.iter().flatten().any(is_fraction);
        if is_separator_open && self.dialect.separator == b',' && !fractions.is_empty() && is_doubtful {
            let error = error("the commas can separate whole numbers, or be decimal signs".to_owned());
            return Err(error.remedy(match self.width {
                2 => "set `separator: ','` or `decimal: ','`",
                _ => "set `separator: ','` if they separate, or write the numbers with points",
            }));
        }
        Ok(())
    }
}

/// The best of several dialects; that of a table of one column if no separator makes rows agree.
pub(super) fn best(candidates: Vec<Candidate>, is_decimal_open: bool) -> Option<Candidate> {
    let best = |of: Vec<Candidate>| of.into_iter().reduce(|a, b| if b.score() > a.score() { b } else { a });
    let (several, single): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|it| it.width > 1);
    // Commas in most lines are decimal signs of one column only if the options say so.
    let is_doubtful = is_decimal_open && several.iter().any(|it| it.dialect.separator == b',');
    // A table of one column keeps a separator that does not cut its header.
    let names = |it: &Candidate| it.rows.first().map_or(0, ByteRecord::len);
    let fewest = single.iter().map(names).min();
    let is_single = |it: &Candidate| Some(names(it)) == fewest && !(is_doubtful && it.dialect.decimal == b',');
    let (good, bad): (Vec<_>, Vec<_>) = several.into_iter().partition(Candidate::is_good);
    best(good).or_else(|| best(bad.into_iter().chain(single.into_iter().filter(is_single)).collect()))
}

/// The digits after the commas of a row such as `0,5` or `0,5, 0,7`, if its commas can be decimal signs.
fn fractions(row: &ByteRecord) -> Option<Vec<&[u8]>> {
    let cells: Vec<&[u8]> = row.iter().collect();
    let (pairs, []) = cells.as_chunks::<2>() else { return None };
    let fraction = |(pair, &[whole, digits]): (usize, &[&'_ [u8]; 2])| {
        let is_start = is_whole(whole) && (pair == 0 || whole.starts_with(b" "));
        (is_start && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)).then_some(())
    };
    pairs.iter().enumerate().map(fraction).collect::<Option<Vec<()>>>()?;
    Some(pairs.iter().map(|&[_, digits]| digits).collect())
}

/// The number of cells of most rows below the first; the first row's if it is as frequent.
pub(super) fn usual_width(rows: &[ByteRecord]) -> Option<usize> {
    let first = rows.first()?.len();
    let below = rows.get(1..).filter(|below| !below.is_empty()).unwrap_or(rows);
    let mut counts = std::collections::BTreeMap::<usize, usize>::new();
    below.iter().for_each(|row| *counts.entry(row.len()).or_default() += 1);
    counts.into_iter().max_by_key(|&(width, count)| (count, width == first, width)).map(|(width, _)| width)
}

/// True for a comma before three digits, after one to three that do not begin with 0.
fn is_thousands(cell: &[u8]) -> bool {
    let cell = cell.trim_ascii();
    let cell = cell.strip_prefix(b"-").or_else(|| cell.strip_prefix(b"+")).unwrap_or(cell);
    let Some(comma) = cell.iter().position(|&byte| byte == b',') else { return false };
    (1..=3).contains(&comma) && cell.len() == comma + 4 && !cell.starts_with(b"0") && number(cell, b',').is_some()
}
