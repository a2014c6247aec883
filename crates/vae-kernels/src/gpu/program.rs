//! A step as a list of launches, and the memory between its layers.
use super::parts::{
    Back, Bound, Data, HeadBack, Heads, Latent, Layer, Matrix, NONE, Output, Part, Run, SampleBack, Update, Updates,
    activation_number, term_number,
};
use crate::net::{Affine, Net};
use crate::noise::LANES;
use crate::permutation::Permutation;

/// The sides of the square tiles of a product, and the threads that share one: small ones where there are processors
/// without work otherwise, else large ones, which read less.
const SMALL: (usize, u32) = (32, 128);
const LARGE: (usize, u32) = (64, 256);
/// The side of the tiles at the latent, whose matrices are narrow.
const NARROW: usize = 16;
/// Threads of a block where each does one thing.
const BLOCK: usize = 256;
/// The most blocks along the second and third axis of a grid.
const MOST_BLOCKS: usize = 65_535;

/// Several models of one shape as the kernels train them.
#[derive(Debug, Clone)]
pub struct Program {
    net: Net,
    members: usize,
    draws: usize,
    processors: usize,
    /// Rows of examples, those that fill up the last panel included.
    rows: usize,
    encoder: Vec<Hidden>,
    decoder: Vec<Hidden>,
    x: u32,
    latent: Latent,
    g: u32,
    sums: u32,
    updates: Vec<Update>,
    update_blocks: u32,
    space: usize,
}

/// A hidden layer, and where its numbers stand.
#[derive(Debug, Clone, Copy)]
struct Hidden {
    affine: Affine,
    x: u32,
    h: u32,
    kept: u32,
    gradient: u32,
}

/// Addresses of what a step reads and writes; each has a leading axis for the members.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// θ, as many numbers as [`Net::len`].
    pub theta: u64,
    /// Adam's first moment.
    pub m: u64,
    /// Adam's second moment.
    pub v: u64,
    /// [`Program::space`] floats for each member.
    pub work: u64,
    /// The [`Plan`](super::Plan) of each member.
    pub plan: u64,
    /// [`Terms`](crate::Terms) of each member.
    pub terms: u64,
    /// A u32 for each member, 0 as long as its losses are finite.
    pub failed: u64,
    /// [`Program::updates`].
    pub updates: u64,
}

/// Where the data set lies: addresses, of which the absent ones are 0.
#[derive(Debug, Clone, Copy, Default)]
pub struct Resident {
    /// (n, D) bytes, or 0.
    pub bytes: u64,
    /// The number that each of the 256 bytes stands for.
    pub table: u64,
    /// (n, D) floats, where there are no bytes.
    pub floats: u64,
    /// What is subtracted from each column, or 0.
    pub mean: u64,
    /// What each column is divided by then.
    pub deviation: u64,
    /// Examples.
    pub n: u64,
    /// Do numbers become 1 from ½ up, else 0?
    pub threshold: bool,
    /// Do they become 1 with their own probability, in every step anew?
    pub dynamic: bool,
}

/// One kernel to be launched: `kernel<<<grid, threads>>>(run, part)`.
#[derive(Debug, Clone, Copy)]
pub struct Launch {
    /// Its name.
    pub kernel: &'static str,
    /// Blocks.
    pub grid: [u32; 3],
    /// Threads of a block.
    pub threads: u32,
    /// Its first argument.
    pub run: Run,
    /// Its second argument.
    pub part: Part,
}

/// Hands out places in a member's memory.
#[derive(Default)]
struct Space(usize);

impl Space {
    /// Room for so many floats, on a cache line of its own.
    fn floats(&mut self, count: usize) -> u32 {
        let start = self.0;
        self.0 = (start + count).next_multiple_of(32);
        start as u32 // `Program::new` sees to it that the end fits
    }
}

impl Program {
    /// Steps of `members` models on batches of up to `examples` with L = `draws`, on a device of so many processors.
    ///
    /// `None` if a member's memory has 2³² numbers or more, or the batch too many rows for a grid.
    ///
    /// # Panics
    /// If the layers do not fit onto each other or overlap in θ.
    pub fn new(net: Net, members: usize, examples: usize, draws: usize, processors: usize) -> Option<Self> {
        assert!(net.is_sound(), "the layers fit onto each other");
        let rows = examples.next_multiple_of(LANES);
        let drawn = rows.checked_mul(draws)?;
        let (d, input, head) = (net.latent(), net.input(), net.head());
        let widest = net.layers().map(|layer| layer.fan_in.max(layer.fan_out)).max()?;
        let widths: usize = net.layers().map(|layer| layer.fan_in + layer.fan_out).sum();
        let numbers = (drawn as u128) * 4 * (widths as u128) + net.len() as u128;
        let blocks = drawn.div_ceil(NARROW).max(rows).max(members);
        if numbers.max(widest as u128) >= u128::from(u32::MAX) || blocks > MOST_BLOCKS {
            return None;
        }

        let mut space = Space::default();
        let keeps_slope = net.activation.keeps_slope();
        let x = space.floats(rows * input);
        let encoder = hidden(&mut space, &net.encoder, x, rows, keeps_slope);
        let top = encoder.last().map_or(x, |hidden| hidden.h);
        let log_var = net.log_var.as_ref().unwrap_or(&net.mean);
        let latent = Latent {
            heads: Heads {
                mean: Matrix::of(&net.mean),
                log_var: Matrix::of(log_var),
                has_log_var: u32::from(net.log_var.is_some()),
            },
            x: top,
            head: space.floats(rows * head),
            head_gradient: space.floats(rows * head),
            kl: space.floats(rows * d),
            noise: space.floats(drawn * d),
            z: space.floats(drawn * d),
        };
        let decoder = hidden(&mut space, &net.decoder, latent.z, drawn, keeps_slope);
        let g = space.floats(drawn * input);
        let sums = space.floats(2 * drawn * input.div_ceil(SMALL.0)); // doubles
        let mut program = Self {
            members,
            draws,
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
            space: space.0,
            net,
        };
        program.plan_updates();
        Some(program)
    }

    /// Floats that each member needs between its layers.
    pub fn space(&self) -> usize {
        self.space
    }

    /// How each layer is updated: a table for the kernels, the same in every step.
    pub fn updates(&self) -> &[Update] {
        &self.updates
    }

    /// How many models it trains.
    pub fn members(&self) -> usize {
        self.members
    }

    /// Rows of draws.
    fn drawn(&self) -> usize {
        self.rows * self.draws
    }

    /// The decoder's layer that reads z, and the gradient of its output.
    fn above_z(&self) -> (&Affine, u32) {
        self.decoder.first().map_or((&self.net.output, self.g), |hidden| (&hidden.affine, hidden.gradient))
    }

    fn plan_updates(&mut self) {
        let Self { net, latent, draws, .. } = &*self;
        let (d, head) = (net.latent() as u32, net.head() as u32);
        // A layer's input, its gradient, how far apart rows of that are, and the draws of an example.
        let hidden =
            |hidden: &Hidden, draws| (hidden.affine, hidden.x, hidden.gradient, hidden.affine.fan_out as u32, draws);
        let mut layers: Vec<_> = self.encoder.iter().map(|layer| hidden(layer, 1)).collect();
        layers.push((net.mean, latent.x, latent.head_gradient, head, 1));
        layers.extend(net.log_var.map(|layer| (layer, latent.x, latent.head_gradient + d, head, 1)));
        layers.extend(self.decoder.iter().map(|layer| hidden(layer, *draws)));
        let top = self.decoder.last().map_or(latent.z, |hidden| hidden.h);
        layers.push((net.output, top, self.g, net.input() as u32, *draws));

        let mut block = 0;
        self.updates = layers
            .into_iter()
            .map(|(affine, x, g, g_stride, draws)| {
                let Matrix { weight, bias, fan_in, fan_out, reads_data } = Matrix::of(&affine);
                let of_input = (x, fan_in);
                let of_gradient = (g, g_stride);
                let ((rows, (a, a_stride)), (columns, (b, b_stride))) = match reads_data {
                    1 => ((fan_in, of_input), (fan_out, of_gradient)),
                    _ => ((fan_out, of_gradient), (fan_in, of_input)),
                };
                let first_block = block;
                let side = LARGE.0 as u32;
                block += rows.div_ceil(side) * columns.div_ceil(side) + fan_out.div_ceil(BLOCK as u32);
                Update {
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
    pub fn launches(&self, memory: &Memory, data: &Resident) -> Vec<Launch> {
        let run = self.run(memory);
        let (rows, drawn, members) = (self.rows, self.drawn(), self.members as u32);
        let mut launches = Vec::new();
        let mut launch = |kernel, x: usize, y: usize, threads, part| {
            launches.push(Launch { kernel, grid: [x as u32, y as u32, members], threads, run, part });
        };
        // A product of so many rows and columns in tiles of one of two sizes.
        let tiled = |names: [&'static str; 2], rows: usize, columns: usize| {
            let large = rows.div_ceil(LARGE.0) * columns.div_ceil(LARGE.0) * self.members;
            let (name, (side, threads)) = if large >= self.processors { (names[1], LARGE) } else { (names[0], SMALL) };
            (name, columns.div_ceil(side), rows.div_ceil(side), threads)
        };

        launch("gather", self.net.input().div_ceil(BLOCK), rows, BLOCK as u32, Part::Gather(self.data(data)));
        let forward = ["forward_32", "forward_64"];
        for hidden in &self.encoder {
            let (name, x, y, threads) = tiled(forward, rows, hidden.affine.fan_out);
            launch(name, x, y, threads, Part::Forward(hidden.layer(1)));
        }
        let d = self.net.latent();
        launch("sample", (2 * d).div_ceil(NARROW), rows / NARROW, 128, Part::Sample(self.latent));
        for hidden in &self.decoder {
            let (name, x, y, threads) = tiled(forward, drawn, hidden.affine.fan_out);
            launch(name, x, y, threads, Part::Forward(hidden.layer(self.draws)));
        }
        let (name, x, y, threads) = tiled(["output_32", "output_64"], drawn, self.net.input());
        launch(name, x, y, threads, Part::Output(self.output()));
        launch(
            "bound",
            1,
            1,
            BLOCK as u32,
            Part::Bound(Bound { sums: self.sums, blocks: x as u32, kl: self.latent.kl }),
        );

        let backward = ["backward_32", "backward_64"];
        let mut above = (&self.net.output, self.g);
        for hidden in self.decoder.iter().rev() {
            let (name, x, y, threads) = tiled(backward, drawn, hidden.affine.fan_out);
            launch(name, x, y, threads, Part::Backward(hidden.back(above, self.draws)));
            above = (&hidden.affine, hidden.gradient);
        }
        let (affine, g) = self.above_z();
        let back = SampleBack { affine: Matrix::of(affine), g, latent: self.latent };
        launch("sample_back", d.div_ceil(NARROW), rows / NARROW, 256, Part::SampleBack(back));
        if let Some((top, below)) = self.encoder.split_last() {
            let Hidden { kept, gradient: out, affine, .. } = *top;
            let part = HeadBack { heads: self.latent.heads, g: self.latent.head_gradient, kept, out };
            let (side, threads) = SMALL;
            launch("head_back", affine.fan_out.div_ceil(side), rows.div_ceil(side), threads, Part::HeadBack(part));
            let mut above = (&top.affine, top.gradient);
            for hidden in below.iter().rev() {
                let (name, x, y, threads) = tiled(backward, rows, hidden.affine.fan_out);
                launch(name, x, y, threads, Part::Backward(hidden.back(above, 1)));
                above = (&hidden.affine, hidden.gradient);
            }
        }
        let updates = Updates { updates: memory.updates, count: self.updates.len() as u32, padding: 0 };
        launch("update", self.update_blocks as usize, 1, BLOCK as u32, Part::Update(updates));
        launches
    }

    fn run(&self, memory: &Memory) -> Run {
        let Memory { theta, m, v, work, plan, terms, failed, .. } = *memory;
        Run {
            theta,
            m,
            v,
            work,
            plan,
            terms,
            failed,
            parameters: self.net.len() as u32,
            space: self.space as u32,
            input: self.net.input() as u32,
            latent: self.net.latent() as u32,
            draws: self.draws as u32,
            activation: activation_number(self.net.activation),
            term: term_number(self.net.term),
            factor: self.net.factor,
            log_variance: self.net.log_variance.map_or(NONE, |at| at as u32),
            padding: 0,
        }
    }

    fn data(&self, resident: &Resident) -> Data {
        let Resident { bytes, table, floats, mean, deviation, n, threshold, dynamic } = *resident;
        let (threshold, dynamic) = (u32::from(threshold), u32::from(dynamic));
        Data { bytes, table, floats, mean, deviation, n, bits: Permutation::width(n), threshold, dynamic, x: self.x }
    }

    fn output(&self) -> Output {
        let h = self.decoder.last().map_or(self.latent.z, |hidden| hidden.h);
        Output { affine: Matrix::of(&self.net.output), h, x: self.x, g: self.g, sums: self.sums }
    }
}

/// Room for some hidden layers, one on top of the other.
fn hidden(space: &mut Space, layers: &[Affine], mut x: u32, rows: usize, keeps_slope: bool) -> Vec<Hidden> {
    let mut stack = Vec::new();
    for &affine in layers {
        let h = space.floats(rows * affine.fan_out);
        // The gradient goes where the slope was, but not over h, which the weights above want.
        let gradient = space.floats(rows * affine.fan_out);
        stack.push(Hidden { affine, x, h, kept: if keeps_slope { gradient } else { h }, gradient });
        x = h;
    }
    stack
}

impl Hidden {
    fn layer(&self, draws: usize) -> Layer {
        let Self { affine, x, h, kept, .. } = *self;
        Layer { affine: Matrix::of(&affine), draws: draws as u32, x, h, kept }
    }

    /// The way back to this layer from the one above it.
    fn back(&self, (above, g): (&Affine, u32), draws: usize) -> Back {
        Back { affine: Matrix::of(above), draws: draws as u32, g, kept: self.kept, out: self.gradient }
    }
}
