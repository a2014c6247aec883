//! The memory of a step: layers, panels and lists, shared by its two passes.
use std::sync::atomic::AtomicUsize;

use crate::inputs::TermSums;
use crate::isa::Isa;
use crate::lanes::LANES;
use crate::layer::Layer;
use crate::net::{Affine, Net};
use crate::operands::Offset;
use crate::panels::{Arena, Columns, Lists, Panels};

/// Rows of a weight per share: few enough to balance the load, enough to reuse what a thread reads.
pub(crate) const SHARE: usize = 36;

/// Everything that a step needs beyond θ and the moments, allocated once.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) net: Net,
    pub(crate) isa: Isa,
    /// L
    pub(crate) draws: usize,
    /// True if zeros of x are left out.
    pub(crate) sparse: bool,
    /// Maximum examples per batch.
    pub(crate) capacity: usize,
    /// Examples in the current batch.
    pub(crate) examples: usize,
    /// The 16 examples that each thread is reading.
    pub(crate) staging: Vec<Panels>,
    /// Pixels that are nonzero in some example of a tile, by its first panel.
    pub(crate) nonzero: Lists,
    /// Examples in which some pixel of a tile is nonzero, per thread.
    pub(crate) nonzero_rows: Vec<Lists>,
    pub(crate) x: Panels,
    /// Weight of each example's term in the loss: 0 for the padding of a panel.
    pub(crate) scale: Panels,
    pub(crate) encoder: Vec<Hidden>,
    pub(crate) mean: Layer,
    pub(crate) raw_scale: Option<Layer>,
    /// μ and the raw scale, then their gradients.
    pub(crate) head: Panels,
    pub(crate) head_backward: Vec<Offset>,
    /// The gradients of both heads as columns, if the heads read the data.
    pub(crate) head_columns: [Columns; 2],
    /// σ·ε of each draw.
    pub(crate) noise: Panels,
    /// z, then its gradient.
    pub(crate) z: Panels,
    pub(crate) z_columns: Columns,
    pub(crate) decoder: Vec<Hidden>,
    pub(crate) output: Layer,
    /// The gradient of the decoder's output.
    pub(crate) g: Panels,
    pub(crate) updates: Vec<LayerUpdate>,
    /// All updates, cut into shares.
    pub(crate) shares: Vec<Share>,
    /// Number of each thread's shares already claimed, by itself or by others.
    pub(crate) claimed: Vec<Claimed>,
    /// Σ of the likelihood's term over the dimensions of each draw.
    pub(crate) term_sums: *mut f64,
    /// Σ of the KL over the dimensions of each example.
    pub(crate) kl_sums: *mut f64,
    /// Both terms of the batch.
    pub(crate) terms: TermSums,
    pub(crate) arena: Arena,
}

// SAFETY: the pointers of a workspace point into its own arena.
unsafe impl Send for Workspace {}
// SAFETY: their targets are used through `&mut self` alone.
unsafe impl Sync for Workspace {}

/// A hidden layer and its activations.
#[derive(Debug)]
pub(crate) struct Hidden {
    pub(crate) layer: Layer,
    pub(crate) h: Panels,
    /// f′(a), if it does not follow from h.
    pub(crate) slope: Option<Panels>,
    /// h as columns, for the gradient of the next layer.
    pub(crate) columns: Columns,
    /// The gradient as columns, if the layer reads the data.
    pub(crate) gradient_columns: Option<Columns>,
}

impl Hidden {
    fn new(arena: &mut Arena, affine: Affine, panels: usize, keeps_slope: bool) -> Self {
        let features = affine.fan_out;
        Self {
            layer: Layer::new(affine),
            h: arena.panels(panels, features),
            slope: keeps_slope.then(|| arena.panels(panels, features)),
            columns: arena.columns(panels, features),
            gradient_columns: affine.reads_data.then(|| arena.columns(panels, features)),
        }
    }

    /// Gradient after the backward pass, stored over the source of the slope.
    pub(crate) fn gradient(&self) -> Panels {
        self.slope.unwrap_or(self.h)
    }
}

/// Gradient of a layer. At W[r, c], in θ's layout, it is Σ_k A[k, r]·B[k, c] over the rows k of the batch.
#[derive(Debug)]
pub(crate) struct LayerUpdate {
    pub(crate) affine: Affine,
    pub(crate) a: Panels,
    /// The feature of A that is row 0.
    pub(crate) first: usize,
    pub(crate) b: Columns,
    /// The layer's gradient, and the feature of its first output.
    pub(crate) gradient: (Panels, usize),
    /// Rows of the batch for each example.
    pub(crate) draws: usize,
    /// The rows of the batch.
    pub(crate) ks: Vec<Offset>,
}

impl LayerUpdate {
    /// Rows and columns of the weight in θ.
    pub(crate) fn shape(&self) -> (usize, usize) {
        let Affine { fan_in, fan_out, reads_data, .. } = self.affine;
        if reads_data { (fan_in, fan_out) } else { (fan_out, fan_in) }
    }
}

/// Some rows of a weight.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    /// Index of its update.
    pub(crate) update: usize,
    /// Its first row.
    pub(crate) start: usize,
    /// Cumulative count of numbers up to its end, previous shares included.
    pub(crate) end: usize,
}

impl Share {
    fn cut(updates: &[LayerUpdate]) -> Vec<Self> {
        let mut shares = Vec::new();
        let mut end = 0;
        for (i, update) in updates.iter().enumerate() {
            let (rows, columns) = update.shape();
            for start in (0..rows).step_by(SHARE) {
                end += SHARE.min(rows - start) * columns;
                shares.push(Self { update: i, start, end });
            }
        }
        shares
    }
}

/// A count on a cache line of its own (two lines, which some CPUs fetch together).
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Claimed(pub(crate) AtomicUsize);

impl Workspace {
    /// Allocates memory for batches of up to `examples` with L = `draws`; see [`Step::new`](crate::Step::new).
    pub(crate) fn new(net: Net, examples: usize, draws: usize, sparse: bool, isa: Isa, threads: usize) -> Option<Self> {
        assert!(net.is_sound(), "the layers fit onto each other");
        assert!(isa.is_available(), "this CPU has no {}", isa.name());
        let panels = examples.div_ceil(LANES);
        let (d, input) = (net.latent(), net.input());
        let keeps_slope = net.activation.keeps_slope();
        let widest =
            net.encoder.iter().chain(&net.decoder).map(|layer| layer.fan_out).chain([input, 2 * d, LANES]).max()?;
        let max_offset = u64::from(u32::MAX);
        let heads = std::iter::once(&net.mean).chain(&net.scale_head);
        let ends = heads.map(|head| head.weight as u64 + head.fan_in as u64 * head.fan_out as u64);
        let biggest = net.layers().map(|layer| layer.fan_in as u64 * layer.fan_out as u64).chain(ends).max()?;
        if biggest > max_offset || (panels * LANES) as u128 * draws as u128 * widest as u128 > u128::from(max_offset) {
            return None;
        }
        let mut arena = Arena::default();
        let x = arena.panels(panels, input);
        let encoder: Vec<_> =
            net.encoder.iter().map(|&layer| Hidden::new(&mut arena, layer, panels, keeps_slope)).collect();
        let head = arena.panels(panels, net.head());
        let z = arena.panels(panels * draws, d);
        let decoder: Vec<_> =
            net.decoder.iter().map(|&layer| Hidden::new(&mut arena, layer, panels * draws, keeps_slope)).collect();
        let g = arena.panels(panels * draws, input);
        let z_columns = arena.columns(panels * draws, d);
        let head_columns = [(); 2].map(|()| arena.columns(if encoder.is_empty() { panels } else { 0 }, d));
        let mut workspace = Self {
            isa,
            draws,
            sparse,
            capacity: examples,
            examples: 0,
            staging: (0..threads).map(|_| arena.panels(input.div_ceil(LANES), LANES)).collect(),
            nonzero: arena.lists(panels, input),
            nonzero_rows: (0..threads).map(|_| arena.lists(SHARE, panels * LANES)).collect(),
            x,
            scale: arena.panels(panels, 1),
            mean: Layer::new(net.mean),
            raw_scale: net.scale_head.map(Layer::new),
            head,
            head_backward: net.head_backward(),
            head_columns,
            noise: arena.panels(panels * draws, d),
            z,
            z_columns,
            output: Layer::new(net.output),
            g,
            updates: Vec::new(),
            shares: Vec::new(),
            claimed: (0..threads).map(|_| Claimed::default()).collect(),
            terms: TermSums::default(),
            term_sums: arena.doubles(panels * draws * LANES),
            kl_sums: arena.doubles(panels * LANES),
            encoder,
            decoder,
            arena,
            net,
        };
        workspace.updates = workspace.updates(panels);
        workspace.shares = Share::cut(&workspace.updates);
        Some(workspace)
    }

    /// Offsets of the inputs of the layers that read the data, the same for all of them.
    pub(crate) fn data_offsets(&self) -> &[Offset] {
        self.encoder.first().map_or(&self.mean, |hidden| &hidden.layer).forward.as_slice()
    }

    /// Bytes of memory held.
    pub(crate) fn bytes(&self) -> usize {
        self.arena.bytes()
    }

    /// The updates of all layers.
    fn updates(&self, panels: usize) -> Vec<LayerUpdate> {
        let mut updates = Vec::new();
        let mut add = |affine: Affine, gradient: (Panels, usize), gradient_columns, input, draws| {
            let (a, first, b) =
                if affine.reads_data { (self.x, 0, gradient_columns) } else { (gradient.0, gradient.1, input) };
            let ks = Vec::with_capacity(panels * LANES * draws);
            updates.push(LayerUpdate { affine, a, first, b, gradient, draws, ks });
        };
        let mut input = self.z_columns; // unused by layers that read the data
        for hidden in &self.encoder {
            add(hidden.layer.affine, (hidden.gradient(), 0), hidden.gradient_columns.unwrap_or(input), input, 1);
            input = hidden.columns;
        }
        add(self.mean.affine, (self.head, 0), self.head_columns[0], input, 1);
        if let Some(raw_scale) = &self.raw_scale {
            add(raw_scale.affine, (self.head, self.net.latent()), self.head_columns[1], input, 1);
        }
        input = self.z_columns;
        for hidden in &self.decoder {
            add(hidden.layer.affine, (hidden.gradient(), 0), input, input, self.draws);
            input = hidden.columns;
        }
        add(self.output.affine, (self.g, 0), input, input, self.draws);
        updates
    }

    /// Prepares the updates for another batch size; the last batch of an epoch is often smaller.
    pub(crate) fn prepare(&mut self, examples: usize) {
        self.examples = examples;
        for LayerUpdate { a, draws, ks, .. } in &mut self.updates {
            ks.clear();
            for panel in 0..examples.div_ceil(LANES) {
                let lanes = LANES.min(examples - panel * LANES);
                for tile in panel * *draws..(panel + 1) * *draws {
                    let at = |lane| Offset {
                        a: (tile * a.stride() + lane) as u32,
                        b: ((tile * LANES + lane) * LANES) as u32,
                    };
                    ks.extend((0..lanes).map(at));
                }
            }
        }
    }

    /// Panels in this batch.
    pub(crate) fn panels(&self) -> usize {
        self.examples.div_ceil(LANES)
    }

    /// Both terms, summed over the batch in the order of its rows.
    pub(crate) fn sum(&self, factor: f32) -> TermSums {
        let (mut reconstruction, mut kl) = (0.0, 0.0);
        for example in 0..self.examples {
            let (panel, lane) = (example / LANES, example % LANES);
            for draw in 0..self.draws {
                // SAFETY: the sums of all rows are complete, and no thread is working.
                reconstruction += unsafe { *self.term_sums.add((panel * self.draws + draw) * LANES + lane) };
            }
            // SAFETY: as above.
            kl += unsafe { *self.kl_sums.add(example) };
        }
        TermSums { reconstruction: f64::from(factor) * reconstruction / self.draws as f64, kl }
    }
}
