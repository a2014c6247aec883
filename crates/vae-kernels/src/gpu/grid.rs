//! Division of work: products into tiles, a member's memory into arrays.
use super::kernel_args::{KernelArgs, Launch, StepArgs};

/// Side of the square tiles of a product, and threads per tile: small tiles if processors would be idle otherwise, else
/// large ones, which read less.
pub(super) const SMALL_TILE: (usize, u32) = (32, 128);
pub(super) const LARGE: (usize, u32) = (64, 256);
/// Maximum blocks along the second and third axis of a grid.
pub(super) const MAX_BLOCKS: usize = 65_535;

/// Precision of products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// In f32, in an order of summation that gives the CPU's bits.
    #[default]
    F32,
    /// On the tensor cores: factors rounded to the 11 significant bits of TF32, sums in f32. Products of the narrow
    /// matrices at the latent stay in f32.
    Tf32,
}

impl Precision {
    /// Every precision by its name in options.
    pub const NAMES: [(&'static str, Self); 2] = [("f32", Self::F32), ("tf32", Self::Tf32)];

    /// Its name.
    pub fn name(self) -> &'static str {
        self.pick("f32", "tf32")
    }

    /// Returns the argument for this precision.
    pub(super) fn pick<T>(self, f32: T, tf32: T) -> T {
        match self {
            Self::F32 => f32,
            Self::Tf32 => tf32,
        }
    }
}

/// Tiling of a product.
pub(super) struct Tiling {
    pub(super) name: &'static str,
    pub(super) across: usize,
    pub(super) down: usize,
    pub(super) threads: u32,
}

impl Tiling {
    /// Tiling of a product of `rows` × `columns`, for `members` models on `processors` SMs; `names` are the kernels
    /// with small and with large tiles.
    pub(super) fn new(
        names: [&'static str; 2],
        rows: usize,
        columns: usize,
        members: usize,
        processors: usize,
    ) -> Self {
        let large = rows.div_ceil(LARGE.0) * columns.div_ceil(LARGE.0) * members;
        let (name, (side, threads)) = if large >= processors { (names[1], LARGE) } else { (names[0], SMALL_TILE) };
        Self { name, across: columns.div_ceil(side), down: rows.div_ceil(side), threads }
    }

    /// Launch of the product.
    pub(super) fn launch(&self, members: usize, run: StepArgs, part: KernelArgs) -> Launch {
        let grid = [self.across as u32, self.down as u32, members as u32];
        Launch { kernel: self.name, grid, threads: self.threads, run, args: part }
    }
}

/// Allocator of offsets in a member's memory.
#[derive(Default)]
pub(super) struct Allocation(usize);

impl Allocation {
    /// Allocates `rows` · `columns` floats, aligned to a cache line.
    pub(super) fn floats(&mut self, rows: usize, columns: usize) -> u32 {
        let start = self.0;
        let end = rows.saturating_mul(columns).saturating_add(start);
        self.0 = end.checked_next_multiple_of(32).unwrap_or(usize::MAX);
        start as u32 // `len` checks that it fits
    }

    /// Number of floats allocated; `None` if an offset exceeds 32 bits.
    pub(super) fn len(&self) -> Option<usize> {
        (self.0 < u32::MAX as usize).then_some(self.0)
    }
}
