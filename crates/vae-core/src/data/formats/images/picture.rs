//! One picture: its header, its pixels, and how it is brought to a size.
use std::io::{BufReader, Cursor};
use std::path::PathBuf;

use image::imageops::{self, FilterType};
use image::{
    DynamicImage, ImageBuffer, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Luma, Pixel, Rgb, RgbImage,
};

use crate::base::error::Result;
use crate::base::parallel;
use crate::base::task::Task;
use crate::data::budget;
use crate::data::preprocessing::{Fit, Preprocessing};
use crate::data::shape::Shape;

/// The most pixels of one picture: 64 million, checked before it is decoded.
const MOST_PIXELS: u64 = 64_000_000;

/// The most bytes that decoding one picture may take: the largest one with four channels of 16 bits, and half again.
const MOST_BYTES: u64 = MOST_PIXELS * 8 * 3 / 2;

/// Where a picture comes from.
#[derive(Debug, Clone)]
pub enum ImageSource {
    /// A PNG, JPEG or WebP file.
    File(PathBuf),
    /// The bytes of such a file.
    Encoded {
        /// The bytes.
        bytes: Vec<u8>,
        /// What to call it.
        name: Option<String>,
    },
    /// Pixels, row by row, the channels of one pixel side by side.
    Raw {
        /// height × width × channels bytes.
        pixels: Vec<u8>,
        /// In pixels.
        width: usize,
        /// In pixels.
        height: usize,
        /// 1 = grey, 3 = red, green, blue, 4 = with opacity.
        channels: usize,
        /// What to call it.
        name: Option<String>,
    },
}

/// Why a picture cannot be used: a clause for a list of such.
pub(in crate::data) type Reason = String;

/// A picture's part, or why it is not to be had.
pub(in crate::data) type Outcome<T> = std::result::Result<T, Reason>;

/// What is known of a picture before it is decoded, turned upright.
#[derive(Debug, Clone, Copy)]
pub(in crate::data) struct Head {
    pub height: usize,
    pub width: usize,
    pub is_grey: bool,
}

/// What every picture of a data set is brought to.
#[derive(Debug, Clone, Copy)]
pub(in crate::data) struct Target {
    pub height: usize,
    pub width: usize,
    /// 1 or 3.
    pub channels: usize,
    pub fit: Fit,
}

impl ImageSource {
    /// What to call it in messages and in [`Dataset::names`](crate::data::Dataset::names).
    pub(in crate::data) fn name(&self) -> Option<String> {
        match self {
            Self::File(path) => Some(path.display().to_string()),
            Self::Encoded { name, .. } | Self::Raw { name, .. } => name.clone(),
        }
    }

    /// Reads the header alone, and refuses what is not a picture or too large to be decoded.
    pub(in crate::data) fn head(&self) -> Outcome<Head> {
        match self {
            Self::File(path) => {
                let file = crate::base::file::open(path).map_err(|source| source.to_string())?;
                head(decoder(ImageReader::new(BufReader::new(file)))?)
            }
            Self::Encoded { bytes, .. } => head(decoder(ImageReader::new(Cursor::new(bytes)))?),
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

    /// Decodes the picture to no end but finding out whether that is possible.
    pub(in crate::data) fn verify(&self) -> Outcome<Head> {
        let head = self.head()?;
        self.pixels().map(|_| head)
    }

    /// Decodes the picture, turns it upright and writes it as `target` says into `out`. What is
    /// transparent becomes black.
    pub(in crate::data) fn decode(&self, target: Target, out: &mut [u8]) -> Outcome<()> {
        let picture = self.pixels()?;
        target.put(if picture.color().has_alpha() { on_black(&picture) } else { picture }, out);
        Ok(())
    }

    fn pixels(&self) -> Outcome<DynamicImage> {
        match self {
            Self::File(path) => {
                let file = crate::base::file::open(path).map_err(|source| source.to_string())?;
                upright(decoder(ImageReader::new(BufReader::new(file)))?)
            }
            Self::Encoded { bytes, .. } => upright(decoder(ImageReader::new(Cursor::new(bytes)))?),
            Self::Raw { pixels, width, height, channels, .. } => {
                let (width, height, pixels) = (*width as u32, *height as u32, pixels.clone());
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

/// The decoder of a PNG, JPEG or WebP, told by its first bytes.
fn decoder<'a, R: std::io::BufRead + std::io::Seek + 'a>(reader: ImageReader<R>) -> Outcome<impl ImageDecoder + 'a> {
    let mut reader = reader.with_guessed_format().map_err(|source| source.to_string())?;
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) {
        return Err("not a PNG, JPEG or WebP picture".to_owned());
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| match error {
        ImageError::Limits(_) => "more than 64 million pixels".to_owned(),
        error => one_line(error),
    })?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(format!("{height}×{width} pixels, more than 64 million"));
    }
    Ok(decoder)
}

/// A decoder's complaint as a clause: some end in a line break.
#[allow(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn one_line(error: image::ImageError) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn head(mut decoder: impl ImageDecoder) -> Outcome<Head> {
    let (width, height) = decoder.dimensions();
    let is_grey = !decoder.color_type().has_color();
    let is_turned = decoder.orientation().map_err(one_line)?.to_exif() >= 5;
    let (height, width) = if is_turned { (width, height) } else { (height, width) };
    Ok(Head { height: height as usize, width: width as usize, is_grey })
}

/// The pixels, turned as the camera's EXIF says.
fn upright(mut decoder: impl ImageDecoder) -> Outcome<DynamicImage> {
    let orientation = decoder.orientation().map_err(one_line)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(one_line)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// The picture on a black ground: what is transparent is black, whatever colour hides there.
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

impl Target {
    /// How many bytes one picture takes.
    pub(in crate::data) fn size(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Brings a picture to these channels and this size.
    fn put(&self, picture: DynamicImage, out: &mut [u8]) {
        match self.channels {
            1 => self.resize::<Luma<u8>>(picture.into_luma8(), out),
            _ => self.resize::<Rgb<u8>>(picture.into_rgb8(), out),
        }
    }

    /// Brings a picture to this size. Triangle is linear interpolation that averages where it makes smaller.
    fn resize<P: Pixel<Subpixel = u8> + 'static>(&self, picture: ImageBuffer<P, Vec<u8>>, out: &mut [u8]) {
        let (width, height) = (self.width as u32, self.height as u32);
        if picture.dimensions() == (width, height) {
            out.copy_from_slice(&picture);
            return;
        }
        match self.fit {
            Fit::Fill => {
                out.copy_from_slice(&imageops::resize(&picture, width, height, FilterType::Triangle));
            }
            Fit::Cover => {
                let (from_width, from_height) = picture.dimensions();
                let (part_width, part_height) = within((from_width, from_height), (width, height));
                let (x, y) = ((from_width - part_width) / 2, (from_height - part_height) / 2);
                let part = imageops::crop_imm(&picture, x, y, part_width, part_height).to_image();
                out.copy_from_slice(&imageops::resize(&part, width, height, FilterType::Triangle));
            }
            Fit::Contain => {
                let (part_width, part_height) = within((width, height), picture.dimensions());
                let part = imageops::resize(&picture, part_width, part_height, FilterType::Triangle);
                let (x, y) = ((width - part_width) / 2, (height - part_height) / 2);
                out.fill(0);
                let row = part_width as usize * self.channels;
                let rows = out.chunks_exact_mut(self.width * self.channels).skip(y as usize);
                for (out, part) in rows.zip(part.chunks_exact(row)) {
                    out[x as usize * self.channels..][..row].copy_from_slice(part);
                }
            }
        }
    }
}

/// Pixels of `(height, width, channels)` pictures brought to the size and channels asked for, and their new shape.
pub(in crate::data) fn refit(
    pixels: &[u8],
    (height, width, depth): (usize, usize, usize),
    wanted: &Preprocessing,
) -> Result<(Vec<u8>, Shape)> {
    let [to_height, to_width] = wanted.size.unwrap_or([height, width]);
    let channels = wanted.channels.map_or(depth, usize::from);
    let target = Target { height: to_height, width: to_width, channels, fit: wanted.fit };
    let n = pixels.len() / (height * width * depth);
    let sizes = [n, to_height, to_width, channels].map(|size| size as u64);
    let total = budget::bytes(None, &sizes, 1, u64::MAX)?;
    let mut out = budget::reserve(None, total)?;
    out.resize(total as usize, 0);
    let work = pixels.chunks_exact(height * width * depth).zip(out.chunks_exact_mut(target.size()));
    parallel::map(work, &Task::new(), |_, (pixels, out)| {
        let (width, height, pixels) = (width as u32, height as u32, pixels.to_vec());
        let picture = match depth {
            1 => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
            _ => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
        };
        if let Some(picture) = picture {
            target.put(picture, out);
        }
    })?;
    let sizes =
        if depth == 1 && channels == 1 { vec![to_height, to_width] } else { vec![to_height, to_width, channels] };
    Ok((out, Shape::new(sizes)?))
}

/// The largest `(width, height)` within `outer` that has the aspect ratio of `inner`.
fn within(outer: (u32, u32), inner: (u32, u32)) -> (u32, u32) {
    let [outer_width, outer_height, width, height] = [outer.0, outer.1, inner.0, inner.1].map(u64::from);
    // Rounded to nearest, at least one pixel; never more than `outer`, because one side fills it.
    let scaled = |side: u64, numerator: u64, denominator: u64| {
        ((side * numerator + denominator / 2) / denominator.max(1)).max(1)
    };
    if outer_width * height <= outer_height * width {
        (outer.0, scaled(height, outer_width, width).min(outer_height) as u32)
    } else {
        (scaled(width, outer_height, height).min(outer_width) as u32, outer.1)
    }
}
