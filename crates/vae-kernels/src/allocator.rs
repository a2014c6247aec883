//! Memory that begins where a cache line does, and is counted.
//!
//! A vector of floats from the system's allocator begins 16 bytes past a line, so that every 64 bytes which Adam loads
//! and stores lie in two lines: 5 % of a step at AVX-512, 3 % at AVX2. Its start cannot be chosen from outside, as θ is
//! candle's and a variable of candle's has its storage to itself. So whoever builds a program out of these crates makes
//! this its allocator, or does without these percents.
//!
//! The system could be asked for aligned blocks, but glibc looks for more than it hands out then, and so finds no room
//! where a block of the same size was given back: a process that trains one model after another took twice the memory.
//! Here a block is a common one, with room for a line before it.
//!
//! The largest blocks, moreover, begin on different lines of their pages. The system takes each of them from fresh pages, so
//! that θ, m and v would lie alike in theirs; a core tells addresses apart by their place in a page first, and Adam, which
//! stores to one and loads from the next at the same index, would wait for itself: another 4 % of a step on Zen 4.
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of a cache line, and of a register of AVX-512.
const LINE: usize = 64;

/// Blocks of so many bytes begin on a line. To smaller ones it would not matter, and they would waste memory.
const LARGE: usize = 4096;

/// Blocks of so many bytes begin on different lines of their pages.
const LARGEST: usize = 1 << 18;

/// Bytes of a page.
const PAGE: usize = 4096;

/// From one of the largest blocks to the next, the place of its start in a page goes on by so many bytes: far enough for
/// what Adam has in hand, and round all lines before one comes again.
const TURN: usize = 13 * LINE;

/// The system's allocator, with large blocks on cache lines.
#[derive(Debug, Default)]
pub struct Allocator {
    requests: AtomicUsize,
    /// How many of the largest blocks there have been.
    largest: AtomicUsize,
}

impl Allocator {
    /// One that has not been asked for anything.
    pub const fn new() -> Self {
        Self { requests: AtomicUsize::new(0), largest: AtomicUsize::new(0) }
    }

    /// How often memory was asked for, a larger block for a smaller one included.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    fn count(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// How many bytes after its first line a new block begins, whole lines within a page.
    fn shift(&self, layout: Layout) -> usize {
        match is_largest(layout) {
            true => self.largest.fetch_add(1, Ordering::Relaxed).wrapping_mul(TURN) % PAGE,
            false => 0,
        }
    }
}

fn is_largest(layout: Layout) -> bool {
    layout.size() >= LARGEST
}

/// The system's block around a large one, or nothing if the system's block is what is handed out. It depends on the
/// layout alone, so a block is given back as what it was taken.
fn around(layout: Layout) -> Option<Layout> {
    if layout.size() < LARGE || layout.align() > LINE {
        return None;
    }
    let room = if is_largest(layout) { LINE + PAGE } else { LINE };
    // No stricter than what every block of the system has: a place for a usize before the line.
    Layout::from_size_align(layout.size().checked_add(room)?, align_of::<usize>()).ok()
}

/// Bytes from the system's block to the first line inside it: at least those of a usize, at most a line.
fn until_line(block: *mut u8) -> usize {
    LINE - block.addr() % LINE
}

/// Where a large block starts, `shift` bytes after its first line, with the bytes between noted before it. Null stays null.
///
/// # Safety
/// `block` is null or the system's, as [`around`] describes it, the shift fits into its room, and the bytes before its start
/// are free.
unsafe fn start_in(block: *mut u8, shift: usize) -> *mut u8 {
    if block.is_null() {
        return block;
    }
    let before = until_line(block) + shift;
    // SAFETY: these bytes were asked for beside the caller's; the block is aligned for a usize, so its start is too.
    unsafe {
        let start = block.add(before);
        start.cast::<usize>().sub(1).write(before);
        start
    }
}

/// Bytes from the system's block to where the large block in it starts.
///
/// # Safety
/// `start` is from [`start_in`].
unsafe fn before(start: *mut u8) -> usize {
    // SAFETY: `start_in` wrote it.
    unsafe { start.cast::<usize>().sub(1).read() }
}

// SAFETY: every block lies inside one of the system's that was asked for with `around` of its layout or, if there is
// none, with the layout itself, and goes back to the system as that.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.count();
        // SAFETY: the caller's, as in the following.
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
        // SAFETY: as above; the caller vouches that `size`, rounded up to the alignment, does not overflow.
        unsafe {
            let resized = Layout::from_size_align_unchecked(size, layout.align());
            let kept = size.min(layout.size());
            match (around(layout), around(resized)) {
                (None, None) => {
                    self.count();
                    System.realloc(start, layout, size)
                }
                // The system may grow it where it is, or move its pages without a copy. Lines may lie elsewhere in it.
                (Some(old), Some(new)) if is_largest(layout) == is_largest(resized) => {
                    self.count();
                    let was = before(start);
                    let shift = (was - 1) / LINE * LINE;
                    let block = System.realloc(start.sub(was), old, new.size());
                    if !block.is_null() && until_line(block) + shift != was {
                        block.add(until_line(block) + shift).copy_from(block.add(was), kept);
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
