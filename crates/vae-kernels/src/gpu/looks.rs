//! Both networks without their gradients, as launches: x → μ and ln σ², z → the decoder's output, and Σ of the
//! likelihood's term, for which the output is never stored. What [`Inference`](crate::Inference) does on the CPU.
use super::grid::{MOST_BLOCKS, SMALL, Space, Tiling};
use super::parts::{Launch, Layer, Matrix, Memory, Output, Part, Run};
use crate::lanes::LANES;
use crate::net::{Activation, Affine, Net};

/// A model as the kernels look at it, some rows at a time.
#[derive(Debug, Clone)]
pub struct Looks {
    net: Net,
    rows: usize,
    processors: usize,
    places: Places,
    space: usize,
}

/// Where the numbers of a call stand in its memory, in floats from its start; row-major.
#[derive(Debug, Clone, Copy)]
pub struct Places {
    /// x (n, D).
    pub x: u32,
    /// z (n, d).
    pub z: u32,
    /// μ (n, d).
    pub mean: u32,
    /// ln σ² (n, d).
    pub log_var: u32,
    /// The decoder's output (n, D).
    pub out: u32,
    /// Σ of the term, (n, blocks) doubles, each over some dimensions.
    pub sums: u32,
    /// A layer's input and output, by turns.
    h: [u32; 2],
}

impl Looks {
    /// Calls of up to so many rows, on a device of so many processors.
    ///
    /// `None` if a call's memory has 2³² numbers or more, or it has too many rows for a grid.
    ///
    /// # Panics
    /// If the layers do not fit onto each other or overlap in θ.
    pub fn new(net: Net, rows: usize, processors: usize) -> Option<Self> {
        assert!(net.is_sound(), "the layers fit onto each other");
        let rows = rows.next_multiple_of(LANES);
        let widest = net.layers().map(|layer| layer.fan_in.max(layer.fan_out)).max()?;
        if net.len() >= u32::MAX as usize || rows.div_ceil(SMALL.0) > MOST_BLOCKS {
            return None;
        }
        let (d, input) = (net.latent(), net.input());
        let mut space = Space::default();
        let places = Places {
            x: space.floats(rows, input),
            z: space.floats(rows, d),
            mean: space.floats(rows, d),
            log_var: space.floats(rows, d),
            out: space.floats(rows, input),
            sums: space.floats(rows, 2 * input.div_ceil(SMALL.0)), // doubles
            h: [(); 2].map(|()| space.floats(rows, widest)),
        };
        Some(Self { net, rows, processors, places, space: space.len()? })
    }

    /// The model.
    pub fn net(&self) -> &Net {
        &self.net
    }

    /// Rows of the largest call.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Floats that a call needs.
    pub fn space(&self) -> usize {
        self.space
    }

    /// Where its numbers stand.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// x → μ and, unless the posterior is a point, ln σ², for so many rows; the plan must say as many examples.
    pub fn encode(&self, memory: &Memory, rows: usize) -> Vec<Launch> {
        let Places { x, mean, log_var, .. } = self.places;
        let (mut launches, h) = self.hidden(memory, &self.net.encoder, x, rows);
        launches.push(self.layer(memory, &self.net.mean, Activation::Identity, h, mean, rows));
        let log_var = |layer| self.layer(memory, layer, Activation::Identity, h, log_var, rows);
        launches.extend(self.net.log_var.as_ref().map(log_var));
        launches
    }

    /// z → the decoder's output, for so many rows; the plan must say as many examples.
    pub fn decode(&self, memory: &Memory, rows: usize) -> Vec<Launch> {
        let Places { z, out, .. } = self.places;
        let (mut launches, h) = self.hidden(memory, &self.net.decoder, z, rows);
        launches.push(self.layer(memory, &self.net.output, Activation::Identity, h, out, rows));
        launches
    }

    /// z, and the x that each `draws` of them explain, → Σ of the term, and into how many parts it is divided; the plan
    /// must say as many examples as there are rows of z.
    pub fn terms(&self, memory: &Memory, rows: usize, draws: usize) -> (Vec<Launch>, usize) {
        let Places { x, z, sums, .. } = self.places;
        let (mut launches, h) = self.hidden(memory, &self.net.decoder, z, rows);
        let run = Run::of(&self.net, memory, self.space, draws);
        let part = Part::Output(Output { affine: Matrix::of(&self.net.output), h, x, g: 0, sums });
        let tiling = self.tiling(["terms_32", "terms_64"], rows, self.net.input());
        launches.push(tiling.launch(1, run, part));
        (launches, tiling.across)
    }

    /// Through some hidden layers, and where the last of them leaves its output.
    fn hidden(&self, memory: &Memory, layers: &[Affine], mut x: u32, rows: usize) -> (Vec<Launch>, u32) {
        let mut launches = Vec::new();
        for (layer, h) in layers.iter().zip(self.places.h.into_iter().cycle()) {
            launches.push(self.layer(memory, layer, self.net.activation, x, h, rows));
            x = h;
        }
        (launches, x)
    }

    fn layer(&self, memory: &Memory, layer: &Affine, f: Activation, x: u32, h: u32, rows: usize) -> Launch {
        let run = Run { activation: f.number(), ..Run::of(&self.net, memory, self.space, 1) };
        let part = Part::Forward(Layer { affine: Matrix::of(layer), draws: 1, x, h, kept: h });
        self.tiling(["forward_32", "forward_64"], rows, layer.fan_out).launch(1, run, part)
    }

    fn tiling(&self, names: [&'static str; 2], rows: usize, columns: usize) -> Tiling {
        Tiling::of(names, rows.next_multiple_of(LANES), columns, 1, self.processors)
    }
}
