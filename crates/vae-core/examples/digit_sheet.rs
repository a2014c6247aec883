//! Writes a sheet of the built-in digits as a PNG: `cargo run --release --example digit_sheet -- sheet.png [SEED]`.
use std::error::Error;

use image::GrayImage;
use vae_core::data::digits::{SIDE, digits};

const COLUMNS: usize = 20;
const ROWS: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("Expected the path of the PNG to write.")?;
    let seed = arguments.next().map_or(Ok(1), |seed| seed.parse())?;
    let (pixels, _) = digits(COLUMNS * ROWS, seed);
    let sheet = GrayImage::from_fn((COLUMNS * SIDE) as u32, (ROWS * SIDE) as u32, |x, y| {
        let (x, y) = (x as usize, y as usize);
        // Digit d of each ten goes to row d.
        let index = x / SIDE * ROWS + y / SIDE;
        image::Luma([pixels[(index * SIDE + y % SIDE) * SIDE + x % SIDE]])
    });
    sheet.save(path)?;
    Ok(())
}
