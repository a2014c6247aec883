//! Conversion of pictures to one size and one number of channels.
use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageBuffer, Luma, Pixel, Rgb};

use super::budget;
use super::preprocessing::{Fit, Preprocessing};
use super::shape::Shape;
use crate::base::cancel_token::CancelToken;
use crate::base::error::Result;
use crate::base::parallel;

/// Size and channels of every picture of a data set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub height: usize,
    pub width: usize,
    /// 1 or 3.
    pub channels: usize,
    pub fit: Fit,
}

impl Target {
    /// Bytes of one picture.
    pub(super) fn size(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Converts a picture to these channels and this size.
    pub(super) fn put(&self, picture: DynamicImage, out: &mut [u8]) {
        match self.channels {
            1 => self.resize::<Luma<u8>>(picture.into_luma8(), out),
            _ => self.resize::<Rgb<u8>>(picture.into_rgb8(), out),
        }
    }

    /// Resizes a picture. Triangle is linear interpolation, which averages when downscaling.
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

/// Converts `(height, width, channels)` pictures to the requested size and channels; returns pixels and shape.
pub(super) fn refit(
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
    parallel::map(work, &CancelToken::new(), |_, (pixels, out)| {
        let width = width as u32;
        let height = height as u32;
        let pixels = pixels.to_vec();
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
    // Rounded to nearest, at least one pixel; at most `outer`, because one side fills it.
    let scaled = |side: u64, numerator: u64, denominator: u64| {
        ((side * numerator + denominator / 2) / denominator.max(1)).max(1)
    };
    if outer_width * height <= outer_height * width {
        (outer.0, scaled(height, outer_width, width).min(outer_height) as u32)
    } else {
        (scaled(width, outer_height, height).min(outer_width) as u32, outer.1)
    }
}
