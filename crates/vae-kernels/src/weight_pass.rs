//! The second half of a step: sums the gradient of each weight over the batch and applies Adam on the spot.
use std::ops::Range;
use std::sync::atomic::Ordering;

use crate::adam::{Adam, AdamState, Pending};
use crate::lanes::{LANES, lanes};
use crate::levels::at_level;
use crate::operands::{LaneOperand, Offset, RowOperand};
use crate::panels::Pushes;
use crate::product::{Block, Tile, cut};
use crate::simd::Simd;
use crate::workspace::{LayerUpdate, SHARE, Share, Workspace};

/// The second half of a step in progress, shared by its threads.
pub(crate) struct WeightPass<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) adam: Adam,
    pub(crate) state: AdamState,
}

// SAFETY: the pointers' targets are either only read or divided among the threads, share by share.
unsafe impl Sync for WeightPass<'_> {}

impl WeightPass<'_> {
    /// Updates this thread's shares, then those that the others have not claimed yet.
    pub(crate) fn run(&self, thread: usize, threads: usize) {
        // SAFETY: the CPU offers the step's level, and no share is claimed twice.
        unsafe { at_level!(self.workspace.isa, update_all(self, thread, threads)) }
    }
}

/// # Safety
/// The CPU must offer the level, and no two threads may have the same number.
#[inline(always)]
unsafe fn update_all<S: Simd>(pass: &WeightPass<'_>, thread: usize, threads: usize) {
    for owner in (thread..threads).chain(0..thread) {
        let block = block(&pass.workspace.shares, owner, threads);
        loop {
            let i = block.start + pass.workspace.claimed[owner].0.fetch_add(1, Ordering::Relaxed);
            if i >= block.end {
                break;
            }
            let Share { update, start, .. } = pass.workspace.shares[i];
            let update = &pass.workspace.updates[update];
            // SAFETY: this share belongs to this thread; bias and ln σ² go with one share each.
            unsafe {
                weights::<S>(pass, update, start, thread);
                if start == 0 {
                    bias::<S>(pass, update);
                }
                if i == 0 {
                    log_variance::<S>(pass);
                }
            }
        }
    }
}

/// The shares of one thread: the same in each step, so that their weights and moments stay in its core's cache. Moving
/// them from core to core would cost more than all of Adam.
fn block(shares: &[Share], thread: usize, threads: usize) -> Range<usize> {
    let total = shares.last().map_or(0, |share| share.end);
    let at = |thread: usize| shares.partition_point(|share| share.end * threads <= total * thread);
    at(thread)..at(thread + 1)
}

/// Updates a share of a weight's rows.
#[inline(always)]
unsafe fn weights<S: Simd>(pass: &WeightPass<'_>, update: &LayerUpdate, start: usize, thread: usize) {
    let (rows, columns) = update.shape();
    let end = rows.min(start + SHARE);
    let state = pass.state;
    let adam = pass.adam;
    // SAFETY: the rows are this thread's, and its inputs were written before the second half began.
    unsafe {
        let a = RowOperand { start: update.a.start.add(update.first * LANES), stride: LANES };
        let b = LaneOperand { start: update.b.start, stride: update.b.stride() };
        let sparse = update.affine.reads_data && pass.workspace.sparse;
        let lists = pass.workspace.nonzero_rows[thread];
        let (heights, widths) = if sparse { S::SPARSE } else { S::GRADIENT };
        if sparse {
            for (i, (row, height)) in cut(start..end, heights).enumerate() {
                lists.refill(i, |list| list_nonzero(pass, row..row + height, list));
            }
        }
        let mut tile = Tile::new();
        let mut pending = Pending::new(state, adam);
        // Offset of 16 numbers of the weight in θ.
        let at = |row, panel| update.affine.weight + row * columns + panel * LANES;
        // Along the rows, in the memory order of θ and its moments, so that prefetched data is what comes next.
        for (i, (row, height)) in cut(start..end, heights).enumerate() {
            let ks = if sparse { lists.get(i) } else { &update.ks };
            for (panel, width) in cut(0..columns.div_ceil(LANES), widths) {
                let block = Block { row, height, panel, width };
                // Adam changes these after the sums: prefetch them while the sums are taken.
                for n in 0..block.len() {
                    let (row, panel) = block.at(n);
                    state.will_change::<S>(at(row, panel));
                }
                if S::BESIDE {
                    tile.compute_beside::<S, Pending>(a, b, block, ks, &mut pending);
                    pending.finish::<S>();
                } else {
                    tile.compute::<S>(a, b, block, ks);
                }
                for n in 0..block.len() {
                    let ((row, panel), g) = (block.at(n), tile.numbers(n));
                    match columns - panel * LANES {
                        LANES.. if S::BESIDE => pending.push(at(row, panel), g),
                        count => state.update::<S>(adam, at(row, panel), &g[..LANES.min(count)]),
                    }
                }
            }
        }
        pending.finish::<S>();
    }
}

/// Lists the examples of the batch in which one of these pixels is nonzero.
#[inline(always)]
unsafe fn list_nonzero(pass: &WeightPass<'_>, pixels: Range<usize>, list: &mut Pushes) {
    let x = pass.workspace.x;
    for panel in 0..pass.workspace.panels() {
        let mut bits = [0; LANES];
        for pixel in pixels.clone() {
            // SAFETY: the first half is over: x is only read.
            let x = unsafe { x.get(panel, pixel) };
            bits = lanes(|i| bits[i] | x[i].to_bits() << 1); // without the sign: −0 is 0
        }
        let mut mask = 0u32;
        for (lane, bits) in bits.iter().enumerate() {
            mask |= u32::from(*bits != 0) << lane;
        }
        while mask != 0 {
            let lane = mask.trailing_zeros() as usize;
            mask &= mask - 1;
            let (a, b) = (panel * x.stride() + lane, (panel * LANES + lane) * LANES);
            // SAFETY: a list has room for all examples.
            unsafe { list.push(Offset { a: a as u32, b: b as u32 }) };
        }
    }
}

/// Updates a layer's bias. Its gradient is the sum over the batch: of each lane over the panels, then of the lanes in
/// pairs.
#[inline(always)]
unsafe fn bias<S: Simd>(pass: &WeightPass<'_>, update: &LayerUpdate) {
    let (gradient, first) = update.gradient;
    for start in (0..update.affine.fan_out).step_by(LANES) {
        let count = LANES.min(update.affine.fan_out - start);
        let mut g = [0.0; LANES];
        for (i, g) in g.iter_mut().enumerate().take(count) {
            let mut sums = [0.0; LANES];
            for tile in 0..pass.workspace.panels() * update.draws {
                // SAFETY: the first half is over: gradients are only read.
                let g = unsafe { gradient.get(tile, first + start + i) };
                sums = lanes(|i| sums[i] + g[i]);
            }
            for half in [8, 4, 2, 1] {
                for lane in 0..half {
                    sums[lane] += sums[lane + half];
                }
            }
            *g = sums[0];
        }
        // SAFETY: the bias is this thread's.
        unsafe { pass.state.update::<S>(pass.adam, update.affine.bias + start, &g[..count]) };
    }
}

/// Updates s = ln σ² of a learned σ²: −log p(x|z) = ½e^−s·Σ(a − x)² + ½D·s + …, so ∂s = ½D − the first of these terms.
#[inline(always)]
unsafe fn log_variance<S: Simd>(pass: &WeightPass<'_>) {
    if let Some(at) = pass.workspace.net.log_variance {
        let terms = pass.workspace.terms.reconstruction / pass.workspace.examples as f64;
        let g = (0.5 * pass.workspace.net.input() as f64 - terms) as f32;
        // SAFETY: it is this thread's.
        unsafe { pass.state.update::<S>(pass.adam, at, &[g]) };
    }
}
