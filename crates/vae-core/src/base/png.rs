//! Pictures as PNG files.
use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};

use crate::base::error::{Code, Error, Result};

/// Encodes a picture as a PNG file. Values outside [0, 1] are clamped; NaN counts as 0.
///
/// # Shapes
/// pixels (height, width, channels), channels 1 or 3
///
/// # Errors
/// [`Code::Shape`] if the sizes do not fit the pixels.
pub fn encode_png(pixels: &[f32], height: usize, width: usize, channels: usize) -> Result<Vec<u8>> {
    let size = height.checked_mul(width).and_then(|size| size.checked_mul(channels));
    let side = 1..=1 << 16;
    let fits = side.contains(&height) && side.contains(&width) && size == Some(pixels.len());
    let color = match channels {
        1 if fits => ExtendedColorType::L8,
        3 if fits => ExtendedColorType::Rgb8,
        _ => {
            return Err(Error::new(Code::Shape, "a picture")
                .expected("height·width·channels values with 1 or 3 channels")
                .received(format!("{} values for {height}×{width}×{channels}", pixels.len())));
        }
    };
    let bytes: Vec<u8> = pixels.iter().map(|pixel| (pixel.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
    let mut file = Vec::new();
    PngEncoder::new(&mut file)
        .write_image(&bytes, width as u32, height as u32, color)
        .map_err(|error| Error::new(Code::Internal, format!("cannot encode a PNG: {error}")))?;
    Ok(file)
}
