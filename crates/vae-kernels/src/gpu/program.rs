//! A step as a list of launches, and the memory between its layers.
use super::grid::{Allocation, LARGE, MAX_BLOCKS, Precision, SMALL_TILE, Tiling};
use super::kernel_args::{
    Addresses, AffineArgs, Back, Bound, Data, HeadBack, Heads, KernelArgs, LatentArgs, Launch, LayerArgs, Output,
    SampleBack, StepArgs, UpdateArgs, Updates,
};
use crate::lanes::LANES;
use crate::net::{Affine, Net};
use crate::permutation::Permutation;

/// Side of the tiles at the latent, where matrices are narrow.
const NARROW: usize = 16;

/// Threads per block if each handles one element.
const BLOCK: usize = 256;

/// Training program of an ensemble: models of one shape.
#[derive(Debug, Clone)]
pub struct Program {
    net: Net,
    members: usize,
    draws: usize,
    precision: Precision,
    processors: usize,
    /// Rows of examples, padding of the last panel included.
    rows: usize,
    encoder: Vec<HiddenOffsets>,
    decoder: Vec<HiddenOffsets>,
    x: u32,
    latent: LatentArgs,
    g: u32,
    sums: u32,
    updates: Vec<UpdateArgs>,
    update_blocks: u32,
    space: usize,
}

/// A hidden layer, and the offsets of its arrays.
#[derive(Debug, Clone, Copy)]
struct HiddenOffsets {
    affine: Affine,
    x: u32,
    h: u32,
    kept: u32,
    gradient: u32,
}

/// Addresses of the data set; those of absent arrays are 0.
#[derive(Debug, Clone, Copy, Default)]
pub struct Resident {
    /// (n, D) bytes, or 0.
    pub bytes: u64,
    /// The number for each of the 256 bytes.
    pub table: u64,
    /// (n, D) floats, if there are no bytes.
    pub floats: u64,
    /// Value subtracted from each column, or 0.
    pub mean: u64,
    /// Divisor of each column after that.
    pub deviation: u64,
    /// Examples.
    pub n: u64,
    /// True if numbers from ½ up become 1, and others 0.
    pub threshold: bool,
    /// True if they become 1 with their own probability, drawn in every step.
    pub dynamic: bool,
}

impl Program {
    /// Steps of `members` models on batches of up to `examples` with L = `draws`, on a device of `processors` SMs.
    ///
    /// `None` if a member's memory has 2³² numbers or more, or the batch too many rows for a grid.
    ///
    /// # Panics
    /// If the layers do not fit onto each other or overlap in θ.
    pub fn new(
        net: Net,
        members: usize,
        (examples, draws): (usize, usize),
        precision: Precision,
        processors: usize,
    ) -> Option<Self> {
        assert!(net.is_sound(), "the layers fit onto each other");
        let rows = examples.next_multiple_of(LANES);
        let drawn = rows.checked_mul(draws)?;
        let d = net.latent();
        let input = net.input();
        let head = net.head();
        let blocks = drawn.div_ceil(NARROW).max(rows).max(members);
        if net.len() >= u32::MAX as usize || blocks > MAX_BLOCKS {
            return None;
        }

        let mut space = Allocation::default();
        let keeps_slope = net.activation.keeps_slope();
        let x = space.floats(rows, input);
        let encoder = hidden(&mut space, &net.encoder, x, rows, keeps_slope);
        let top = encoder.last().map_or(x, |hidden| hidden.h);
        let raw_scale = net.scale_head.as_ref().unwrap_or(&net.mean);
        let latent = LatentArgs {
            heads: Heads {
                mean: AffineArgs::new(&net.mean),
                raw_scale: AffineArgs::new(raw_scale),
                has_log_var: u32::from(net.scale_head.is_some()),
            },
            x: top,
            head: space.floats(rows, head),
            head_gradient: space.floats(rows, head),
            kl: space.floats(rows, d),
            noise: space.floats(drawn, d),
            z: space.floats(drawn, d),
        };
        let decoder = hidden(&mut space, &net.decoder, latent.z, drawn, keeps_slope);
        let g = space.floats(drawn, input);
        let sums = space.floats(drawn, 2 * input.div_ceil(SMALL_TILE.0)); // doubles
        let mut program = Self {
            members,
            draws,
            precision,
            processors,
            rows,
            encoder,
            decoder,
            x,
            latent,
            g,
            sums,
            updates: Vec::new(),
            update_blocks: 0,
            space: space.len()?,
            net,
        };
        program.plan_updates();
        Some(program)
    }

    /// Floats of memory between the layers, per member.
    pub fn space(&self) -> usize {
        self.space
    }

    /// Table of the layers' updates for the kernels, the same in every step.
    pub fn updates(&self) -> &[UpdateArgs] {
        &self.updates
    }

    /// Number of models trained.
    pub fn members(&self) -> usize {
        self.members
    }

    /// Rows of draws.
    fn drawn(&self) -> usize {
        self.rows * self.draws
    }

    fn plan_updates(&mut self) {
        let Self { net, latent, draws, .. } = &*self;
        let (d, head) = (net.latent() as u32, net.head() as u32);
        // A layer, its input, its gradient, the stride of the gradient's rows, and the draws per example.
        let hidden = |hidden: &HiddenOffsets, draws| {
            (hidden.affine, hidden.x, hidden.gradient, hidden.affine.fan_out as u32, draws)
        };
        let mut layers: Vec<_> = self.encoder.iter().map(|layer| hidden(layer, 1)).collect();
        layers.push((net.mean, latent.x, latent.head_gradient, head, 1));
        layers.extend(net.scale_head.map(|layer| (layer, latent.x, latent.head_gradient + d, head, 1)));
        layers.extend(self.decoder.iter().map(|layer| hidden(layer, *draws)));
        let top = self.decoder.last().map_or(latent.z, |hidden| hidden.h);
        layers.push((net.output, top, self.g, net.input() as u32, *draws));

        let mut block = 0;
        self.updates = layers
            .into_iter()
            .map(|(affine, x, g, g_stride, draws)| {
                let AffineArgs { weight, bias, fan_in, fan_out, reads_data } = AffineArgs::new(&affine);
                let of_input = (x, fan_in);
                let of_gradient = (g, g_stride);
                let ((rows, (a, a_stride)), (columns, (b, b_stride))) = match reads_data {
                    1 => ((fan_in, of_input), (fan_out, of_gradient)),
                    _ => ((fan_out, of_gradient), (fan_in, of_input)),
                };
                let first_block = block;
                let side = LARGE.0 as u32;
                block += rows.div_ceil(side) * columns.div_ceil(side) + fan_out.div_ceil(BLOCK as u32);
                UpdateArgs {
                    weight,
                    bias,
                    rows,
                    columns,
                    a,
                    a_stride,
                    b,
                    b_stride,
                    g,
                    g_stride,
                    outputs: fan_out,
                    draws: draws as u32,
                    first_block,
                    padding: 0,
                }
            })
            .collect();
        self.update_blocks = block;
    }

    /// The launches of one step, in order.
    pub fn launches(&self, memory: &Addresses, data: &Resident) -> Vec<Launch> {
        let run = StepArgs::new(&self.net, memory, self.space, self.draws);
        let rows = self.rows;
        let drawn = self.drawn();
        let d = self.net.latent();
        let launch = |kernel, x: usize, y: usize, threads, part| {
            let grid = [x as u32, y as u32, self.members as u32];
            Launch { kernel, grid, threads, run, args: part }
        };
        let precision = self.precision;
        let tiling = |names, rows, columns| Tiling::new(names, rows, columns, self.members, self.processors);
        let tiled = |names, rows, columns, part| tiling(names, rows, columns).launch(self.members, run, part);
        let forward = |rows, draws, hidden: &HiddenOffsets| {
            let names = precision.pick(["forward_32", "forward_64"], ["forward_32_tf32", "forward_64_tf32"]);
            tiled(names, rows, hidden.affine.fan_out, KernelArgs::Forward(hidden.layer(draws)))
        };
        let backward = |rows, draws, hidden: &HiddenOffsets, above| {
            let part = KernelArgs::Backward(hidden.back(above, draws));
            let names = precision.pick(["backward_32", "backward_64"], ["backward_32_tf32", "backward_64_tf32"]);
            tiled(names, rows, hidden.affine.fan_out, part)
        };

        let part = KernelArgs::Gather(self.data(data));
        let mut launches = vec![launch("gather", self.net.input().div_ceil(BLOCK), rows, BLOCK as u32, part)];
        launches.extend(self.encoder.iter().map(|hidden| forward(rows, 1, hidden)));
        launches.push(launch("sample", (2 * d).div_ceil(NARROW), rows / NARROW, 128, KernelArgs::Sample(self.latent)));
        launches.extend(self.decoder.iter().map(|hidden| forward(drawn, self.draws, hidden)));
        let names = precision.pick(["output_32", "output_64"], ["output_32_tf32", "output_64_tf32"]);
        let output = tiling(names, drawn, self.net.input());
        launches.push(output.launch(self.members, run, KernelArgs::Output(self.output())));
        let bound = Bound { sums: self.sums, blocks: output.across as u32, kl: self.latent.kl };
        launches.push(launch("bound", 1, 1, BLOCK as u32, KernelArgs::Bound(bound)));

        let mut above = (&self.net.output, self.g);
        for hidden in self.decoder.iter().rev() {
            launches.push(backward(drawn, self.draws, hidden, above));
            above = (&hidden.affine, hidden.gradient);
        }
        let back = SampleBack { affine: AffineArgs::new(above.0), g: above.1, latent: self.latent };
        launches.push(launch("sample_back", d.div_ceil(NARROW), rows / NARROW, 256, KernelArgs::SampleBack(back)));
        if let Some((top, below)) = self.encoder.split_last() {
            let HiddenOffsets { kept, gradient: out, affine, .. } = *top;
            let part = HeadBack { heads: self.latent.heads, g: self.latent.head_gradient, kept, out };
            let (side, threads) = SMALL_TILE;
            let (across, down) = (affine.fan_out.div_ceil(side), rows.div_ceil(side));
            let name = precision.pick("head_back", "head_back_tf32");
            launches.push(launch(name, across, down, threads, KernelArgs::HeadBack(part)));
            let mut above = (&top.affine, top.gradient);
            for hidden in below.iter().rev() {
                launches.push(backward(rows, 1, hidden, above));
                above = (&hidden.affine, hidden.gradient);
            }
        }
        let updates = Updates { updates: memory.updates, count: self.updates.len() as u32, padding: 0 };
        let name = precision.pick("update", "update_tf32");
        launches.push(launch(name, self.update_blocks as usize, 1, BLOCK as u32, KernelArgs::Update(updates)));
        launches
    }

    fn data(&self, resident: &Resident) -> Data {
        let Resident { bytes, table, floats, mean, deviation, n, threshold, dynamic } = *resident;
        let (threshold, dynamic) = (u32::from(threshold), u32::from(dynamic));
        Data { bytes, table, floats, mean, deviation, n, bits: Permutation::width(n), threshold, dynamic, x: self.x }
    }

    fn output(&self) -> Output {
        let h = self.decoder.last().map_or(self.latent.z, |hidden| hidden.h);
        Output { affine: AffineArgs::new(&self.net.output), h, x: self.x, g: self.g, sums: self.sums }
    }
}

/// Allocates the arrays of some hidden layers, one on top of the other.
fn hidden(space: &mut Allocation, layers: &[Affine], mut x: u32, rows: usize, keeps_slope: bool) -> Vec<HiddenOffsets> {
    let mut stack = Vec::new();
    for &affine in layers {
        let h = space.floats(rows, affine.fan_out);
        // The gradient overwrites the slope, but not h, which the weights above need.
        let gradient = space.floats(rows, affine.fan_out);
        stack.push(HiddenOffsets { affine, x, h, kept: if keeps_slope { gradient } else { h }, gradient });
        x = h;
    }
    stack
}

impl HiddenOffsets {
    fn layer(&self, draws: usize) -> LayerArgs {
        let Self { affine, x, h, kept, .. } = *self;
        LayerArgs { affine: AffineArgs::new(&affine), draws: draws as u32, x, h, kept }
    }

    /// Backward pass to this layer from the one above it.
    fn back(&self, (above, g): (&Affine, u32), draws: usize) -> Back {
        Back { affine: AffineArgs::new(above), draws: draws as u32, g, kept: self.kept, out: self.gradient }
    }
}
