//! Forward passes of both networks as launches: x → μ and the raw scale, z → the decoder's output, and Σ of the
//! likelihood's term, without storing the output. The counterpart of [`Inference`](crate::Inference) on the CPU.
use super::grid::{Allocation, MAX_BLOCKS, SMALL_TILE, Tiling};
use super::kernel_args::{Addresses, AffineArgs, KernelArgs, Launch, LayerArgs, Output, StepArgs};
use crate::lanes::LANES;
use crate::net::{Activation, Affine, Net};

/// Inference program of a model, for a number of rows at a time.
#[derive(Debug, Clone)]
pub struct InferenceProgram {
    net: Net,
    rows: usize,
    processors: usize,
    offsets: Offsets,
    space: usize,
}

/// Offsets of a call's arrays in its memory, in floats; row-major.
#[derive(Debug, Clone, Copy)]
pub struct Offsets {
    /// x (n, D).
    pub x: u32,
    /// z (n, d).
    pub z: u32,
    /// μ (n, d).
    pub mean: u32,
    /// Raw scale (n, d).
    pub raw_scale: u32,
    /// The decoder's output (n, D).
    pub out: u32,
    /// Σ of the term, (n, blocks) doubles, each over some dimensions.
    pub sums: u32,
    /// A layer's input and output, alternating.
    h: [u32; 2],
}

impl InferenceProgram {
    /// Inference program. `rows`: maximum rows per call; `processors`: SMs of the device.
    ///
    /// `None` if a call's memory has 2³² numbers or more, or too many rows for a grid.
    ///
    /// # Panics
    /// If the layers do not fit onto each other or overlap in θ.
    pub fn new(net: Net, rows: usize, processors: usize) -> Option<Self> {
        assert!(net.is_sound(), "the layers fit onto each other");
        let rows = rows.next_multiple_of(LANES);
        let widest = net.layers().map(|layer| layer.fan_in.max(layer.fan_out)).max()?;
        if net.len() >= u32::MAX as usize || rows.div_ceil(SMALL_TILE.0) > MAX_BLOCKS {
            return None;
        }
        let (d, input) = (net.latent(), net.input());
        let mut space = Allocation::default();
        let places = Offsets {
            x: space.floats(rows, input),
            z: space.floats(rows, d),
            mean: space.floats(rows, d),
            raw_scale: space.floats(rows, d),
            out: space.floats(rows, input),
            sums: space.floats(rows, 2 * input.div_ceil(SMALL_TILE.0)), // doubles
            h: [(); 2].map(|()| space.floats(rows, widest)),
        };
        Some(Self { net, rows, processors, offsets: places, space: space.len()? })
    }

    /// The model.
    pub fn net(&self) -> &Net {
        &self.net
    }

    /// Maximum rows per call.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Floats that a call needs.
    pub fn space(&self) -> usize {
        self.space
    }

    /// Offsets of a call's arrays.
    pub fn offsets(&self) -> &Offsets {
        &self.offsets
    }

    /// Launches of x → μ and, unless the posterior is a point, the raw scale; the plan must be for `rows` examples.
    pub fn encode(&self, memory: &Addresses, rows: usize) -> Vec<Launch> {
        let Offsets { x, mean, raw_scale, .. } = self.offsets;
        let (mut launches, h) = self.hidden(memory, &self.net.encoder, x, rows);
        launches.push(self.layer(memory, &self.net.mean, Activation::Identity, h, mean, rows));
        let raw_scale = |layer| self.layer(memory, layer, Activation::Identity, h, raw_scale, rows);
        launches.extend(self.net.scale_head.as_ref().map(raw_scale));
        launches
    }

    /// Launches of z → the decoder's output; the plan must be for `rows` examples.
    pub fn decode(&self, memory: &Addresses, rows: usize) -> Vec<Launch> {
        let Offsets { z, out, .. } = self.offsets;
        let (mut launches, h) = self.hidden(memory, &self.net.decoder, z, rows);
        launches.push(self.layer(memory, &self.net.output, Activation::Identity, h, out, rows));
        launches
    }

    /// Launches of Σ of the term for `rows` rows of z, `draws` for each row of x; and the number of partial sums per
    /// row. The plan must be for `rows` examples.
    pub fn terms(&self, memory: &Addresses, rows: usize, draws: usize) -> (Vec<Launch>, usize) {
        let Offsets { x, z, sums, .. } = self.offsets;
        let (mut launches, h) = self.hidden(memory, &self.net.decoder, z, rows);
        let run = StepArgs::new(&self.net, memory, self.space, draws);
        let part = KernelArgs::Output(Output { affine: AffineArgs::new(&self.net.output), h, x, g: 0, sums });
        let tiling = self.tiling(["terms_32", "terms_64"], rows, self.net.input());
        launches.push(tiling.launch(1, run, part));
        (launches, tiling.across)
    }

    /// Launches of some hidden layers, and the offset of the last one's output.
    fn hidden(&self, memory: &Addresses, layers: &[Affine], mut x: u32, rows: usize) -> (Vec<Launch>, u32) {
        let mut launches = Vec::new();
        for (layer, h) in layers.iter().zip(self.offsets.h.into_iter().cycle()) {
            launches.push(self.layer(memory, layer, self.net.activation, x, h, rows));
            x = h;
        }
        (launches, x)
    }

    fn layer(&self, memory: &Addresses, layer: &Affine, f: Activation, x: u32, h: u32, rows: usize) -> Launch {
        let run = StepArgs { activation: f.number(), ..StepArgs::new(&self.net, memory, self.space, 1) };
        let part = KernelArgs::Forward(LayerArgs { affine: AffineArgs::new(layer), draws: 1, x, h, kept: h });
        self.tiling(["forward_32", "forward_64"], rows, layer.fan_out).launch(1, run, part)
    }

    fn tiling(&self, names: [&'static str; 2], rows: usize, columns: usize) -> Tiling {
        Tiling::new(names, rows.next_multiple_of(LANES), columns, 1, self.processors)
    }
}
