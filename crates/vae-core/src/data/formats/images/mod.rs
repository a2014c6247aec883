//! Pictures as a data set. Reads all headers first, so that decoding starts only if everything fits.
pub(super) mod folder;
mod jpeg;
mod layout;
pub(in crate::data) mod picture;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

use crate::base::cancel_token::CancelToken;
use crate::base::error::{Code, Error, Result};
use crate::base::parallel;
use crate::data::budget;
use crate::data::dataset::Dataset;
use crate::data::formats::images::picture::{Head, ImageSource, PictureResult};
use crate::data::formats::{FileRole, Format, Opened};
use crate::data::options::{FormatOption, OnError, OpenOptions};
use crate::data::resize::Target;
use crate::data::shape::Shape;
use crate::data::source::{Elements, Skipped, Source};

/// One picture, a data set of one example.
pub(super) struct Picture;

impl Format for Picture {
    fn words(&self) -> &'static str {
        "a picture"
    }

    fn short_words(&self) -> Option<&'static str> {
        Some("pictures")
    }

    fn names(&self) -> &'static [&'static str] {
        &["PNG", "JPEG", "WebP"]
    }

    fn is_file(&self, start: &[u8]) -> bool {
        start.starts_with(b"\x89PNG\r\n\x1a\n")
            || start.starts_with(&[0xff, 0xd8, 0xff])
            || (start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP"))
    }

    fn role(&self, _: &Path) -> FileRole {
        FileRole::Example
    }

    fn options(&self) -> &'static [FormatOption] {
        &[FormatOption::OnError]
    }

    fn open(&self, path: &Path, _: bool, options: &OpenOptions, token: &CancelToken) -> Result<Opened> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let item = Item { source: ImageSource::File(path.to_path_buf()), name, label: None };
        Ok(load(vec![item], Some(path), options, token)?.into())
    }
}

/// A picture with its name and label in a data set.
struct Item {
    source: ImageSource,
    /// The name in the data set.
    name: String,
    label: Option<i32>,
}

/// Builds a data set of pictures, in their order: grey if all of them are grey, else red, green, blue; u8.
///
/// Transparent pixels become black, 16 bits become 8, and a camera's rotation is undone. Progress counts pictures.
///
/// # Errors
/// [`Code::DataFormat`] if pictures cannot be read (the error names them), unless `on_error` is skip;
/// [`Code::Shape`] if sizes differ and `size` is not set; [`Code::Memory`] above `limit_bytes`; [`Code::Aborted`].
pub fn from_images(sources: Vec<ImageSource>, options: &OpenOptions, token: &CancelToken) -> Result<Dataset> {
    let item = |(index, source): (usize, ImageSource)| {
        let name = source.name().unwrap_or_else(|| format!("picture {index}"));
        Item { source, name, label: None }
    };
    let items = sources.into_iter().enumerate().map(item).collect();
    Dataset::new(load(items, None, options, token)?)
}

/// Decodes the pictures; `origin` is their folder or file.
fn load(items: Vec<Item>, origin: Option<&Path>, options: &OpenOptions, token: &CancelToken) -> Result<Source> {
    let wanted = &options.preprocessing;
    let here = |error: Error| match origin {
        Some(origin) => error.path(origin),
        None => error,
    };
    // The path already names a picture that was opened by itself.
    let is_alone = origin.is_some_and(|origin| items.iter().all(|item| origin.ends_with(&item.name)));

    token.set_total(items.len() as u64);
    let mut skipped = Vec::new();

    let mut heads = parallel::map(items.iter(), token, |_, item| item.source.head())?;
    if options.on_error == OnError::Throw && heads.iter().any(PictureResult::is_err) {
        // The call fails anyway; decoding finds all bad pictures, including those with an intact header.
        heads = parallel::map(items.iter(), token, |_, item| item.source.verify())?;
    }
    let (items, heads) = keep(items, heads, is_alone, options.on_error, &mut skipped).map_err(here)?;
    let target = target(&heads, options).map_err(here)?;

    let n = items.len();
    let sizes = [n, target.height, target.width, target.channels].map(|size| size as u64);
    let total = budget::bytes(origin, &sizes, 1, options.limit_bytes)?;
    let mut pixels = budget::reserve(origin, total)?;
    pixels.resize(total as usize, 0);
    let work = items.iter().zip(pixels.chunks_exact_mut(target.size()));
    let decoded = parallel::map(work, token, |_, (item, out)| {
        token.advance(1);
        item.source.decode(target, out)
    })?;
    let good: Vec<bool> = decoded.iter().map(PictureResult::is_ok).collect();
    let (items, _) = keep(items, decoded, is_alone, options.on_error, &mut skipped).map_err(here)?;
    compact(&mut pixels, &good, target.size());

    let sizes = if target.channels == 1 { vec![] } else { vec![target.channels] };
    let shape = Shape::new([vec![target.height, target.width], sizes].concat()).map_err(here)?;
    let mut source = Source::new(Elements::U8(pixels), shape, wanted);
    // All pictures together decided between grey and colour; later ones must follow.
    source.preprocessing.channels = Some(target.channels as u8);
    source.origin = origin.map(|path| path.display().to_string());
    source.labels = items.iter().map(|item| item.label).collect();
    source.names = Some(items.into_iter().map(|item| item.name).collect());
    source.skipped = skipped;
    Ok(source)
}

/// Keeps the usable pictures; the others are an error or, on request, listed in `skipped`.
fn keep<T>(
    items: Vec<Item>,
    results: Vec<PictureResult<T>>,
    is_alone: bool,
    on_error: OnError,
    skipped: &mut Vec<Skipped>,
) -> Result<(Vec<Item>, Vec<T>)> {
    let total = items.len();
    let (mut kept, mut values) = (Vec::with_capacity(total), Vec::with_capacity(total));
    let mut bad = Vec::new();
    for (item, result) in items.into_iter().zip(results) {
        match result {
            Ok(value) => {
                kept.push(item);
                values.push(value);
            }
            Err(reason) => bad.push(Skipped { path: item.name, reason }),
        }
    }
    if !bad.is_empty() && (on_error == OnError::Throw || kept.is_empty()) {
        let error = unreadable(total, &bad, is_alone);
        return Err(if kept.is_empty() { error } else { error.remedy("remove them, or set `onError: 'skip'`") });
    }
    if kept.is_empty() {
        return Err(Error::new(Code::Shape, "holds no examples").expected("at least one picture"));
    }
    skipped.extend(bad);
    Ok((kept, values))
}

/// The error that names the first ten unreadable pictures.
fn unreadable(total: usize, bad: &[Skipped], is_alone: bool) -> Error {
    if let (1, [bad]) = (total, bad) {
        let which = if is_alone { "the picture" } else { &bad.path };
        return Error::new(Code::DataFormat, format!("{which} cannot be read: {}", bad.reason));
    }
    let shown: Vec<String> = bad.iter().take(10).map(|bad| format!("{} ({})", bad.path, bad.reason)).collect();
    let more = if bad.len() > shown.len() { format!(" and {} more", bad.len() - shown.len()) } else { String::new() };
    let what = format!("{} of {total} pictures cannot be read: {}{more}", bad.len(), shown.join(", "));
    Error::new(Code::DataFormat, what)
}

/// The common size and channels of all pictures.
fn target(heads: &[Head], options: &OpenOptions) -> Result<Target> {
    let wanted = &options.preprocessing;
    let channels = match wanted.channels {
        Some(channels) => usize::from(channels),
        None if heads.iter().all(|head| head.is_grey) => 1,
        None => 3,
    };
    let sizes = count_sizes(heads);
    let [height, width] = match (wanted.size, sizes.as_slice()) {
        (Some(size), _) => size,
        (None, [((height, width), _)]) => [*height, *width],
        (None, several) => {
            let shown = several.iter().take(6).map(|((height, width), n)| format!("{height}×{width} ({n})"));
            let more = if several.len() > 6 { ", …" } else { "" };
            let error = Error::new(Code::Shape, format!("the pictures have {} sizes", several.len()));
            let shown = shown.collect::<Vec<_>>().join(", ") + more;
            return Err(error
                .expected("one size")
                .received(shown)
                .remedy("set `size` to bring them to one, as in `size: 64`"));
        }
    };
    Ok(Target { height, width, channels, fit: wanted.fit })
}

/// The sizes, `(height, width)`, with their counts, the most frequent first.
fn count_sizes(heads: &[Head]) -> Vec<((usize, usize), usize)> {
    let mut counts = BTreeMap::<(usize, usize), usize>::new();
    heads.iter().for_each(|head| *counts.entry((head.height, head.width)).or_default() += 1);
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, n)| Reverse(n));
    counts
}

/// Closes the gaps of unreadable pictures.
fn compact(pixels: &mut Vec<u8>, good: &[bool], size: usize) {
    let mut place = 0;
    for (index, _) in good.iter().enumerate().filter(|(_, is_good)| **is_good) {
        pixels.copy_within(index * size..(index + 1) * size, place * size);
        place += 1;
    }
    pixels.truncate(place * size);
}
