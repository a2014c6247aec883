//! .npy, NumPy's format for one array: a magic word, a header in Python's syntax, the values.
pub(super) mod header;

use std::io::Read;
use std::path::Path;

use crate::base::cancel_token::CancelToken;
use crate::base::error::{Error, Result};
use crate::data::budget;
use crate::data::formats::npy::header::{Dtype, NpyHeader};
use crate::data::formats::{Format, Opened};
use crate::data::input::Input;
use crate::data::labels::{self, LEAVE_OUT, LabelValues, Labels};
use crate::data::options::{FormatOption, OpenOptions};
use crate::data::shape::{Shape, times};
use crate::data::source::{Elements, Source};
use crate::data::units::Byte;

/// The first bytes of an .npy file.
pub(in crate::data) const MAGIC: &[u8] = b"\x93NUMPY";

/// Maximum bytes of a header; NumPy writes about 118.
const MAX_HEADER: u64 = 1 << 16;

/// A file of examples: n × length, n × height × width or n × height × width × channels.
pub(super) struct Npy;

impl Format for Npy {
    fn words(&self) -> &'static str {
        "an .npy file"
    }

    fn names(&self) -> &'static [&'static str] {
        &[".npy"]
    }

    fn is_file(&self, start: &[u8]) -> bool {
        start.starts_with(MAGIC)
    }

    fn options(&self) -> &'static [FormatOption] {
        &[FormatOption::Labels, FormatOption::Shape, FormatOption::Transpose]
    }

    fn open(&self, path: &Path, _: bool, options: &OpenOptions, token: &CancelToken) -> Result<Opened> {
        let mut input = Input::open(path)?;
        let header = header(&mut input)?;
        Ok(examples(input, &header, options, token)?.into())
    }
}

/// Reads magic word, version and header.
pub(in crate::data) fn header(input: &mut Input) -> Result<NpyHeader> {
    let magic: [u8; 6] = input.array("the header")?;
    if magic != *MAGIC {
        return Err(input.error("not an .npy array").expected("the first bytes \\x93NUMPY"));
    }
    let [major, _] = input.array("the header")?;
    let length = match major {
        1 => u64::from(u16::from_le_bytes(input.array("the header")?)),
        2 | 3 => u64::from(u32::from_le_bytes(input.array("the header")?)),
        _ => return Err(input.error("the version of the .npy format").expected("1, 2 or 3").received(major)),
    };
    if length > MAX_HEADER {
        let error = input.error("the header's length");
        return Err(error.expected(format!("at most {MAX_HEADER} bytes")).received(length));
    }
    let mut text = Vec::new();
    let read = (&mut *input).take(length).read_to_end(&mut text);
    read.map_err(|source| input.failed(&source, "the header"))?;
    if (text.len() as u64) < length {
        return Err(input.error("the file ends inside the header"));
    }
    NpyHeader::parse(&String::from_utf8_lossy(&text)).map_err(|what| input.error(format!("the header: {what}")))
}

/// Reads the values of an array of examples, in either storage order.
pub(super) fn examples(
    mut input: Input,
    header: &NpyHeader,
    options: &OpenOptions,
    token: &CancelToken,
) -> Result<Source> {
    let shape = usable(&input, header, options.shape.as_ref())?;
    let path = input.path().to_path_buf();
    let width = header.dtype.width();
    let count = budget::bytes(path.as_path(), &header.sizes, width, options.limit_bytes)? / width;
    let elements = match header.dtype {
        Dtype::Float { width: 4, is_big: false } => floats(header, input.numbers(count, token, f32::from_le_bytes)?),
        Dtype::Float { width: 4, .. } => floats(header, input.numbers(count, token, f32::from_be_bytes)?),
        Dtype::Float { is_big: false, .. } => {
            floats(header, input.numbers(count, token, |x| f64::from_le_bytes(x) as f32)?)
        }
        Dtype::Float { .. } => floats(header, input.numbers(count, token, |x| f64::from_be_bytes(x) as f32)?),
        Dtype::Bool => Elements::U8(in_order(header, input.numbers(count, token, |[x]| u8::from(x != 0))?)),
        _ => Elements::U8(in_order(header, input.body(count, token)?)),
    };
    input.finish()?;
    let mut source = Source::new(elements, shape, &options.preprocessing);
    if matches!(header.dtype, Dtype::Bool) {
        source.byte = Byte::Bit.into();
    }
    source.transpose = options.transpose;
    source.origin = Some(path.display().to_string());
    Ok(source)
}

/// The shape of one example, if the array can hold examples; rows that are pictures have the `wanted` one.
pub(super) fn usable(input: &Input, header: &NpyHeader, wanted: Option<&Shape>) -> Result<Shape> {
    if !header.dtype.is_example() {
        return Err(refused(input, &header.dtype));
    }
    let sizes = &header.sizes;
    match sizes.as_slice() {
        [] => Err(input.error("holds a single value").expected("an array of examples")),
        [n] => {
            let error = input.error("holds one number per example").expected("n × length or n × height × width");
            Err(error.received(format!("{n} values")).remedy("reshape it, for example with x.reshape(n, -1)"))
        }
        [0, ..] => Err(input.error("holds no examples").received(format!("{} values", times(sizes)))),
        [_, example @ ..] => Shape::from_array(example, wanted).map_err(|error| error.path(input.path())),
    }
}

/// Reads an array of labels for `n` examples.
pub(in crate::data) fn labels(
    mut input: Input,
    header: &NpyHeader,
    n: u64,
    limit: u64,
    token: &CancelToken,
) -> Result<Labels> {
    labels::check_sizes(&input, &header.sizes, n)?;
    // A label in memory takes at least 8 bytes.
    let width = header.dtype.width();
    budget::bytes(input.path(), &header.sizes, width.max(8), limit)?;
    let bytes = input.body(budget::bytes(input.path(), &header.sizes, width, limit)?, token)?;
    let elements = bytes.chunks_exact(width.max(1) as usize);
    let values = match header.dtype {
        Dtype::Bool => LabelValues::Integers(elements.map(|bytes| i64::from(bytes != [0])).collect()),
        Dtype::U8 => LabelValues::Integers(elements.map(|bytes| integer(bytes, false, false)).collect()),
        Dtype::Integer { is_signed, is_big, .. } => {
            LabelValues::Integers(elements.map(|bytes| integer(bytes, is_signed, is_big)).collect())
        }
        Dtype::Float { is_big, .. } => LabelValues::Floats(elements.map(|bytes| float(bytes, is_big)).collect()),
        Dtype::Text { is_bytes, is_big, .. } => {
            LabelValues::Texts(elements.map(|bytes| text(bytes, is_bytes, is_big)).collect())
        }
        Dtype::Object => {
            let error =
                input.error("the labels are pickled Python objects, which can run any code and are never loaded");
            return Err(error.remedy("save them with .astype(str) or .astype(int), or set `labels: 'none'`"));
        }
        Dtype::Unknown(ref descr) => {
            let error = input.error("the element type of labels").expected("integers, truth values or texts");
            return Err(error.received(format!("'{descr}'")).remedy(LEAVE_OUT));
        }
    };
    let values = match values {
        LabelValues::Integers(numbers) => LabelValues::Integers(in_order(header, numbers)),
        LabelValues::Floats(numbers) => LabelValues::Floats(in_order(header, numbers)),
        texts @ LabelValues::Texts(_) => texts,
    };
    let labels = Labels::from_array(&input, &header.sizes, values)?;
    input.finish()?;
    Ok(labels)
}

/// An integer of up to 8 bytes; one that is too large for 64 bits with a sign becomes the largest.
fn integer(bytes: &[u8], is_signed: bool, is_big: bool) -> i64 {
    let append = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
    let number = if is_big { bytes.iter().fold(0, append) } else { bytes.iter().rev().fold(0, append) };
    let unused = 64 - 8 * bytes.len() as u32;
    if is_signed { ((number << unused) as i64) >> unused } else { i64::try_from(number).unwrap_or(i64::MAX) }
}

/// A float of 4 or 8 bytes.
fn float(bytes: &[u8], is_big: bool) -> f64 {
    match (bytes.first_chunk(), bytes.first_chunk(), is_big) {
        (_, Some(&wide), true) => f64::from_be_bytes(wide),
        (_, Some(&wide), false) => f64::from_le_bytes(wide),
        (Some(&narrow), None, true) => f64::from(f32::from_be_bytes(narrow)),
        (Some(&narrow), None, false) => f64::from(f32::from_le_bytes(narrow)),
        (None, None, _) => f64::NAN,
    }
}

/// A text of bytes, or of letters in UCS-4, without the zeros that fill it up.
fn text(bytes: &[u8], is_bytes: bool, is_big: bool) -> String {
    let text = if is_bytes {
        String::from_utf8_lossy(bytes).into_owned()
    } else {
        let code = |&bytes| if is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
        bytes.as_chunks().0.iter().map(|bytes| char::from_u32(code(bytes)).unwrap_or('\u{fffd}')).collect()
    };
    text.trim_end_matches('\0').to_owned()
}

fn floats(header: &NpyHeader, values: Vec<f32>) -> Elements {
    Elements::F32(in_order(header, values))
}

/// Reorders values so that the last index varies fastest, whatever the order in the file.
fn in_order<T: Copy>(header: &NpyHeader, values: Vec<T>) -> Vec<T> {
    if !header.is_fortran {
        return values;
    }
    let sizes: Vec<usize> = header.sizes.iter().map(|&size| size as usize).collect();
    // In the file, a step along one axis skips all earlier axes.
    let strides: Vec<usize> = (0..sizes.len()).map(|axis| sizes[..axis].iter().product()).collect();
    let mut index = vec![0; sizes.len()];
    let mut offset = 0;
    let mut next = || {
        let value = values[offset];
        for axis in (0..sizes.len()).rev() {
            index[axis] += 1;
            offset += strides[axis];
            if index[axis] < sizes[axis] {
                break;
            }
            offset -= sizes[axis] * strides[axis];
            index[axis] = 0;
        }
        value
    };
    (0..values.len()).map(|_| next()).collect()
}

/// The error for an element type that examples cannot have.
fn refused(input: &Input, dtype: &Dtype) -> Error {
    let allowed = "u1, b1, f4 or f8";
    match dtype {
        Dtype::Object => input
            .error("holds pickled Python objects, which can run any code and are never loaded")
            .remedy("save the numbers themselves, as uint8 or float32"),
        Dtype::Integer { width, is_signed, .. } => {
            let kind = if *is_signed { 'i' } else { 'u' };
            let error = input.error("the element type").expected(allowed).received(format!("{kind}{width}"));
            error.remedy("save it with .astype('uint8') if these are pixels, else .astype('float32')")
        }
        Dtype::Unknown(descr) => {
            let error = input.error("the element type").expected(allowed).received(format!("'{descr}'"));
            error.remedy("save it with .astype('float32')")
        }
        Dtype::Text { .. } => input.error("the element type").expected(allowed).received("texts"),
        _ => input.error("the element type").expected(allowed),
    }
}
