//! What the kernels are handed: the structs of `cuda/step.cu`, word for word.
use crate::adam::Adam;
use crate::inputs::Terms;
use crate::net::{Activation, Affine, Net, Term};
use crate::noise::Key;
use crate::permutation::Permutation;
use crate::posterior::Family;

/// For an offset: there is none.
const NONE: u32 = u32::MAX;

/// What the host decides about one step of one member.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(C)]
pub struct Plan {
    step: u64,
    first: u32,
    examples: u32,
    order_keys: [u32; 8],
    noise_key: [u32; 2],
    binarize_key: [u32; 2],
    beta: f32,
    mean_weight: f32,
    decay: f32,
    square_weight: f32,
    size: f32,
    inverse_root: f32,
    epsilon: f32,
    keep: f32,
}

impl Plan {
    /// The step of this number (from 0) on `examples` examples, the first of them at the position `first` of the epoch's
    /// `order`; ε and dynamic binarisation are drawn under the keys `noise` and `binarize`.
    ///
    /// # Panics
    /// If a position exceeds 2³².
    #[expect(clippy::too_many_arguments, reason = "all that varies from step to step")]
    pub fn new(
        step: u64,
        order: &Permutation,
        first: u64,
        examples: u32,
        noise: Key,
        binarize: Key,
        beta: f64,
        adam: Adam,
    ) -> Self {
        assert!(first + u64::from(examples) <= order.len(), "a batch of the epoch");
        let Adam { mean_weight, decay, square_weight, size, inverse_root, epsilon, keep } = adam;
        Self {
            step,
            first: first as u32,
            examples,
            order_keys: order.round_keys(),
            noise_key: noise.halves(),
            binarize_key: binarize.halves(),
            beta: (beta / f64::from(examples)) as f32,
            mean_weight,
            decay,
            square_weight,
            size,
            inverse_root,
            epsilon,
            keep,
        }
    }
}

impl Plan {
    /// Not of a step, but of a call on so many rows.
    pub fn for_rows(rows: u32) -> Self {
        Self { examples: rows, ..Self::default() }
    }
}

/// What a step of one member found out.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(C)]
pub struct Outcome {
    /// The terms of the bound, those of a loss that is not finite included.
    pub terms: Terms,
    /// The s = ln σ² of a learned variance that they hold for, else 0.
    pub log_variance: f64,
}

/// Addresses of what a step reads and writes; each has a leading axis for the members.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    /// θ, as many numbers as [`Net::len`](crate::Net::len).
    pub theta: u64,
    /// Adam's first moment.
    pub m: u64,
    /// Adam's second moment.
    pub v: u64,
    /// So many floats for each member as the program asks for.
    pub work: u64,
    /// The [`Plan`] of each member.
    pub plan: u64,
    /// The [`Outcome`] of each member.
    pub outcome: u64,
    /// A u32 for each member, 0 as long as it is updated: until a loss is not finite, or it rests.
    pub failed: u64,
    /// [`Program::updates`](super::Program::updates).
    pub updates: u64,
}

/// What all kernels of a step share.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Run {
    pub(super) theta: u64,
    pub(super) m: u64,
    pub(super) v: u64,
    pub(super) work: u64,
    pub(super) plan: u64,
    pub(super) outcome: u64,
    pub(super) failed: u64,
    pub(super) parameters: u32,
    pub(super) space: u32,
    pub(super) input: u32,
    pub(super) latent: u32,
    pub(super) draws: u32,
    pub(super) activation: u32,
    pub(super) term: u32,
    pub(super) factor: f32,
    pub(super) log_variance: u32,
    pub(super) family: u32,
    pub(super) location: f32,
    pub(super) scale: f32,
    pub(super) monte_carlo: u32,
    pub(super) padding: u32,
}

impl Run {
    /// Models of this shape in this memory, with L = `draws`.
    pub(super) fn of(net: &Net, memory: &Memory, space: usize, draws: usize) -> Self {
        let Memory { theta, m, v, work, plan, outcome, failed, .. } = *memory;
        Self {
            theta,
            m,
            v,
            work,
            plan,
            outcome,
            failed,
            parameters: net.len() as u32,
            space: space as u32,
            input: net.input() as u32,
            latent: net.latent() as u32,
            draws: draws as u32,
            activation: net.activation.number(),
            term: net.term.number(),
            factor: net.factor,
            log_variance: net.log_variance.map_or(NONE, |at| at as u32),
            family: net.posterior.family.number(),
            location: net.posterior.location,
            scale: net.posterior.scale,
            monte_carlo: u32::from(net.posterior.monte_carlo),
            padding: 0,
        }
    }
}

/// The data set where the kernels find it, as addresses. Of `bytes` and `floats` one is 0.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Data {
    pub(super) bytes: u64,
    pub(super) table: u64,
    pub(super) floats: u64,
    pub(super) mean: u64,
    pub(super) deviation: u64,
    pub(super) n: u64,
    pub(super) bits: u32,
    pub(super) threshold: u32,
    pub(super) dynamic: u32,
    pub(super) x: u32,
}

/// [`Affine`] as the kernels know it.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Matrix {
    pub(super) weight: u32,
    pub(super) bias: u32,
    pub(super) fan_in: u32,
    pub(super) fan_out: u32,
    pub(super) reads_data: u32,
}

impl Matrix {
    pub(super) fn of(affine: &Affine) -> Self {
        let Affine { weight, bias, fan_in, fan_out, reads_data } = *affine;
        let [weight, bias, fan_in, fan_out] = [weight, bias, fan_in, fan_out].map(|number| number as u32);
        Self { weight, bias, fan_in, fan_out, reads_data: u32::from(reads_data) }
    }
}

/// A hidden layer, for rows of examples or of draws.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Layer {
    pub(super) affine: Matrix,
    pub(super) draws: u32,
    pub(super) x: u32,
    pub(super) h: u32,
    pub(super) kept: u32,
}

/// μ and ln σ² of q(z|x).
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Heads {
    pub(super) mean: Matrix,
    pub(super) log_var: Matrix,
    pub(super) has_log_var: u32,
}

/// Where the latent's numbers stand.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Latent {
    pub(super) heads: Heads,
    pub(super) x: u32,
    pub(super) head: u32,
    pub(super) head_gradient: u32,
    pub(super) kl: u32,
    pub(super) noise: u32,
    pub(super) z: u32,
}

/// The decoder's output.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Output {
    pub(super) affine: Matrix,
    pub(super) h: u32,
    pub(super) x: u32,
    pub(super) g: u32,
    pub(super) sums: u32,
}

/// Both terms of the bound.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Bound {
    pub(super) sums: u32,
    pub(super) blocks: u32,
    pub(super) kl: u32,
}

/// The way back through one layer.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Back {
    pub(super) affine: Matrix,
    pub(super) draws: u32,
    pub(super) g: u32,
    pub(super) kept: u32,
    pub(super) out: u32,
}

/// The way back to z and through the sample.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct SampleBack {
    pub(super) affine: Matrix,
    pub(super) g: u32,
    pub(super) latent: Latent,
}

/// The way back from the heads.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct HeadBack {
    pub(super) heads: Heads,
    pub(super) g: u32,
    pub(super) kept: u32,
    pub(super) out: u32,
}

/// How a layer is updated.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Update {
    pub(super) weight: u32,
    pub(super) bias: u32,
    pub(super) rows: u32,
    pub(super) columns: u32,
    pub(super) a: u32,
    pub(super) a_stride: u32,
    pub(super) b: u32,
    pub(super) b_stride: u32,
    pub(super) g: u32,
    pub(super) g_stride: u32,
    pub(super) outputs: u32,
    pub(super) draws: u32,
    pub(super) first_block: u32,
    pub(super) padding: u32,
}

/// The table of all layers' updates.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Updates {
    pub(super) updates: u64,
    pub(super) count: u32,
    pub(super) padding: u32,
}

/// A kernel's own argument.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "named for their kernels")]
pub enum Part {
    Gather(Data),
    Forward(Layer),
    Sample(Latent),
    Output(Output),
    Bound(Bound),
    Backward(Back),
    SampleBack(SampleBack),
    HeadBack(HeadBack),
    Update(Updates),
}

impl Part {
    /// Where the argument stands in memory, as a launch wants to know it.
    pub fn address(&self) -> *const std::ffi::c_void {
        match self {
            Self::Gather(part) => std::ptr::from_ref(part).cast(),
            Self::Forward(part) => std::ptr::from_ref(part).cast(),
            Self::Sample(part) => std::ptr::from_ref(part).cast(),
            Self::Output(part) => std::ptr::from_ref(part).cast(),
            Self::Bound(part) => std::ptr::from_ref(part).cast(),
            Self::Backward(part) => std::ptr::from_ref(part).cast(),
            Self::SampleBack(part) => std::ptr::from_ref(part).cast(),
            Self::HeadBack(part) => std::ptr::from_ref(part).cast(),
            Self::Update(part) => std::ptr::from_ref(part).cast(),
        }
    }

    /// The size of each struct that both sides know, in the order in which `cuda/step.cu` defines them: the tests compare.
    pub fn sizes() -> [usize; 13] {
        [
            size_of::<Plan>(),
            size_of::<Run>(),
            size_of::<Data>(),
            size_of::<Layer>(),
            size_of::<Latent>(),
            size_of::<Output>(),
            size_of::<Bound>(),
            size_of::<Back>(),
            size_of::<SampleBack>(),
            size_of::<HeadBack>(),
            size_of::<Update>(),
            size_of::<Updates>(),
            size_of::<Outcome>(),
        ]
    }
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

impl Activation {
    /// The number by which the kernels know it.
    pub(super) fn number(self) -> u32 {
        match self {
            Self::Relu => 0,
            Self::Tanh => 1,
            Self::Softplus => 2,
            Self::Silu => 3,
            Self::Identity => 4,
        }
    }
}

impl Family {
    /// The number by which the kernels know it.
    fn number(self) -> u32 {
        match self {
            Self::Gaussian => 0,
            Self::Laplace => 1,
            Self::Uniform => 2,
        }
    }
}

impl Term {
    /// The number by which the kernels know it.
    fn number(self) -> u32 {
        match self {
            Self::CrossEntropy => 0,
            Self::SquaredSigmoid => 1,
            Self::Squared => 2,
        }
    }
}
