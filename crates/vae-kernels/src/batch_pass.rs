//! The first half of a step: each thread takes its part of the batch forward to the bound, and back to the gradients
//! of all layers' outputs.
use std::ops::Range;

use crate::inputs::{Inputs, Noise};
use crate::lanes::{LANES, lanes};
use crate::layer::Layer;
use crate::levels::at_level;
use crate::net::Activation;
use crate::noise::noise_panel;
use crate::operands::{Lanes, Offset, Rows};
use crate::panels::Panels;
use crate::product::{Part, Tile, cut, parts};
use crate::simd::Simd;
use crate::workspace::{Hidden, Workspace};

/// The first half of a step in progress, as its threads see it.
pub(crate) struct BatchPass<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) inputs: &'a Inputs<'a>,
    pub(crate) theta: *const f32,
    /// What a term counts in −log p(x|z).
    pub(crate) factor: f32,
}

// SAFETY: what is behind the pointers is either only read or divided among the threads, panel by panel.
unsafe impl Sync for BatchPass<'_> {}

impl BatchPass<'_> {
    /// This thread's part of it.
    pub(crate) fn run(&self, thread: usize, threads: usize) {
        // SAFETY: the CPU offers the step's level, and the panels of no two threads overlap.
        unsafe { at_level!(self.workspace.isa, forward_and_back(self, thread, threads)) }
    }
}

/// The panels of one thread: whole tiles if there are enough of them for everybody.
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
        for part in parts::<S>(0..z.features, drawn) {
            tile.compute::<S>(a, b, part, ks);
            for n in 0..part.len() {
                let ((j, row), g) = (part.at(n), tile.numbers(n));
                *z.lanes(row, j) = g;
            }
        }
        for panel in panels.clone() {
            sample_back(pass, panel);
        }
        let mut hidden = workspace.encoder.iter().rev();
        if let Some(top) = hidden.next() {
            let a = Rows { start: pass.theta, stride: 1 };
            backward::<S>(pass, (a, workspace.head.operand(), &workspace.head_backward), top, panels.clone());
            above = (&top.layer, top.gradient());
        }
        for hidden in hidden {
            backward::<S>(pass, operands(pass, above), hidden, panels.clone());
            above = (&hidden.layer, hidden.gradient());
        }
        for panel in panels {
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

/// x of this thread's panels, and what of it is not 0.
#[inline(always)]
unsafe fn read<S: Simd>(pass: &BatchPass<'_>, panels: Range<usize>, thread: usize) {
    let workspace = pass.workspace;
    let (examples, width_x) = (pass.inputs.examples, workspace.x.features);
    let counts = pass.factor / (examples * workspace.draws) as f32;
    let reading = workspace.reading[thread];
    let stride = width_x.next_multiple_of(LANES);
    for panel in panels.clone() {
        // SAFETY: the panel and what is read into are this thread's.
        unsafe {
            for (lane, scale) in workspace.scale.lanes(panel, 0).iter_mut().enumerate() {
                let position = panel * LANES + lane;
                let row = std::slice::from_raw_parts_mut(reading.start.add(lane * stride), width_x);
                match position < examples {
                    true => pass.inputs.batch.read(position, row),
                    false => row.fill(0.0),
                }
                *scale = if position < examples { counts } else { 0.0 };
            }
            workspace.x.take_rows(panel, reading.start, stride);
        }
    }
    if workspace.sparse {
        for (panel, width) in cut(panels, S::WIDTHS) {
            // SAFETY: as above.
            unsafe {
                workspace.filled.refill(panel, |list| {
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

/// The inputs of a layer that a tile sums over: all, or those that are not 0.
#[inline(always)]
unsafe fn inputs<'a>(pass: &BatchPass<'a>, layer: &'a Layer, part: Part) -> &'a [Offset] {
    match pass.workspace.sparse && layer.affine.reads_data {
        // SAFETY: this thread has filled the list of each of its tiles.
        true => unsafe { pass.workspace.filled.get(part.panel) },
        false => &layer.forward,
    }
}

/// h = f(W·x + b), and h once more in columns.
#[inline(always)]
unsafe fn forward<S: Simd>(pass: &BatchPass<'_>, hidden: &Hidden, below: Panels, panels: Range<usize>) {
    let Hidden { layer, h, slope, columns, .. } = hidden;
    let (theta, activation) = (pass.theta, pass.workspace.net.activation);
    // SAFETY: the panels are this thread's.
    unsafe {
        let ks = |part| inputs(pass, layer, part);
        layer.apply::<S>(theta, activation, below, ks, panels.clone(), *h, *slope);
        for panel in panels {
            columns.take(*h, 0..h.features, panel);
        }
    }
}

/// μ and ln σ².
#[inline(always)]
unsafe fn head<S: Simd>(pass: &BatchPass<'_>, below: Panels, panels: Range<usize>) {
    let Workspace { head, mean, log_var, .. } = pass.workspace;
    let mut first = 0;
    for layer in std::iter::once(mean).chain(log_var) {
        // SAFETY: the panels are this thread's.
        unsafe {
            let (ks, out) = (|part| inputs(pass, layer, part), head.from(first));
            layer.apply::<S>(pass.theta, Activation::Identity, below, ks, panels.clone(), out, None);
        }
        first += layer.affine.fan_out;
    }
}

/// z for each draw, and the KL term.
#[inline(always)]
unsafe fn sample(pass: &BatchPass<'_>, panel: usize) {
    let workspace = pass.workspace;
    let (d, draws, posterior) = (workspace.net.latent(), workspace.draws, workspace.net.posterior);
    // SAFETY: the panel is this thread's.
    unsafe {
        let mut kls = [0.0; LANES];
        if workspace.log_var.is_some() {
            for draw in 0..draws {
                epsilon(pass, panel, draw);
            }
        }
        for j in 0..d {
            let h = *workspace.head.lanes(panel, j);
            let (mut s, mut center, mut width) = ([0.0; LANES], h, [0.0; LANES]);
            if workspace.log_var.is_some() {
                s = *workspace.head.lanes(panel, d + j);
                (center, width) = posterior.center_and_width(&h, &s);
                if !posterior.monte_carlo {
                    let term = posterior.kl(&h, &s);
                    kls = lanes(|lane| kls[lane] + f64::from(term[lane]));
                }
            }
            for draw in 0..draws {
                let tile = panel * draws + draw;
                let epsilon = *workspace.noise.lanes(tile, j);
                let noise = lanes(|lane| width[lane] * epsilon[lane]);
                let u = lanes(|lane| center[lane] + noise[lane]);
                *workspace.noise.lanes(tile, j) = noise;
                *workspace.z.lanes(tile, j) = lanes(|lane| posterior.scale.mul_add(u[lane], posterior.location));
                if posterior.monte_carlo && workspace.log_var.is_some() {
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

/// The decoder's output: Σ of the likelihood's term, and its gradient. The output itself is not kept.
#[inline(always)]
unsafe fn output<S: Simd>(pass: &BatchPass<'_>, below: Panels, rows: Range<usize>) {
    let Workspace { output, g, x, scale, term_sums, draws, net, .. } = pass.workspace;
    // SAFETY: the rows are this thread's.
    unsafe {
        std::slice::from_raw_parts_mut(term_sums.add(rows.start * LANES), rows.len() * LANES).fill(0.0);
        let (a, b, bias) = output.forward(pass.theta, below);
        let mut tile = Tile::new();
        for part in parts::<S>(0..g.features, rows) {
            tile.compute::<S>(a, b, part, &output.forward);
            for n in 0..part.len() {
                let ((i, row), wh) = (part.at(n), tile.numbers(n));
                let (panel, bias) = (row / draws, *bias.add(i));
                let (x, scale) = (*x.lanes(panel, i), *scale.lanes(panel, 0));
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

/// What a product of a layer's Wᵀ and its gradient ∂ is made of: both operands, and what it sums over.
type Backward<'a> = (Rows, Lanes, &'a [Offset]);

/// Wᵀ·∂ of a layer.
#[inline(always)]
unsafe fn operands<'a>(pass: &BatchPass<'_>, (layer, gradient): (&'a Layer, Panels)) -> Backward<'a> {
    // SAFETY: the layer lies in θ.
    let (a, b) = unsafe { layer.backward(pass.theta, gradient) };
    (a, b, &layer.backward)
}

/// ∂a = Wᵀ·∂ of what is above, times f′(a).
#[inline(always)]
unsafe fn backward<S: Simd>(pass: &BatchPass<'_>, (a, b, ks): Backward<'_>, hidden: &Hidden, panels: Range<usize>) {
    let (activation, gradient) = (pass.workspace.net.activation, hidden.gradient());
    let mut tile = Tile::new();
    // SAFETY: the panels are this thread's.
    unsafe {
        for part in parts::<S>(0..gradient.features, panels) {
            tile.compute::<S>(a, b, part, ks);
            for n in 0..part.len() {
                let ((i, panel), g) = (part.at(n), tile.numbers(n));
                let h = gradient.lanes(panel, i);
                *h = activation.chain(g, *h);
            }
        }
    }
}

/// From ∂z of the draws and β to the gradients of both heads, in place of what they put out.
#[inline(always)]
unsafe fn sample_back(pass: &BatchPass<'_>, panel: usize) {
    let workspace = pass.workspace;
    let (d, draws, posterior) = (workspace.net.latent(), workspace.draws, workspace.net.posterior);
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
                if posterior.monte_carlo && workspace.log_var.is_some() {
                    // The centre is h where the prior has a slope.
                    let slope = lanes(|lane| posterior.prior_slope(h[lane] + noise[lane]));
                    du = lanes(|lane| (beta[lane] / draws as f32).mul_add(slope[lane], du[lane]));
                }
                sum = lanes(|lane| sum[lane] + du[lane]);
                moment = lanes(|lane| du[lane].mul_add(noise[lane], moment[lane]));
            }
            *workspace.head.lanes(panel, j) = sum;
            if workspace.log_var.is_some() {
                let s = *workspace.head.lanes(panel, d + j);
                let gradients = lanes(|lane| posterior.backward(h[lane], s[lane], sum[lane], moment[lane], beta[lane]));
                *workspace.head.lanes(panel, j) = lanes(|lane| gradients[lane].0);
                *workspace.head.lanes(panel, d + j) = lanes(|lane| gradients[lane].1);
            }
        }
    }
}
