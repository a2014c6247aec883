//! The built-in digits: any number of labelled images, drawn by code, without files or network.
//!
//! An image is a pen's path: one of the digit's glyphs, with wobbling points, slanted, rotated, stretched, scaled into
//! the 20 × 20 box of MNIST, its centre of mass near the centre of the image, and inked with a pen of random width.
//! Digit `index` of `seed` is a pure function of both.
// A table: one stroke per line, or two.
#[rustfmt::skip]
mod glyphs;

use glyphs::{GLYPHS, Glyph, GlyphPoint};
use vae_kernels::elementary::{exp, sin_cos_turns};
use vae_kernels::noise::{normals, uniforms};
use vae_kernels::{Key, Stream};

/// Height and width of an image in pixels.
pub const SIDE: usize = 28;

/// Pixels of an image.
pub const PIXELS: usize = SIDE * SIDE;

/// `n` digits: pixels, (n, 28, 28) with ink 255 on 0, and their labels, which cycle 0, 1, …, 9, 0, …. Digits do not
/// depend on `n`. Takes 784 `n` bytes and some 3 µs per digit.
pub fn digits(n: usize, seed: u64) -> (Vec<u8>, Vec<i32>) {
    let mut pixels = Vec::with_capacity(n * PIXELS);
    let mut labels = Vec::with_capacity(n);
    for index in 0..n as u64 {
        let (image, label) = draw(seed, index);
        pixels.extend_from_slice(&image);
        labels.push(i32::from(label));
    }
    (pixels, labels)
}

/// Digit `index` of `seed`: its pixels, (28, 28) with ink 255 on 0, and its label, `index % 10`.
pub fn draw(seed: u64, index: u64) -> ([u8; PIXELS], u8) {
    let label = (index % 10) as u8;
    let hand = Hand::new(seed, index);
    let path = hand.write(hand.choose(GLYPHS[usize::from(label)]));
    (ink(&path, hand.half_width), label)
}

/// The handwriting of one image: everything random about it.
struct Hand {
    /// Key from which, with the index, the choice of a glyph and the wobble are drawn.
    key: Key,
    index: u64,
    /// The slant of the writing to the right, per unit of height.
    slant: f32,
    /// Rotation in turns.
    rotation: f32,
    /// Widening of the glyph.
    stretch: f32,
    /// Half of the pen's width, in pixels.
    half_width: f32,
    /// The larger side of the inked box, in pixels.
    size: f32,
    /// The centre of mass, in pixels from the centre of the image.
    shift: GlyphPoint,
}

/// Rows of the generator: one for the hand, one for the choice of a glyph, then one per stroke.
const STYLE_ROW: u32 = 0;
const CHOICE_ROW: u32 = 1;
const WOBBLE_ROW: u32 = 2;

impl Hand {
    /// Draws the style. The deviations are set by eye, and by the mean ink and the nearest-mean accuracy of MNIST.
    fn new(seed: u64, index: u64) -> Self {
        let key = Key::new(seed, Stream::Digits);
        let mut z = [0.0; 7];
        normals(key, index, STYLE_ROW, &mut z);
        // Excludes digits lying on their side or written with a brush.
        let z = z.map(|z: f32| z.clamp(-2.5, 2.5));
        Self {
            key,
            index,
            slant: 0.2 + 0.2 * z[0],
            rotation: 0.015 * z[1],
            stretch: exp(0.2 * z[2]),
            half_width: 1.25 * exp(0.22 * z[3]),
            size: 20.0 - 0.7 * z[4].abs(),
            shift: (0.5 * z[5], 0.5 * z[6]),
        }
    }

    /// Chooses one of the glyphs of a digit; earlier ones more often, by the square of a uniform.
    fn choose(&self, ways: &[Glyph]) -> Glyph {
        let mut u = [0.0];
        uniforms(self.key, self.index, CHOICE_ROW, &mut u);
        ways[(u[0] * u[0] * ways.len() as f32) as usize]
    }

    /// The path of the pen, in pixels.
    fn write(&self, glyph: Glyph) -> Vec<Segment> {
        let mut path = Vec::with_capacity(64);
        let (sin, cos) = sin_cos_turns(self.rotation);
        for (row, stroke) in (WOBBLE_ROW..).zip(glyph) {
            let mut z = [0.0; 2 * MAX_POINTS];
            normals(self.key, self.index, row, &mut z[..2 * stroke.len()]);
            let mut polygon = [(0.0, 0.0); MAX_POINTS];
            for (i, &(x, y)) in stroke.iter().enumerate() {
                // A point given twice is a corner and must remain one.
                let wobble = if i > 0 && stroke[i - 1] == stroke[i] { 2 * (i - 1) } else { 2 * i };
                let (x, y) = (x + WOBBLE * z[wobble], y + WOBBLE * z[wobble + 1]);
                let x = self.stretch * x - self.slant * y;
                polygon[i] = (cos * x - sin * y, sin * x + cos * y);
            }
            flatten(&polygon[..stroke.len()], &mut path);
        }
        self.place(&mut path);
        path
    }

    /// Scales the path so that its ink fills the box, and moves its centre of mass into place.
    fn place(&self, path: &mut [Segment]) {
        let (mut low, mut high) = ((f32::MAX, f32::MAX), (f32::MIN, f32::MIN));
        let mut mass = 0.0;
        let mut moment = (0.0, 0.0);
        for &(a, b) in path.iter() {
            for p in [a, b] {
                low = (low.0.min(p.0), low.1.min(p.1));
                high = (high.0.max(p.0), high.1.max(p.1));
            }
            let length = distance(a, b);
            mass += length;
            moment = (moment.0 + length * 0.5 * (a.0 + b.0), moment.1 + length * 0.5 * (a.1 + b.1));
        }
        let scale = (self.size - 2.0 * self.half_width) / (high.0 - low.0).max(high.1 - low.1);
        let centre = (moment.0 / mass, moment.1 / mass);
        let middle = 0.5 * SIDE as f32;
        let to_pixels = |p: GlyphPoint| {
            (middle + self.shift.0 + scale * (p.0 - centre.0), middle + self.shift.1 + scale * (p.1 - centre.1))
        };
        for segment in path {
            *segment = (to_pixels(segment.0), to_pixels(segment.1));
        }
    }
}

/// A straight piece of the pen's path.
type Segment = (GlyphPoint, GlyphPoint);

/// Standard deviation of a control point's wobble, as a share of the digit's height.
const WOBBLE: f32 = 0.04;

/// Maximum points of a stroke.
const MAX_POINTS: usize = 16;

/// Straight pieces that approximate one parabola of the spline.
const PIECES: usize = 4;

/// Appends the quadratic B-spline of this control polygon: a parabola around each inner point, from the middle of the
/// side before it to the middle of the side after it; the first and the last extend to the ends.
fn flatten(polygon: &[GlyphPoint], path: &mut Vec<Segment>) {
    let last = polygon.len() - 1;
    if last == 1 {
        path.push((polygon[0], polygon[1]));
    }
    for i in 1..last {
        let control = polygon[i];
        let from = if i == 1 { polygon[0] } else { middle(polygon[i - 1], control) };
        let to = if i == last - 1 { polygon[last] } else { middle(control, polygon[i + 1]) };
        let mut a = from;
        for piece in 1..=PIECES {
            let t = piece as f32 / PIECES as f32;
            let (u, v, w) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
            let b = (u * from.0 + v * control.0 + w * to.0, u * from.1 + v * control.1 + w * to.1);
            path.push((a, b));
            a = b;
        }
    }
}

/// The width in pixels of the pen's edge, over which ink fades to nothing.
const EDGE: f32 = 1.25;

/// The trace of a round pen: the nearest piece of the path determines the darkness of each pixel.
fn ink(path: &[Segment], half_width: f32) -> [u8; PIXELS] {
    let mut darkness = [0.0f32; PIXELS];
    let reach = half_width + 0.5 * EDGE;
    // The pixels whose centre, at i + ½, may be within reach of [low, high].
    let range = |low: f32, high: f32| {
        let first = (low - reach - 0.5).ceil().max(0.0) as usize;
        let end = (high + reach + 0.5).floor().max(0.0) as usize;
        first.min(SIDE)..end.min(SIDE)
    };
    for &(a, b) in path {
        let d = (b.0 - a.0, b.1 - a.1);
        let inverse = 1.0 / (d.0 * d.0 + d.1 * d.1).max(1e-6);
        let columns = range(a.0.min(b.0), a.0.max(b.0));
        for row in range(a.1.min(b.1), a.1.max(b.1)) {
            let y = row as f32 + 0.5 - a.1;
            for column in columns.clone() {
                let x = column as f32 + 0.5 - a.0;
                let t = ((x * d.0 + y * d.1) * inverse).clamp(0.0, 1.0);
                let nearest = (x - t * d.0, y - t * d.1);
                let distance = (nearest.0 * nearest.0 + nearest.1 * nearest.1).sqrt();
                let pixel = &mut darkness[row * SIDE + column];
                *pixel = pixel.max((half_width - distance) * (1.0 / EDGE) + 0.5);
            }
        }
    }
    darkness.map(|darkness| (darkness.min(1.0) * 255.0 + 0.5) as u8)
}

fn middle(a: GlyphPoint, b: GlyphPoint) -> GlyphPoint {
    (0.5 * (a.0 + b.0), 0.5 * (a.1 + b.1))
}

fn distance(a: GlyphPoint, b: GlyphPoint) -> f32 {
    let (x, y) = (b.0 - a.0, b.1 - a.1);
    (x * x + y * y).sqrt()
}
