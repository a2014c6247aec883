//! IDX, the format of MNIST: `0 0 type rank`, one big-endian u32 per size, then the values, big-endian.
pub(super) mod folder;

use std::path::{Path, PathBuf};

use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;
use crate::data::budget;
use crate::data::formats::{Format, Opened};
use crate::data::input::{Input, hex};
use crate::data::labels::{self, LabelValues, Labels};
use crate::data::options::{FormatOption, OpenOptions};
use crate::data::shape::{Shape, times};
use crate::data::source::{Elements, Source};

/// A file of examples.
pub(super) struct Idx;

impl Format for Idx {
    fn words(&self) -> &'static str {
        "an IDX file"
    }

    fn names(&self) -> &'static [&'static str] {
        &["IDX"]
    }

    fn is_file(&self, start: &[u8]) -> bool {
        matches!(start, [0, 0, element, rank, ..] if (0x08..=0x0e).contains(element) && (1..=4).contains(rank))
    }

    fn options(&self) -> &'static [FormatOption] {
        &[FormatOption::Labels, FormatOption::Shape, FormatOption::Transpose]
    }

    fn open(&self, path: &Path, _: bool, options: &OpenOptions, token: &CancelToken) -> Result<Opened> {
        Ok(examples(path, options, token)?.into())
    }
}

/// The header of a file.
struct IdxHeader {
    element: Element,
    sizes: Vec<u64>,
}

/// The element types, with IDX's codes.
#[derive(Clone, Copy)]
enum Element {
    U8 = 0x08,
    I8 = 0x09,
    I16 = 0x0b,
    I32 = 0x0c,
    F32 = 0x0d,
    F64 = 0x0e,
}

impl Element {
    fn from_code(code: u8) -> Option<Self> {
        let all = [Self::U8, Self::I8, Self::I16, Self::I32, Self::F32, Self::F64];
        all.into_iter().find(|&element| element as u8 == code)
    }

    /// Bytes per element.
    fn width(self) -> u64 {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 => 2,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

impl IdxHeader {
    fn read(input: &mut Input) -> Result<Self> {
        let magic: [u8; 4] = input.array("the header")?;
        let [0, 0, code, rank] = magic else {
            let error = input.error("not an IDX file").expected("the first bytes 00 00 and a type");
            return Err(error.received(hex(&magic)));
        };
        let Some(element) = Element::from_code(code) else {
            let error = input.error("unknown IDX element type").expected("08, 09, 0b, 0c, 0d or 0e");
            return Err(error.received(hex(&[code])));
        };
        if !(1..=4).contains(&rank) {
            return Err(input.error("the number of dimensions").expected("1 to 4").received(rank));
        }
        let sizes = (0..rank).map(|_| input.array("the header").map(|size| u64::from(u32::from_be_bytes(size))));
        Ok(Self { element, sizes: sizes.collect::<Result<_>>()? })
    }
}

/// Reads an IDX file of examples, with the labels of its sibling file unless the options name others.
fn examples(path: &Path, options: &OpenOptions, token: &CancelToken) -> Result<Source> {
    let mut input = Input::open(path)?;
    let IdxHeader { element, sizes } = IdxHeader::read(&mut input)?;
    let [n, example @ ..] = sizes.as_slice() else {
        return Err(input.error("the header names no size"));
    };
    if example.is_empty() {
        let error = input.error("holds one number per example: labels, not examples");
        return Err(match sibling(path, "labels", "images") {
            Some(images) => error.remedy(format!("open '{}'", images.display())),
            None => error.remedy("open the file with the images"),
        });
    }
    if *n == 0 {
        return Err(input.error("holds no examples").received(format!("{} values", times(&sizes))));
    }
    let count = budget::bytes(path, &sizes, element.width(), options.limit_bytes)? / element.width();
    let shape = Shape::from_array(example, options.shape.as_ref()).map_err(|error| error.path(path))?;
    let elements = match element {
        Element::U8 => Elements::U8(input.body(count, token)?),
        Element::F32 => Elements::F32(input.numbers(count, token, f32::from_be_bytes)?),
        Element::F64 => Elements::F32(input.numbers(count, token, |x| f64::from_be_bytes(x) as f32)?),
        _ => {
            let error = input.error("the element type of examples").expected("08 (u8), 0d (f4) or 0e (f8)");
            return Err(error.received(hex(&[element as u8])));
        }
    };
    input.finish()?;
    let mut source = Source::new(elements, shape, &options.preprocessing);
    source.transpose = options.transpose;
    source.origin = Some(path.display().to_string());
    if options.labels.is_none()
        && let Some(file) = sibling(path, "images", "labels")
    {
        labels(&file, *n, options.limit_bytes, token)?.put(&mut source);
    }
    Ok(source)
}

/// Reads an IDX file of labels for `n` examples.
pub(super) fn labels(path: &Path, n: u64, limit: u64, token: &CancelToken) -> Result<Labels> {
    let mut input = Input::open(path)?;
    let IdxHeader { element, sizes } = IdxHeader::read(&mut input)?;
    labels::check_sizes(&input, &sizes, n)?;
    // A label in memory takes 8 bytes.
    let count = budget::bytes(path, &sizes, 8, limit)? / 8;
    let values = match element {
        Element::U8 => LabelValues::Integers(input.numbers(count, token, |[x]| i64::from(x))?),
        Element::I8 => LabelValues::Integers(input.numbers(count, token, |x| i64::from(i8::from_be_bytes(x)))?),
        Element::I16 => LabelValues::Integers(input.numbers(count, token, |x| i64::from(i16::from_be_bytes(x)))?),
        Element::I32 => LabelValues::Integers(input.numbers(count, token, |x| i64::from(i32::from_be_bytes(x)))?),
        Element::F32 => LabelValues::Floats(input.numbers(count, token, |x| f64::from(f32::from_be_bytes(x)))?),
        Element::F64 => LabelValues::Floats(input.numbers(count, token, f64::from_be_bytes)?),
    };
    let labels = Labels::from_array(&input, &sizes, values)?;
    input.finish()?;
    Ok(labels)
}

/// The sibling file with the other half: `train-images-idx3-ubyte.gz` and `train-labels-idx1-ubyte`.
fn sibling(path: &Path, from: &str, to: &str) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let plain = name.strip_suffix(".gz").unwrap_or(name);
    if !plain.contains(from) {
        return None;
    }
    let other = plain.replacen(from, to, 1);
    let ranks = ["idx1", "idx2", "idx3", "idx4"];
    let spelled = match ranks.iter().find(|rank| other.contains(*rank)) {
        Some(rank) => ranks.iter().map(|to| other.replacen(rank, to, 1)).collect(),
        None => vec![other],
    };
    let files = spelled.iter().flat_map(|name| [name.clone(), format!("{name}.gz")]);
    files.map(|name| path.with_file_name(name)).find(|file| file.is_file())
}
