//! How work is divided: products into tiles, a member's memory into places.
use super::parts::{Launch, Part, Run};

/// The sides of the square tiles of a product, and the threads that share one: small ones where there are processors
/// without work otherwise, else large ones, which read less.
pub(super) const SMALL: (usize, u32) = (32, 128);
pub(super) const LARGE: (usize, u32) = (64, 256);
/// The most blocks along the second and third axis of a grid.
pub(super) const MOST_BLOCKS: usize = 65_535;

/// How exactly products are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// In f32, in an order of summation that gives the CPU's bits.
    #[default]
    F32,
    /// By the tensor cores: factors rounded to the 11 significant bits of TF32, sums in f32. Those of the narrow matrices
    /// at the latent stay in f32.
    Tf32,
}

impl Precision {
    /// Every precision by its name in options.
    pub const NAMES: [(&'static str, Self); 2] = [("f32", Self::F32), ("tf32", Self::Tf32)];

    /// Its name.
    pub fn name(self) -> &'static str {
        self.pick("f32", "tf32")
    }

    /// One of two, by which it is.
    pub(super) fn pick<T>(self, f32: T, tf32: T) -> T {
        match self {
            Self::F32 => f32,
            Self::Tf32 => tf32,
        }
    }
}

/// A product in tiles.
pub(super) struct Tiling {
    pub(super) name: &'static str,
    pub(super) across: usize,
    pub(super) down: usize,
    pub(super) threads: u32,
}

impl Tiling {
    /// That of a product of so many rows and columns, for so many members; `names` are the kernels with small tiles and
    /// with large ones.
    pub(super) fn of(names: [&'static str; 2], rows: usize, columns: usize, members: usize, processors: usize) -> Self {
        let large = rows.div_ceil(LARGE.0) * columns.div_ceil(LARGE.0) * members;
        let (name, (side, threads)) = if large >= processors { (names[1], LARGE) } else { (names[0], SMALL) };
        Self { name, across: columns.div_ceil(side), down: rows.div_ceil(side), threads }
    }

    /// The launch of it.
    pub(super) fn launch(&self, members: usize, run: Run, part: Part) -> Launch {
        let grid = [self.across as u32, self.down as u32, members as u32];
        Launch { kernel: self.name, grid, threads: self.threads, run, part }
    }
}

/// Hands out places in a member's memory.
#[derive(Default)]
pub(super) struct Space(usize);

impl Space {
    /// Room for so many floats, on a cache line of its own.
    pub(super) fn floats(&mut self, rows: usize, columns: usize) -> u32 {
        let start = self.0;
        let end = rows.saturating_mul(columns).saturating_add(start);
        self.0 = end.checked_next_multiple_of(32).unwrap_or(usize::MAX);
        start as u32 // `len` says whether it fits
    }

    /// How many floats have been handed out; `None` if not all places are numbers of 32 bits.
    pub(super) fn len(&self) -> Option<usize> {
        (self.0 < u32::MAX as usize).then_some(self.0)
    }
}
