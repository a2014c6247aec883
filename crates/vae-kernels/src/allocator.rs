//! Memory that begins where a cache line does, and is counted.
//!
//! A vector of floats from the system's allocator begins 16 bytes past a line, so that every 64 bytes which Adam loads
//! and stores lie in two lines: 5 % of a step at AVX-512, 3 % at AVX2. Its start cannot be chosen from outside, as θ is
//! candle's and a variable of candle's has its storage to itself. So whoever builds a program out of these crates makes
//! this its allocator, or does without these percents.
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of a cache line, and of a register of AVX-512.
const LINE: usize = 64;

/// Blocks of so many bytes begin on a line. To smaller ones it would not matter, and they would waste memory.
const LARGE: usize = 4096;

/// The system's allocator, with large blocks on cache lines.
#[derive(Debug, Default)]
pub struct Allocator {
    requests: AtomicUsize,
}

impl Allocator {
    /// One that has not been asked for anything.
    pub const fn new() -> Self {
        Self { requests: AtomicUsize::new(0) }
    }

    /// How often memory was asked for, a larger block for a smaller one included.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    fn count(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }
}

/// What the system is asked for. It depends on the layout alone, so a block is given back as what it was taken.
fn placed(layout: Layout) -> Layout {
    if layout.size() < LARGE { layout } else { layout.align_to(LINE).unwrap_or(layout) }
}

// SAFETY: every block comes from the system's allocator and goes back to it with the same layout; a stricter alignment
// than was asked for is still what was asked for.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.count();
        // SAFETY: the caller's, as in the following.
        unsafe { System.alloc(placed(layout)) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.count();
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(placed(layout)) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, placed(layout)) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.count();
        // SAFETY: as above; the caller vouches that `size`, rounded up to the alignment, does not overflow.
        unsafe {
            let new = Layout::from_size_align_unchecked(size, layout.align());
            if placed(layout).align() == placed(new).align() {
                return System.realloc(block, placed(layout), size);
            }
            let moved = System.alloc(placed(new));
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(block, size.min(layout.size()));
                System.dealloc(block, placed(layout));
            }
            moved
        }
    }
}
