//! The first half of a step: each thread takes its block of the batch forward to the bound, and back to the gradients
//! of all layers' outputs.
use std::ops::Range;

use crate::inputs::{Inputs, Noise};
use crate::lanes::{LANES, lanes};
use crate::layer::Layer;
use crate::levels::at_level;
use crate::net::Activation;
use crate::noise::noise_panel;
use crate::operands::{LaneOperand, Offset, RowOperand};
use crate::panels::Panels;
use crate::product::{Block, Tile, blocks, cut};
use crate::simd::Simd;
use crate::workspace::{Hidden, Workspace};

/// The first half of a step in progress, shared by its threads.
pub(crate) struct BatchPass<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) inputs: &'a Inputs<'a>,
    pub(crate) theta: *const f32,
    /// Weight of a term in −log p(x|z).
    pub(crate) factor: f32,
}

// SAFETY: the pointers' targets are either only read or divided among the threads, panel by panel.
unsafe impl Sync for BatchPass<'_> {}

impl BatchPass<'_> {
    /// Processes this thread's panels.
    pub(crate) fn run(&self, thread: usize, threads: usize) {
        // SAFETY: the CPU offers the step's level, and the panels of no two threads overlap.
        unsafe { at_level!(self.workspace.isa, forward_and_back(self, thread, threads)) }
    }
}

/// The panels of one thread: whole tiles if there are enough of them for all threads.
fn share(panels: usize, tile: usize, thread: usize, threads: usize) -> Range<usize> {
    let unit = if panels >= tile * threads { tile } else { 1 };
    let units = panels.div_ceil(unit);
    let at = |thread: usize| (units * thread / threads * unit).min(panels);
    at(thread)..at(thread + 1)
}

/// # Safety
/// The CPU must offer the level, and no two threads may have the same number.
#[inline(always)]
unsafe fn forward_and_back<S: Simd>(pass: &BatchPass<'_>, thread: usize, threads: usize) {
    let workspace = pass.workspace;
    let panels = share(workspace.panels(), S::WIDTHS[0], thread, threads);
    let drawn = panels.start * workspace.draws..panels.end * workspace.draws;
    // SAFETY: these panels are this thread's.
    unsafe {
        let mut tile = Tile::new();
        read::<S>(pass, panels.clone(), thread);
        let mut below = workspace.x;
        for hidden in &workspace.encoder {
            forward::<S>(pass, hidden, below, panels.clone());
            below = hidden.h;
        }
        head::<S>(pass, below, panels.clone());
        for panel in panels.clone() {
            sample(pass, panel);
        }
        below = workspace.z;
        for hidden in &workspace.decoder {
            forward::<S>(pass, hidden, below, drawn.clone());
            below = hidden.h;
        }
        output::<S>(pass, below, drawn.clone());

        let mut above = (&workspace.output, workspace.g);
        for hidden in workspace.decoder.iter().rev() {
            backward::<S>(pass, operands(pass, above), hidden, drawn.clone());
            above = (&hidden.layer, hidden.gradient());
        }
        let (a, b, ks) = operands(pass, above);
        let z = workspace.z;
        for block in blocks::<S>(0..z.features, drawn) {
            tile.compute::<S>(a, b, block, ks);
            for n in 0..block.len() {
                let ((j, row), g) = (block.at(n), tile.numbers(n));
                *z.lanes(row, j) = g;
            }
        }
        for panel in panels.clone() {
            sample_back(pass, panel);
        }
        let mut hidden = workspace.encoder.iter().rev();
        if let Some(top) = hidden.next() {
            let a = RowOperand { start: pass.theta, stride: 1 };
            backward::<S>(pass, (a, workspace.head.operand(), &workspace.head_backward), top, panels.clone());
            above = (&top.layer, top.gradient());
        }
        for hidden in hidden {
            backward::<S>(pass, operands(pass, above), hidden, panels.clone());
            above = (&hidden.layer, hidden.gradient());
        }
        copy_gradients(workspace, panels);
    }
}

/// Copies the gradients of the layers that read the data to columns.
#[inline(always)]
unsafe fn copy_gradients(workspace: &Workspace, panels: Range<usize>) {
    for panel in panels {
        // SAFETY: the panel is this thread's.
        unsafe {
            for hidden in &workspace.encoder {
                if let Some(columns) = hidden.gradient_columns {
                    columns.take(hidden.gradient(), 0..hidden.h.features, panel);
                }
            }
            if workspace.encoder.is_empty() {
                let d = workspace.net.latent();
                for (columns, first) in workspace.head_columns.iter().zip((0..workspace.head.features).step_by(d)) {
                    columns.take(workspace.head, first..first + d, panel);
                }
            }
        }
    }
}

/// Reads x of this thread's panels, and lists its nonzeros.
#[inline(always)]
unsafe fn read<S: Simd>(pass: &BatchPass<'_>, panels: Range<usize>, thread: usize) {
    let workspace = pass.workspace;
    let examples = pass.inputs.examples;
    let width_x = workspace.x.features;
    let counts = pass.factor / (examples * workspace.draws) as f32;
    let staging = workspace.staging[thread];
    let stride = width_x.next_multiple_of(LANES);
    for panel in panels.clone() {
        // SAFETY: the panel and the buffer are this thread's.
        unsafe {
            for (lane, scale) in workspace.scale.lanes(panel, 0).iter_mut().enumerate() {
                let position = panel * LANES + lane;
                let row = std::slice::from_raw_parts_mut(staging.start.add(lane * stride), width_x);
                if position < examples {
                    pass.inputs.batch.read(position, row);
                    *scale = counts;
                } else {
                    row.fill(0.0);
                    *scale = 0.0;
                }
            }
            workspace.x.take_rows(panel, staging.start, stride);
        }
    }
    if workspace.sparse {
        for (panel, width) in cut(panels, S::WIDTHS) {
            // SAFETY: as above.
            unsafe {
                workspace.nonzero.refill(panel, |list| {
                    for (k, offset) in workspace.data_offsets().iter().enumerate() {
                        let bits =
                            |panel| workspace.x.lanes(panel, k).iter().fold(0, |bits, x| bits | x.to_bits() << 1);
                        if (panel..panel + width).any(|panel| bits(panel) != 0) {
                            list.push(*offset);
                        }
                    }
                });
            }
        }
    }
}

/// Inputs of a layer that a tile sums over: all, or the nonzero ones.
#[inline(always)]
unsafe fn inputs<'a>(pass: &BatchPass<'a>, layer: &'a Layer, block: Block) -> &'a [Offset] {
    if pass.workspace.sparse && layer.affine.reads_data {
        // SAFETY: this thread has filled the list of each of its tiles.
        unsafe { pass.workspace.nonzero.get(block.panel) }
    } else {
        &layer.forward
    }
}

/// Computes h = f(W·x + b), also as columns.
#[inline(always)]
unsafe fn forward<S: Simd>(pass: &BatchPass<'_>, hidden: &Hidden, below: Panels, panels: Range<usize>) {
    let Hidden { layer, h, slope, columns, .. } = hidden;
    let theta = pass.theta;
    let activation = pass.workspace.net.activation;
    // SAFETY: the panels are this thread's.
    unsafe {
        let ks = |block| inputs(pass, layer, block);
        layer.apply::<S>(theta, activation, below, ks, panels.clone(), *h, *slope);
        for panel in panels {
            columns.take(*h, 0..h.features, panel);
        }
    }
}

/// Computes μ and the raw scale.
#[inline(always)]
unsafe fn head<S: Simd>(pass: &BatchPass<'_>, below: Panels, panels: Range<usize>) {
    let Workspace { head, mean, raw_scale, .. } = pass.workspace;
    let mut first = 0;
    for layer in std::iter::once(mean).chain(raw_scale) {
        // SAFETY: the panels are this thread's.
        unsafe {
            let ks = |block| inputs(pass, layer, block);
            let out = head.starting_at(first);
            layer.apply::<S>(pass.theta, Activation::Identity, below, ks, panels.clone(), out, None);
        }
        first += layer.affine.fan_out;
    }
}

/// Draws z, and computes the KL term.
#[inline(always)]
unsafe fn sample(pass: &BatchPass<'_>, panel: usize) {
    let workspace = pass.workspace;
    let d = workspace.net.latent();
    let draws = workspace.draws;
    let posterior = workspace.net.posterior;
    // SAFETY: the panel is this thread's.
    unsafe {
        let mut kls = [0.0; LANES];
        if workspace.raw_scale.is_some() {
            for draw in 0..draws {
                epsilon(pass, panel, draw);
            }
        }
        for j in 0..d {
            let h = *workspace.head.lanes(panel, j);
            let mut s = [0.0; LANES];
            let mut loc = h;
            let mut scale = [0.0; LANES];
            if workspace.raw_scale.is_some() {
                s = *workspace.head.lanes(panel, d + j);
                (loc, scale) = posterior.loc_and_scale(&h, &s);
                if !posterior.monte_carlo {
                    let term = posterior.kl(&h, &s);
                    kls = lanes(|lane| kls[lane] + f64::from(term[lane]));
                }
            }
            for draw in 0..draws {
                let tile = panel * draws + draw;
                let epsilon = *workspace.noise.lanes(tile, j);
                let noise = lanes(|lane| scale[lane] * epsilon[lane]);
                let u = lanes(|lane| loc[lane] + noise[lane]);
                *workspace.noise.lanes(tile, j) = noise;
                *workspace.z.lanes(tile, j) = lanes(|lane| posterior.scale.mul_add(u[lane], posterior.location));
                if posterior.monte_carlo && workspace.raw_scale.is_some() {
                    let term = posterior.kl_of_draw(&s, &epsilon, &u);
                    kls = lanes(|lane| kls[lane] + f64::from(term[lane]) / draws as f64);
                }
            }
        }
        *workspace.kl_sums.add(panel * LANES).cast() = kls;
        for tile in panel * draws..(panel + 1) * draws {
            workspace.z_columns.take(workspace.z, 0..d, tile);
        }
    }
}

/// ε of one draw of a panel's examples.
#[inline(always)]
unsafe fn epsilon(pass: &BatchPass<'_>, panel: usize, draw: usize) {
    let Workspace { noise, draws, net, .. } = pass.workspace;
    let row = |lane| (panel * LANES + lane) * draws + draw;
    // SAFETY: the panel is this thread's.
    let out = unsafe { std::slice::from_raw_parts_mut(noise.at(panel * draws + draw, 0), noise.stride()) };
    match pass.inputs.noise {
        Noise::Drawn(key, step) => {
            noise_panel(net.posterior.family, key, &[step; LANES], &lanes(|lane| row(lane) as u32), out)
        }
        Noise::Given(values) => {
            let d = noise.features;
            for lane in 0..LANES.min(pass.inputs.examples - panel * LANES) {
                for (j, epsilon) in values[row(lane) * d..][..d].iter().enumerate() {
                    out[j * LANES + lane] = *epsilon;
                }
            }
        }
    }
}

/// Σ of the likelihood's term, and the gradient of the decoder's output. The output itself is not stored.
#[inline(always)]
unsafe fn output<S: Simd>(pass: &BatchPass<'_>, below: Panels, rows: Range<usize>) {
    let Workspace { output, g, x, scale, term_sums, draws, net, .. } = pass.workspace;
    // SAFETY: the rows are this thread's.
    unsafe {
        std::slice::from_raw_parts_mut(term_sums.add(rows.start * LANES), rows.len() * LANES).fill(0.0);
        let (a, b, bias) = output.forward(pass.theta, below);
        let mut tile = Tile::new();
        for block in blocks::<S>(0..g.features, rows) {
            tile.compute::<S>(a, b, block, &output.forward);
            for n in 0..block.len() {
                let ((i, row), wh) = (block.at(n), tile.numbers(n));
                let panel = row / draws;
                let bias = *bias.add(i);
                let x = *x.lanes(panel, i);
                let scale = *scale.lanes(panel, 0);
                let a = lanes(|lane| wh[lane] + bias);
                let (value, gradient) = net.term.with_derivative(a, x, scale);
                let sums = term_sums.add(row * LANES).cast::<[f64; LANES]>();
                let before = *sums;
                *sums = lanes(|lane| before[lane] + f64::from(value[lane]));
                *g.lanes(row, i) = gradient;
            }
        }
    }
}

/// Product of a layer's Wᵀ and its gradient ∂: both operands, and the offsets to sum over.
type Backward<'a> = (RowOperand, LaneOperand, &'a [Offset]);

/// Operands of Wᵀ·∂ of a layer.
#[inline(always)]
unsafe fn operands<'a>(pass: &BatchPass<'_>, (layer, gradient): (&'a Layer, Panels)) -> Backward<'a> {
    // SAFETY: the layer lies in θ.
    let (a, b) = unsafe { layer.backward(pass.theta, gradient) };
    (a, b, &layer.backward)
}

/// Computes ∂a = Wᵀ·∂ of the layer above, times f′(a).
#[inline(always)]
unsafe fn backward<S: Simd>(pass: &BatchPass<'_>, (a, b, ks): Backward<'_>, hidden: &Hidden, panels: Range<usize>) {
    let activation = pass.workspace.net.activation;
    let gradient = hidden.gradient();
    let mut tile = Tile::new();
    // SAFETY: the panels are this thread's.
    unsafe {
        for block in blocks::<S>(0..gradient.features, panels) {
            tile.compute::<S>(a, b, block, ks);
            for n in 0..block.len() {
                let ((i, panel), g) = (block.at(n), tile.numbers(n));
                let h = gradient.lanes(panel, i);
                *h = activation.chain(g, *h);
            }
        }
    }
}

/// Computes the gradients of both heads from ∂z of the draws and β, in place of the heads' outputs.
#[inline(always)]
unsafe fn sample_back(pass: &BatchPass<'_>, panel: usize) {
    let workspace = pass.workspace;
    let d = workspace.net.latent();
    let draws = workspace.draws;
    let posterior = workspace.net.posterior;
    let beta = (pass.inputs.beta / pass.inputs.examples as f64) as f32;
    // SAFETY: the panel is this thread's.
    unsafe {
        let scale = *workspace.scale.lanes(panel, 0);
        let beta = lanes(|lane| if scale[lane] == 0.0 { 0.0 } else { beta });
        for j in 0..d {
            let (mut sum, mut moment) = ([0.0; LANES], [0.0; LANES]);
            let h = *workspace.head.lanes(panel, j);
            for row in panel * draws..(panel + 1) * draws {
                let (dz, noise) = (*workspace.z.lanes(row, j), *workspace.noise.lanes(row, j));
                let mut du = lanes(|lane| posterior.scale * dz[lane]);
                if posterior.monte_carlo && workspace.raw_scale.is_some() {
                    // If the prior has a slope, the centre is h.
                    let slope = lanes(|lane| posterior.prior_slope(h[lane] + noise[lane]));
                    du = lanes(|lane| (beta[lane] / draws as f32).mul_add(slope[lane], du[lane]));
                }
                sum = lanes(|lane| sum[lane] + du[lane]);
                moment = lanes(|lane| du[lane].mul_add(noise[lane], moment[lane]));
            }
            *workspace.head.lanes(panel, j) = sum;
            if workspace.raw_scale.is_some() {
                let s = *workspace.head.lanes(panel, d + j);
                let gradients = lanes(|lane| posterior.backward(h[lane], s[lane], sum[lane], moment[lane], beta[lane]));
                *workspace.head.lanes(panel, j) = lanes(|lane| gradients[lane].0);
                *workspace.head.lanes(panel, d + j) = lanes(|lane| gradients[lane].1);
            }
        }
    }
}
