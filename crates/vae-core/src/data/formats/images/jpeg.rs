//! JPEG files, decoded strictly: a decoder that forgives puts grey where data are missing.
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::picture::{Head, MAX_PIXELS, PictureResult};

/// True if a JPEG file begins with these bytes.
pub(super) fn is_jpeg(start: &[u8]) -> bool {
    start.starts_with(&[0xff, 0xd8, 0xff])
}

/// Reads the header; refuses a file without its end.
pub(super) fn head(bytes: &[u8]) -> PictureResult<Head> {
    let Jpeg { width, height, is_grey, orientation, .. } = Jpeg::open(bytes)?;
    let (height, width) = if orientation.to_exif() >= 5 { (width, height) } else { (height, width) };
    Ok(Head { height, width, is_grey })
}

/// The pixels, rotated according to the camera's EXIF.
pub(super) fn pixels(bytes: &[u8]) -> PictureResult<DynamicImage> {
    let Jpeg { mut decoder, width, height, is_grey, orientation } = Jpeg::open(bytes)?;
    let pixels = decoder.decode().map_err(|error| format!("a damaged JPEG picture: {error:?}"))?;
    let (width, height) = (width as u32, height as u32);
    let picture = if is_grey {
        GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8)
    } else {
        RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8)
    };
    let mut picture = picture.ok_or("the pixels do not fill the picture")?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// A file whose header has been read.
struct Jpeg<'a> {
    decoder: JpegDecoder<ZCursor<&'a [u8]>>,
    width: usize,
    height: usize,
    is_grey: bool,
    orientation: Orientation,
}

impl<'a> Jpeg<'a> {
    fn open(bytes: &'a [u8]) -> PictureResult<Self> {
        let options = DecoderOptions::default().set_max_width(usize::MAX).set_max_height(usize::MAX);
        // Cameras write headers that a strict decoder refuses; what matters are the pixels.
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options.set_strict_mode(false));
        decoder.decode_headers().map_err(|error| format!("a damaged JPEG picture: {error:?}"))?;
        let (Some((width, height)), Some(colours)) = (decoder.dimensions(), decoder.input_colorspace()) else {
            return Err("a JPEG picture without its size".to_owned());
        };
        if width as u64 * height as u64 > MAX_PIXELS {
            return Err(format!("{height}×{width} pixels, more than 64 million"));
        }
        if !has_end(bytes) {
            return Err("a JPEG picture that is cut off".to_owned());
        }
        let is_grey = matches!(colours, ColorSpace::Luma);
        let out = if is_grey { ColorSpace::Luma } else { ColorSpace::RGB };
        decoder.set_options(options.set_strict_mode(true).jpeg_set_out_colorspace(out));
        let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
        Ok(Self { width, height, is_grey, orientation: orientation.unwrap_or(Orientation::NoTransforms), decoder })
    }
}

/// True if the end marker follows the pictures's last scan. As in Pillow, a file without it is cut off, even if only the
/// marker is missing; bytes after it, which cameras append, are no part of the picture.
fn has_end(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    // Marker by marker; in the entropy-coded data, 00 follows an FF that is none.
    while let Some(place) = rest.iter().position(|&byte| byte == 0xff) {
        rest = &rest[place..];
        let Some(fill) = rest.iter().position(|&byte| byte != 0xff) else { return false };
        let marker = rest[fill];
        rest = &rest[fill + 1..];
        match marker {
            0xd9 => return true,
            // Stuffed zeros, restart markers and the start have no length.
            0x00 | 0x01 | 0xd0..=0xd8 => {}
            _ => match rest.first_chunk().map(|&length| usize::from(u16::from_be_bytes(length))) {
                Some(length) if length <= rest.len() => rest = &rest[length..],
                _ => return false,
            },
        }
    }
    false
}
