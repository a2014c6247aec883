//! Kernel arguments: the structs of `cuda/step.cu`, field by field.
use crate::adam::Adam;
use crate::inputs::TermSums;
use crate::net::{Activation, Affine, Net, PixelLoss};
use crate::noise::Key;
use crate::permutation::Permutation;
use crate::posterior::Family;

/// Offset of what does not exist.
const NONE: u32 = u32::MAX;

/// The host's parameters for one step of one member.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(C)]
pub struct StepPlan {
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

impl StepPlan {
    /// Plan of step `step` (from 0) on `examples` examples, the first of them at position `first` of the epoch's
    /// `order`; `noise` and `binarize` are the keys of ε and of dynamic binarisation.
    ///
    /// # Panics
    /// If the batch exceeds the epoch.
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

impl StepPlan {
    /// Plan of an inference call on `rows` rows.
    pub fn for_rows(rows: u32) -> Self {
        Self { examples: rows, ..Self::default() }
    }
}

/// Result of one step of one member.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(C)]
pub struct StepResult {
    /// The terms of the bound, also of a loss that is not finite.
    pub terms: TermSums,
    /// The s = ln σ² of a learned variance that they were computed with, else 0.
    pub log_variance: f64,
}

/// Addresses of a step's inputs and outputs; each has a leading axis for the members.
#[derive(Debug, Clone, Copy, Default)]
pub struct Addresses {
    /// θ, [`Net::len`](crate::Net::len) numbers per member.
    pub theta: u64,
    /// Adam's first moment.
    pub m: u64,
    /// Adam's second moment.
    pub v: u64,
    /// Working memory, the `space` of the program in floats per member.
    pub work: u64,
    /// The [`StepPlan`] of each member.
    pub plan: u64,
    /// The [`StepResult`] of each member.
    pub outcome: u64,
    /// A u32 per member, 0 while it is updated: until a loss is not finite, or it rests.
    pub failed: u64,
    /// [`Program::updates`](super::Program::updates).
    pub updates: u64,
}

/// Arguments shared by all kernels of a step.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct StepArgs {
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

impl StepArgs {
    /// Arguments for models of this shape in this memory, with L = `draws`.
    pub(super) fn new(net: &Net, memory: &Addresses, space: usize, draws: usize) -> Self {
        let Addresses { theta, m, v, work, plan, outcome, failed, .. } = *memory;
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

/// Addresses of the data set; one of `bytes` and `floats` is 0.
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

/// [`Affine`] as a kernel argument.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct AffineArgs {
    pub(super) weight: u32,
    pub(super) bias: u32,
    pub(super) fan_in: u32,
    pub(super) fan_out: u32,
    pub(super) reads_data: u32,
}

impl AffineArgs {
    pub(super) fn new(affine: &Affine) -> Self {
        let Affine { weight, bias, fan_in, fan_out, reads_data } = *affine;
        let [weight, bias, fan_in, fan_out] = [weight, bias, fan_in, fan_out].map(|number| number as u32);
        Self { weight, bias, fan_in, fan_out, reads_data: u32::from(reads_data) }
    }
}

/// A hidden layer, for rows of examples or of draws.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct LayerArgs {
    pub(super) affine: AffineArgs,
    pub(super) draws: u32,
    pub(super) x: u32,
    pub(super) h: u32,
    pub(super) kept: u32,
}

/// μ and raw scale of q(z|x).
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Heads {
    pub(super) mean: AffineArgs,
    pub(super) raw_scale: AffineArgs,
    pub(super) has_log_var: u32,
}

/// Offsets of the latent's arrays.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct LatentArgs {
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
    pub(super) affine: AffineArgs,
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

/// Backward pass through one layer.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Back {
    pub(super) affine: AffineArgs,
    pub(super) draws: u32,
    pub(super) g: u32,
    pub(super) kept: u32,
    pub(super) out: u32,
}

/// Backward pass to z and through the sample.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct SampleBack {
    pub(super) affine: AffineArgs,
    pub(super) g: u32,
    pub(super) latent: LatentArgs,
}

/// Backward pass from the heads.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct HeadBack {
    pub(super) heads: Heads,
    pub(super) g: u32,
    pub(super) kept: u32,
    pub(super) out: u32,
}

/// Update of a layer.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct UpdateArgs {
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
pub enum KernelArgs {
    Gather(Data),
    Forward(LayerArgs),
    Sample(LatentArgs),
    Output(Output),
    Bound(Bound),
    Backward(Back),
    SampleBack(SampleBack),
    HeadBack(HeadBack),
    Update(Updates),
}

impl KernelArgs {
    /// Address of the argument, for a launch.
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

    /// Sizes of the structs shared with `cuda/step.cu`, in its order of definition; the tests compare them.
    pub fn sizes() -> [usize; 13] {
        [
            size_of::<StepPlan>(),
            size_of::<StepArgs>(),
            size_of::<Data>(),
            size_of::<LayerArgs>(),
            size_of::<LatentArgs>(),
            size_of::<Output>(),
            size_of::<Bound>(),
            size_of::<Back>(),
            size_of::<SampleBack>(),
            size_of::<HeadBack>(),
            size_of::<UpdateArgs>(),
            size_of::<Updates>(),
            size_of::<StepResult>(),
        ]
    }
}

/// Launch of one kernel: `kernel<<<grid, threads>>>(run, part)`.
#[derive(Debug, Clone, Copy)]
pub struct Launch {
    /// Its name.
    pub kernel: &'static str,
    /// Blocks.
    pub grid: [u32; 3],
    /// Threads of a block.
    pub threads: u32,
    /// Its first argument.
    pub run: StepArgs,
    /// Its second argument.
    pub args: KernelArgs,
}

impl Activation {
    /// Its number in the kernels.
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
    /// Its number in the kernels.
    fn number(self) -> u32 {
        match self {
            Self::Gaussian => 0,
            Self::Laplace => 1,
            Self::Uniform => 2,
        }
    }
}

impl PixelLoss {
    /// Its number in the kernels.
    fn number(self) -> u32 {
        match self {
            Self::CrossEntropy => 0,
            Self::SquaredSigmoid => 1,
            Self::Squared => 2,
        }
    }
}
