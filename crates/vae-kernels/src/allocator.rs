//! Allocator that aligns large blocks to cache lines and counts requests.
//!
//! A vector of floats from the system's allocator begins 16 bytes past a line, so every 64 bytes that Adam loads and
//! stores span two lines: 5 % of a step at AVX-512, 3 % at AVX2. Its start cannot be chosen from outside, because θ is
//! candle's and a candle variable owns its storage. A program built from these crates makes this its global allocator,
//! or loses these percents.
//!
//! Requesting aligned blocks from the system costs memory: glibc then searches for more than it returns and does not
//! reuse a freed block of the same size, so a process that trains one model after another took twice the memory. Here a
//! block is an ordinary one with room for a line before it.
//!
//! The largest blocks also begin on different lines of their pages. The system takes each from fresh pages, which gives
//! θ, m and v the same page offset; a core compares addresses by page offset first, and Adam, which stores to one and
//! loads from the next at the same index, would wait for itself: another 4 % of a step on Zen 4.
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of a cache line, and of a register of AVX-512.
const LINE: usize = 64;

/// Size in bytes from which blocks begin on a line. Smaller ones gain nothing and would waste memory.
const LARGE: usize = 4096;

/// Size in bytes from which blocks begin on different lines of their pages.
const MIN_HUGE: usize = 1 << 18;

/// Bytes of a page.
const PAGE: usize = 4096;

/// Step of the page offset from one of the largest blocks to the next, in bytes: far enough for the data Adam has in
/// flight, and through all lines before one repeats.
const TURN: usize = 13 * LINE;

/// The system's allocator, with large blocks on cache lines.
#[derive(Debug, Default)]
pub struct Allocator {
    requests: AtomicUsize,
    /// Number of the largest blocks allocated so far.
    largest: AtomicUsize,
}

impl Allocator {
    /// Creates an allocator with no requests counted.
    pub const fn new() -> Self {
        Self { requests: AtomicUsize::new(0), largest: AtomicUsize::new(0) }
    }

    /// Number of allocations and reallocations requested.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    fn count(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Offset of a new block from its first line, in bytes: whole lines within a page.
    fn shift(&self, layout: Layout) -> usize {
        if is_largest(layout) { self.largest.fetch_add(1, Ordering::Relaxed).wrapping_mul(TURN) % PAGE } else { 0 }
    }
}

fn is_largest(layout: Layout) -> bool {
    layout.size() >= MIN_HUGE
}

/// Layout of the system's block around a large one; `None` if the system's block itself is returned. It depends on the
/// layout alone, so a block is freed with the layout it was allocated with.
fn around(layout: Layout) -> Option<Layout> {
    if layout.size() < LARGE || layout.align() > LINE {
        return None;
    }
    let slack = if is_largest(layout) { LINE + PAGE } else { LINE };
    // An alignment that every system block has, with room for a usize before the line.
    Layout::from_size_align(layout.size().checked_add(slack)?, align_of::<usize>()).ok()
}

/// Bytes from the system's block to the first line inside it: at least the size of a usize, at most a line.
fn until_line(block: *mut u8) -> usize {
    LINE - block.addr() % LINE
}

/// Returns the start of a large block, `shift` bytes after its first line, and stores its offset in the usize before
/// it. Null stays null.
///
/// # Safety
/// `block` is null or a system block with the layout of [`around`]; the shift fits into its room, and the bytes before
/// its start are free.
unsafe fn start_in(block: *mut u8, shift: usize) -> *mut u8 {
    if block.is_null() {
        return block;
    }
    let before = until_line(block) + shift;
    // SAFETY: `around` requested these bytes in addition to the caller's; the block is aligned for a usize, so its
    // start is too.
    unsafe {
        let start = block.add(before);
        start.cast::<usize>().sub(1).write(before);
        start
    }
}

/// Bytes from the system's block to the start of the large block in it.
///
/// # Safety
/// `start` is from [`start_in`].
unsafe fn before(start: *mut u8) -> usize {
    // SAFETY: `start_in` wrote it.
    unsafe { start.cast::<usize>().sub(1).read() }
}

// SAFETY: every block lies inside a system block requested with `around` of its layout or, if that is `None`, with the
// layout itself, and is freed with that layout.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.count();
        // SAFETY: guaranteed by the caller, as in the following.
        unsafe {
            match around(layout) {
                Some(outer) => start_in(System.alloc(outer), self.shift(layout)),
                None => System.alloc(layout),
            }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.count();
        // SAFETY: as above.
        unsafe {
            match around(layout) {
                Some(outer) => start_in(System.alloc_zeroed(outer), self.shift(layout)),
                None => System.alloc_zeroed(layout),
            }
        }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe {
            match around(layout) {
                Some(outer) => System.dealloc(start.sub(before(start)), outer),
                None => System.dealloc(start, layout),
            }
        }
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above; the caller guarantees that `size`, rounded up to the alignment, does not overflow.
        unsafe {
            let resized = Layout::from_size_align_unchecked(size, layout.align());
            let kept = size.min(layout.size());
            match (around(layout), around(resized)) {
                (None, None) => {
                    self.count();
                    System.realloc(start, layout, size)
                }
                // The system may grow the block in place, or move its pages without a copy. The offset of its first
                // line may change.
                (Some(old), Some(new)) if is_largest(layout) == is_largest(resized) => {
                    self.count();
                    let offset = before(start);
                    let shift = (offset - 1) / LINE * LINE;
                    let block = System.realloc(start.sub(offset), old, new.size());
                    if !block.is_null() && until_line(block) + shift != offset {
                        block.add(until_line(block) + shift).copy_from(block.add(offset), kept);
                    }
                    start_in(block, shift)
                }
                _ => {
                    let moved = self.alloc(resized);
                    if !moved.is_null() {
                        moved.copy_from_nonoverlapping(start, kept);
                        self.dealloc(start, layout);
                    }
                    moved
                }
            }
        }
    }
}
