//! One picture: its header and its pixels.
use std::io::{BufRead, BufReader, Cursor, Seek, SeekFrom};
use std::path::PathBuf;

use image::{DynamicImage, ImageBuffer, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage};

use crate::data::formats::foreign;
use crate::data::formats::images::jpeg;
use crate::data::resize::Target;

/// Maximum pixels of one picture: 64 million, checked before decoding.
pub(super) const MAX_PIXELS: u64 = 64_000_000;

/// Maximum bytes for decoding one picture: the largest one with four channels of 16 bits, and half again.
const MAX_BYTES: u64 = MAX_PIXELS * 8 * 3 / 2;

/// Source of a picture.
#[derive(Debug, Clone)]
pub enum ImageSource {
    /// A PNG, JPEG or WebP file.
    File(PathBuf),
    /// The bytes of such a file.
    Encoded {
        /// The bytes.
        bytes: Vec<u8>,
        /// A name for it.
        name: Option<String>,
    },
    /// Pixels, row by row, channels last.
    Raw {
        /// height × width × channels bytes.
        pixels: Vec<u8>,
        /// In pixels.
        width: usize,
        /// In pixels.
        height: usize,
        /// 1 = grey, 3 = red, green, blue, 4 = with opacity.
        channels: usize,
        /// A name for it.
        name: Option<String>,
    },
}

/// The reason why a picture cannot be used, as a clause.
pub(super) type Reason = String;

/// A part of a picture, or the reason why it cannot be read.
pub(super) type PictureResult<T> = std::result::Result<T, Reason>;

/// Facts about an upright picture, read before decoding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub height: usize,
    pub width: usize,
    pub is_grey: bool,
}

impl ImageSource {
    /// Its name in messages and in [`Dataset::names`](crate::data::Dataset::names).
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::File(path) => Some(path.display().to_string()),
            Self::Encoded { name, .. } | Self::Raw { name, .. } => name.clone(),
        }
    }

    /// Reads only the header; refuses other files and pictures too large to decode.
    pub(super) fn head(&self) -> PictureResult<Head> {
        match self {
            Self::File(path) => {
                let file = crate::base::file::open(path).map_err(|source| source.to_string())?;
                head(BufReader::new(file))
            }
            Self::Encoded { bytes, .. } => head(Cursor::new(bytes)),
            Self::Raw { pixels, width, height, channels, .. } => {
                let expected = height.checked_mul(*width).and_then(|area| area.checked_mul(*channels));
                if !matches!(channels, 1 | 3 | 4) || pixels.is_empty() || expected != Some(pixels.len()) {
                    let has = pixels.len();
                    return Err(format!("{has} bytes are not {height}×{width} pixels of {channels} channels"));
                }
                Ok(Head { height: *height, width: *width, is_grey: *channels == 1 })
            }
        }
    }

    /// Decodes the picture only to check that it can be decoded.
    pub(super) fn verify(&self) -> PictureResult<Head> {
        let head = self.head()?;
        self.pixels().map(|_| head)
    }

    /// Decodes the picture, turns it upright, converts it to `target` and writes it to `out`. Transparent pixels become
    /// black.
    pub(super) fn decode(&self, target: Target, out: &mut [u8]) -> PictureResult<()> {
        let picture = self.pixels()?;
        target.put(if picture.color().has_alpha() { on_black(&picture) } else { picture }, out);
        Ok(())
    }

    fn pixels(&self) -> PictureResult<DynamicImage> {
        match self {
            Self::File(path) => {
                let file = crate::base::file::open(path).map_err(|source| source.to_string())?;
                upright(BufReader::new(file))
            }
            Self::Encoded { bytes, .. } => upright(Cursor::new(bytes)),
            Self::Raw { pixels, width, height, channels, .. } => {
                let width = *width as u32;
                let height = *height as u32;
                let pixels = pixels.clone();
                let picture = match channels {
                    1 => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
                    3 => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
                    _ => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8),
                };
                picture.ok_or_else(|| "the pixels do not fill the picture".to_owned())
            }
        }
    }
}

/// The decoder of a PNG or WebP, chosen by its first bytes.
fn decoder<'a, R: BufRead + Seek + 'a>(reader: R) -> PictureResult<impl ImageDecoder + 'a> {
    let reader = ImageReader::new(reader).with_guessed_format().map_err(|source| source.to_string())?;
    let mut reader = match reader.format() {
        Some(ImageFormat::Png) => reader,
        Some(ImageFormat::WebP) => whole_webp(reader.into_inner())?,
        _ => return Err(not_a_picture(reader.into_inner())),
    };
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| match error {
        ImageError::Limits(_) => "more than 64 million pixels".to_owned(),
        error => one_line(error),
    })?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(format!("{height}×{width} pixels, more than 64 million"));
    }
    Ok(decoder)
}

/// The reason for a file of another kind, which its first bytes may tell.
fn not_a_picture(mut reader: impl BufRead + Seek) -> Reason {
    let start = reader.rewind().and_then(|()| reader.fill_buf()).unwrap_or_default();
    match foreign::by_start(start) {
        Some(foreign) => format!("{}: {}", foreign.words, foreign.remedy),
        None => "not a PNG, JPEG or WebP picture".to_owned(),
    }
}

/// A decoder's error as a clause on one line: some end in a line break.
#[allow(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn one_line(error: image::ImageError) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Checks that a WebP file is as long as it declares: its decoder puts grey where the last bytes are missing.
fn whole_webp<R: BufRead + Seek>(mut reader: R) -> PictureResult<ImageReader<R>> {
    let failed = |source: std::io::Error| source.to_string();
    let mut start = [0; 8];
    reader.read_exact(&mut start).map_err(failed)?;
    let [_, _, _, _, length @ ..] = start;
    let end = reader.seek(SeekFrom::End(0)).map_err(failed)?;
    if end < 8 + u64::from(u32::from_le_bytes(length)) {
        return Err("a WebP picture that is cut off".to_owned());
    }
    reader.rewind().map_err(failed)?;
    ImageReader::new(reader).with_guessed_format().map_err(failed)
}

/// The bytes of a JPEG; `None` for other files.
fn jpeg_bytes(reader: &mut impl BufRead) -> PictureResult<Option<Vec<u8>>> {
    let start = reader.fill_buf().map_err(|source| source.to_string())?;
    if !jpeg::is_jpeg(start) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|source| source.to_string())?;
    Ok(Some(bytes))
}

fn head(mut reader: impl BufRead + Seek) -> PictureResult<Head> {
    if let Some(bytes) = jpeg_bytes(&mut reader)? {
        return jpeg::head(&bytes);
    }
    let mut decoder = decoder(reader)?;
    let (width, height) = decoder.dimensions();
    let is_grey = !decoder.color_type().has_color();
    let is_turned = decoder.orientation().map_err(one_line)?.to_exif() >= 5;
    let (height, width) = if is_turned { (width, height) } else { (height, width) };
    Ok(Head { height: height as usize, width: width as usize, is_grey })
}

/// The pixels, rotated according to the camera's EXIF.
fn upright(mut reader: impl BufRead + Seek) -> PictureResult<DynamicImage> {
    if let Some(bytes) = jpeg_bytes(&mut reader)? {
        return jpeg::pixels(&bytes);
    }
    let mut decoder = decoder(reader)?;
    let orientation = decoder.orientation().map_err(one_line)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(one_line)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// The picture on a black background: transparent pixels become black, whatever their colour.
fn on_black(picture: &DynamicImage) -> DynamicImage {
    let picture = picture.to_rgba8();
    let pixels = picture.pixels().flat_map(|pixel| {
        let [r, g, b, alpha] = pixel.0.map(u16::from);
        // Rounded to nearest.
        [r, g, b].map(|colour| ((colour * alpha + 127) / 255) as u8)
    });
    let flat = RgbImage::from_raw(picture.width(), picture.height(), pixels.collect());
    flat.map_or_else(|| DynamicImage::ImageRgba8(picture), DynamicImage::ImageRgb8)
}
