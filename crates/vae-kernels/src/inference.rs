//! Forward passes of both networks, for any number of rows at once: x → μ and the raw scale, z → the decoder's output,
//! and Σ of the likelihood's term, without storing the output.
//!
//! Rows are independent, so threads take them in chunks, each with its own memory for the activations of a chunk.
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::isa::Isa;
use crate::lanes::{LANES, lanes};
use crate::layer::Layer;
use crate::levels::at_level;
use crate::net::{Activation, Net};
use crate::panels::{Arena, Panels, transpose};
use crate::product::{Tile, blocks};
use crate::simd::Simd;
use crate::team::Team;

/// Panels per chunk: enough to read a layer's weights once for many rows, few enough for their activations to stay in
/// cache.
const CHUNK: usize = 8;

/// The layers of a model, ready to be evaluated on any θ of their layout.
#[derive(Debug)]
pub struct Inference {
    net: Net,
    isa: Isa,
    encoder: Vec<Layer>,
    heads: Vec<Layer>,
    decoder: Vec<Layer>,
    output: Layer,
    memory: Vec<ThreadMemory>,
    arena: Arena,
}

/// One thread's activations.
#[derive(Debug, Clone, Copy)]
struct ThreadMemory {
    x: Panels,
    z: Panels,
    head: Panels,
    /// A layer's input and output, alternating.
    h: [*mut f32; 2],
    /// Buffer of rows to pack.
    rows: Panels,
}

// SAFETY: the pointers point into its own arena.
unsafe impl Send for Inference {}
// SAFETY: their targets are used through `&mut self` alone.
unsafe impl Sync for Inference {}

/// Requested computation, with its inputs and outputs.
enum InferenceJob {
    /// x → μ and the raw scale
    Encode { x: *const f32, mean: *mut f32, raw_scale: *mut f32 },
    /// z → the decoder's output
    Decode { z: *const f32, out: *mut f32 },
    /// z and x, with `draws` rows of z per row of x → Σ of the term
    Terms { z: *const f32, x: *const f32, draws: usize, sums: *mut f64 },
}

struct CallArgs<'a> {
    inference: &'a Inference,
    theta: *const f32,
    job: InferenceJob,
    rows: usize,
    /// Panels per chunk.
    chunk: usize,
    next: AtomicUsize,
}

// SAFETY: every chunk of rows is taken by one thread, and each thread has its own memory.
unsafe impl Sync for CallArgs<'_> {}

impl Inference {
    /// Layers of a model, computed at the level `isa` by up to `threads` threads; `None` if a matrix has 2³² numbers or
    /// more.
    ///
    /// # Panics
    /// If the layers do not fit onto each other or overlap in θ, or the CPU does not offer the level.
    pub fn new(net: Net, isa: Isa, threads: usize) -> Option<Self> {
        assert!(net.is_sound(), "the layers fit onto each other");
        assert!(isa.is_available(), "this CPU has no {}", isa.name());
        if net.layers().any(|layer| layer.fan_in as u64 * layer.fan_out as u64 > u64::from(u32::MAX)) {
            return None;
        }
        let mut arena = Arena::default();
        let widest = net.encoder.iter().chain(&net.decoder).map(|layer| layer.fan_out).max().unwrap_or(1);
        let (d, input) = (net.latent(), net.input());
        let memory = (0..threads).map(|_| ThreadMemory {
            x: arena.panels(CHUNK, input),
            z: arena.panels(CHUNK, d),
            head: arena.panels(CHUNK, net.head()),
            h: [(); 2].map(|()| arena.panels(CHUNK, widest).start),
            rows: arena.panels(input.max(2 * d).div_ceil(LANES), LANES),
        });
        let memory = memory.collect();
        let layers = |layers: &[_]| layers.iter().copied().map(Layer::new).collect();
        Some(Self {
            encoder: layers(&net.encoder),
            heads: std::iter::once(net.mean).chain(net.scale_head).map(Layer::new).collect(),
            decoder: layers(&net.decoder),
            output: Layer::new(net.output),
            net,
            isa,
            memory,
            arena,
        })
    }

    /// Its SIMD level.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> usize {
        self.arena.bytes()
    }

    /// Computes μ and, unless the posterior is a point, the raw scale.
    ///
    /// # Shapes
    /// x (n, D) → mean (n, d), `raw_scale` (n, d) or empty
    ///
    /// # Panics
    /// If the lengths do not match, or the team has more threads than [`Inference::new`] allows.
    pub fn encode(&mut self, team: &mut Team, theta: &[f32], x: &[f32], mean: &mut [f32], raw_scale: &mut [f32]) {
        let d = self.net.latent();
        let rows = x.len() / self.net.input();
        assert!(x.len() == rows * self.net.input() && mean.len() == rows * d, "lengths fit each other");
        assert_eq!(raw_scale.len(), if self.net.scale_head.is_some() { rows * d } else { 0 }, "lengths fit each other");
        let job = InferenceJob::Encode { x: x.as_ptr(), mean: mean.as_mut_ptr(), raw_scale: raw_scale.as_mut_ptr() };
        self.run(team, theta, rows, job);
    }

    /// Computes the decoder's output.
    ///
    /// # Shapes
    /// z (n, d) → (n, D)
    ///
    /// # Panics
    /// If the lengths do not match, or the team has more threads than [`Inference::new`] allows.
    pub fn decode(&mut self, team: &mut Team, theta: &[f32], z: &[f32], out: &mut [f32]) {
        let rows = z.len() / self.net.latent();
        assert!(z.len() == rows * self.net.latent() && out.len() == rows * self.net.input(), "lengths fit each other");
        self.run(team, theta, rows, InferenceJob::Decode { z: z.as_ptr(), out: out.as_mut_ptr() });
    }

    /// Computes Σ over the dimensions of the likelihood's term, accumulated in f64; row r of z belongs to row r /
    /// `draws` of x.
    ///
    /// # Shapes
    /// z (n·draws, d), x (n, D) → sums (n·draws)
    ///
    /// # Panics
    /// If the lengths do not match, or the team has more threads than [`Inference::new`] allows.
    pub fn terms(&mut self, team: &mut Team, theta: &[f32], z: &[f32], x: &[f32], draws: usize, sums: &mut [f64]) {
        let rows = sums.len();
        assert!(z.len() == rows * self.net.latent(), "lengths fit each other");
        assert!(x.len() * draws == rows * self.net.input(), "lengths fit each other");
        let job = InferenceJob::Terms { z: z.as_ptr(), x: x.as_ptr(), draws, sums: sums.as_mut_ptr() };
        self.run(team, theta, rows, job);
    }

    fn run(&mut self, team: &mut Team, theta: &[f32], rows: usize, job: InferenceJob) {
        assert!(theta.len() >= self.net.len() && team.count() <= self.memory.len(), "θ and team fit");
        let panels = rows.div_ceil(LANES);
        let chunk = panels.div_ceil(team.count()).clamp(1, CHUNK);
        let call = CallArgs { inference: self, theta: theta.as_ptr(), job, rows, chunk, next: AtomicUsize::new(0) };
        team.run(&|thread, _| {
            // SAFETY: the CPU offers the level, and all lengths have been checked.
            unsafe { at_level!(call.inference.isa, chunks(&call, thread)) }
        });
    }
}

/// Processes chunks until all are taken.
///
/// # Safety
/// The CPU must offer the level, and no two threads may have the same number.
#[inline(always)]
unsafe fn chunks<S: Simd>(call: &CallArgs<'_>, thread: usize) {
    let size = call.chunk * LANES;
    loop {
        let first = call.next.fetch_add(1, Ordering::Relaxed) * size;
        if first >= call.rows {
            return;
        }
        let rows = size.min(call.rows - first);
        // SAFETY: these rows are this thread's.
        unsafe {
            match call.job {
                InferenceJob::Encode { x, mean, raw_scale } => {
                    encode::<S>(call, thread, first, rows, x, [mean, raw_scale])
                }
                InferenceJob::Decode { z, out } => decode::<S>(call, thread, first, rows, z, out),
                InferenceJob::Terms { z, x, draws, sums } => terms::<S>(call, thread, first, rows, (z, x, draws), sums),
            }
        }
    }
}

/// Copies rows `first..first + count` of a row-major matrix into panels. The padding of the last panel is 0.
#[inline(always)]
unsafe fn pack(memory: ThreadMemory, to: Panels, from: *const f32, first: usize, count: usize) {
    let stride = to.features.next_multiple_of(LANES);
    for panel in 0..count.div_ceil(LANES) {
        for lane in 0..LANES {
            // SAFETY: the rows exist, and there is room for 16 of them.
            unsafe {
                let row = std::slice::from_raw_parts_mut(memory.rows.start.add(lane * stride), to.features);
                match panel * LANES + lane {
                    at if at < count => {
                        let from = from.add((first + at) * to.features);
                        row.copy_from_slice(std::slice::from_raw_parts(from, to.features));
                    }
                    _ => row.fill(0.0),
                }
            }
        }
        // SAFETY: the panel is this thread's.
        unsafe { to.take_rows(panel, memory.rows.start, stride) };
    }
}

/// Copies features of panels to rows `first..first + count` of a row-major matrix.
#[inline(always)]
unsafe fn unpack(from: Panels, features: std::ops::Range<usize>, to: *mut f32, first: usize, count: usize) {
    let width = features.len();
    for panel in 0..count.div_ceil(LANES) {
        for feature in features.clone().step_by(LANES) {
            let some = LANES.min(features.end - feature);
            let mut block = [[0.0; LANES]; LANES];
            // SAFETY: the panel is this thread's, the rows exist.
            unsafe {
                transpose(from.at(panel, feature), LANES, some, block.as_mut_ptr().cast());
                for (lane, row) in block.iter().enumerate().take(count - panel * LANES) {
                    let at = (first + panel * LANES + lane) * width + feature - features.start;
                    std::slice::from_raw_parts_mut(to.add(at), some).copy_from_slice(&row[..some]);
                }
            }
        }
    }
}

/// Applies some hidden layers; returns the output of the last.
#[inline(always)]
unsafe fn hidden<S: Simd>(
    call: &CallArgs<'_>,
    memory: ThreadMemory,
    layers: &[Layer],
    mut below: Panels,
    panels: usize,
) -> Panels {
    for (layer, start) in layers.iter().zip(memory.h.into_iter().cycle()) {
        let h = Panels { start, features: layer.affine.fan_out };
        let activation = call.inference.net.activation;
        // SAFETY: the memory is this thread's and has room for the widest layer.
        unsafe { layer.apply::<S>(call.theta, activation, below, |_| &layer.forward, 0..panels, h, None) };
        below = h;
    }
    below
}

#[inline(always)]
unsafe fn encode<S: Simd>(
    call: &CallArgs<'_>,
    thread: usize,
    first: usize,
    rows: usize,
    x: *const f32,
    to: [*mut f32; 2],
) {
    let Inference { encoder, heads, memory, net, .. } = call.inference;
    let memory = memory[thread];
    let panels = rows.div_ceil(LANES);
    let d = net.latent();
    // SAFETY: the memory and the rows are this thread's.
    unsafe {
        pack(memory, memory.x, x, first, rows);
        let h = hidden::<S>(call, memory, encoder, memory.x, panels);
        for (i, (layer, to)) in heads.iter().zip(to).enumerate() {
            let out = memory.head.starting_at(i * d);
            layer.apply::<S>(call.theta, Activation::Identity, h, |_| &layer.forward, 0..panels, out, None);
            unpack(memory.head, i * d..(i + 1) * d, to, first, rows);
        }
    }
}

#[inline(always)]
unsafe fn decode<S: Simd>(call: &CallArgs<'_>, thread: usize, first: usize, rows: usize, z: *const f32, to: *mut f32) {
    let Inference { decoder, output, memory, .. } = call.inference;
    let memory = memory[thread];
    let panels = rows.div_ceil(LANES);
    // SAFETY: the memory and the rows are this thread's. The memory of x holds the output.
    unsafe {
        pack(memory, memory.z, z, first, rows);
        let h = hidden::<S>(call, memory, decoder, memory.z, panels);
        output.apply::<S>(call.theta, Activation::Identity, h, |_| &output.forward, 0..panels, memory.x, None);
        unpack(memory.x, 0..memory.x.features, to, first, rows);
    }
}

#[inline(always)]
unsafe fn terms<S: Simd>(
    call: &CallArgs<'_>,
    thread: usize,
    first: usize,
    rows: usize,
    (z, x, draws): (*const f32, *const f32, usize),
    to: *mut f64,
) {
    let Inference { decoder, output, memory, net, .. } = call.inference;
    let memory = memory[thread];
    let panels = rows.div_ceil(LANES);
    let mut tile = Tile::new();
    let mut sums = [[0.0f64; LANES]; CHUNK];
    // SAFETY: the memory and the rows are this thread's.
    unsafe {
        // Panel of x for each panel of z: the draws of one example share one.
        let mut x_panels = [0; CHUNK];
        let last_row = first + rows - 1;
        for panel in 0..panels {
            let example = |row: usize| row.min(last_row) / draws;
            let row = first + panel * LANES;
            let same = |a: usize, b: usize| example(a) == example(b);
            x_panels[panel] = panel;
            if panel > 0 && same(row - LANES, row + LANES - 1) {
                x_panels[panel] = x_panels[panel - 1];
            } else if same(row, row + LANES - 1) {
                let x = x.add(example(row) * memory.x.features);
                for i in 0..memory.x.features {
                    *memory.x.lanes(panel, i) = [*x.add(i); LANES];
                }
            } else {
                let stride = memory.x.features.next_multiple_of(LANES);
                for lane in 0..LANES {
                    let from = x.add(example(row + lane) * memory.x.features);
                    memory.rows.start.add(lane * stride).copy_from_nonoverlapping(from, memory.x.features);
                }
                memory.x.take_rows(panel, memory.rows.start, stride);
            }
        }
        pack(memory, memory.z, z, first, rows);
        let h = hidden::<S>(call, memory, decoder, memory.z, panels);
        let (a, b, bias) = output.forward(call.theta, h);
        for block in blocks::<S>(0..memory.x.features, 0..panels) {
            tile.compute::<S>(a, b, block, &output.forward);
            for n in 0..block.len() {
                let ((i, panel), wh) = (block.at(n), tile.numbers(n));
                let x = *memory.x.lanes(x_panels[panel], i);
                let bias = *bias.add(i);
                let value = net.term.value(lanes(|lane| wh[lane] + bias), x);
                let before = sums[panel];
                sums[panel] = lanes(|lane| before[lane] + f64::from(value[lane]));
            }
        }
        let to = std::slice::from_raw_parts_mut(to.add(first), rows);
        for (to, sum) in to.iter_mut().zip(sums.iter().flatten()) {
            *to = *sum;
        }
    }
}
