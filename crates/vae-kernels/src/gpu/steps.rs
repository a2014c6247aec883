//! Training steps on a GPU: the memory of a [`Program`], and its launches.
use std::sync::Arc;

use candle_core::cuda_backend::WrapErr;
use candle_core::cuda_backend::cudarc::driver::{CudaGraph, CudaSlice};
use candle_core::{Result, Tensor, bail};

use super::device::Gpu;
use super::grid::Precision;
use super::kernel_args::{Addresses, StepPlan, StepResult, UpdateArgs};
use super::program::{Program, Resident};
use crate::net::Net;

/// Steps per launch: the largest size that fits, then the next. Between two launches the GPU waits for the host; 64
/// steps of a small model take milliseconds, so that the wait is negligible.
const SIZES: [usize; 3] = [64, 8, 1];

/// Maximum steps of one [`GpuSteps::run`].
pub const MAX_STEPS: usize = SIZES[0];

/// A data set to upload to the GPU.
#[derive(Debug, Clone, Copy)]
pub struct DataSet<'a> {
    /// (n, D).
    pub values: DataValues<'a>,
    /// Value subtracted from each column, and the divisor that follows.
    pub columns: Option<(&'a [f32], &'a [f32])>,
    /// True if numbers from ½ up become 1, and others 0.
    pub threshold: bool,
    /// True if they become 1 with their own probability, drawn in every step.
    pub dynamic: bool,
}

/// Its values.
#[derive(Debug, Clone, Copy)]
pub enum DataValues<'a> {
    /// Bytes, and the number for each of the 256.
    Bytes(&'a [u8], &'a [f32; 256]),
    /// Numbers.
    Floats(&'a [f32]),
}

/// Options of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaunchOptions {
    /// True if several steps are launched as one graph.
    pub graphs: bool,
    /// Precision of products.
    pub precision: Precision,
}

/// An ensemble, models of one shape, in training.
#[derive(Debug)]
pub struct GpuSteps {
    gpu: Arc<Gpu>,
    program: Program,
    memory: Addresses,
    resident: Resident,
    plans: CudaSlice<StepPlan>,
    outcomes: CudaSlice<StepResult>,
    graphs: Graphs,
    /// θ, m and v of all members.
    state: [Tensor; 3],
    /// Nonzero for a member that is not updated: its loss was not finite, or it rests.
    failed: CudaSlice<u32>,
    /// Owners of the other addresses in `memory` and `resident`.
    _owned: (CudaSlice<f32>, CudaSlice<UpdateArgs>, OwnedData),
}

type OwnedData = (Option<CudaSlice<u8>>, Vec<CudaSlice<f32>>);

/// Launch mode of the steps.
enum Graphs {
    /// Kernel by kernel.
    None,
    /// As graphs, one for each number of steps, recorded on first use.
    Recorded([Option<CudaGraph>; SIZES.len()]),
}

impl std::fmt::Debug for Graphs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Graphs::None) { "kernel by kernel" } else { "graphs" })
    }
}

// SAFETY: a graph must not be used by two threads at once, and is used through `&mut self` alone.
unsafe impl Send for GpuSteps {}

impl GpuSteps {
    /// Steps of these models on batches of up to `sizes` = (examples, L). They update θ and Adam's moments in place.
    ///
    /// `None` if a member's memory has 2³² numbers or more, or the batch too many rows for a grid.
    ///
    /// # Shapes
    /// θ, m, v (K·P), one member after the other
    ///
    /// # Errors
    /// Driver errors, above all out of memory; tensors that are not on this GPU or have other sizes.
    ///
    /// # Panics
    /// If the layers do not fit onto each other or overlap in θ.
    pub fn new(
        gpu: &Arc<Gpu>,
        net: Net,
        [theta, m, v]: [Tensor; 3],
        sizes: (usize, usize),
        examples: &DataSet,
        options: LaunchOptions,
    ) -> Result<Option<Self>> {
        let parameters = net.len();
        let input = net.input();
        let members = theta.elem_count() / parameters.max(1);
        if members == 0 || [&theta, &m, &v].iter().any(|tensor| tensor.elem_count() != members * parameters) {
            bail!("θ, m and v have the size of a number of models");
        }
        let Some(program) = Program::new(net, members, sizes, options.precision, gpu.processors()) else {
            return Ok(None);
        };
        let work = gpu.zeros::<f32>(program.space() * members)?;
        let failed = gpu.zeros::<u32>(members)?;
        let updates = gpu.copy(program.updates())?;
        let (plans, outcomes) = (gpu.zeros(MAX_STEPS * members)?, gpu.zeros(MAX_STEPS * members)?);
        let memory = Addresses {
            theta: gpu.address_of(&theta)?,
            m: gpu.address_of(&m)?,
            v: gpu.address_of(&v)?,
            work: gpu.address(&work),
            plan: gpu.address(&plans),
            outcome: gpu.address(&outcomes),
            failed: gpu.address(&failed),
            updates: gpu.address(&updates),
        };
        let (resident, data) = upload(gpu, examples, input)?;
        Ok(Some(Self {
            gpu: Arc::clone(gpu),
            program,
            memory,
            resident,
            plans,
            outcomes,
            graphs: if options.graphs { Graphs::Recorded(Default::default()) } else { Graphs::None },
            state: [theta, m, v],
            failed,
            _owned: (work, updates, data),
        }))
    }

    /// Number of models.
    pub fn members(&self) -> usize {
        self.program.members()
    }

    /// Runs these steps, and waits for them. A member whose loss is not finite keeps its state from before that step,
    /// for good.
    ///
    /// # Shapes
    /// plans (steps, K) → outcomes (steps, K)
    ///
    /// # Errors
    /// Driver errors.
    ///
    /// # Panics
    /// If there are more than [`MAX_STEPS`], or a step lacks a member.
    pub fn run(&mut self, plans: &[StepPlan]) -> Result<Vec<StepResult>> {
        let members = self.members();
        let steps = plans.len() / members;
        assert!(steps <= MAX_STEPS && plans.len() == steps * members, "a plan for each member of each step");
        let mut outcomes = vec![StepResult::default(); plans.len()];
        let mut done = 0;
        while done < steps {
            let left = steps - done;
            let index = SIZES.iter().position(|&size| size <= left).unwrap_or(SIZES.len() - 1);
            let some = done * members..(done + SIZES[index]) * members;
            self.gpu.write(&mut self.plans, 0, &plans[some.clone()])?;
            self.launch(index)?;
            self.gpu.read(&self.outcomes, 0, &mut outcomes[some])?;
            done += SIZES[index];
        }
        Ok(outcomes)
    }

    /// Replaces a member with a copy of another model's θ, m and v. They may belong to another stream of this GPU, if
    /// no pending work there changes them.
    ///
    /// # Shapes
    /// θ, m, v (P)
    ///
    /// # Errors
    /// Driver errors; tensors that are not on this GPU or have other sizes.
    pub fn put(&mut self, member: usize, state: &[Tensor; 3]) -> Result<()> {
        for (all, one) in self.state.iter().zip(state) {
            self.gpu.copy_numbers(&member_of(all, member, self.members())?, one)?;
        }
        self.gpu.write(&mut self.failed, member, &[0])
    }

    /// Suspends a member until it is replaced: with a plan of no examples ([`StepPlan::for_rows`]) it then costs next
    /// to nothing.
    ///
    /// # Errors
    /// Driver errors.
    pub fn suspend(&mut self, member: usize) -> Result<()> {
        self.gpu.write(&mut self.failed, member, &[1])
    }

    /// Copies θ, m and v of a member to `state`, the reverse of [`GpuSteps::put`], and waits for it.
    ///
    /// # Errors
    /// As for [`GpuSteps::put`].
    pub fn take(&self, member: usize, state: &[Tensor; 3]) -> Result<()> {
        for (all, one) in self.state.iter().zip(state) {
            self.gpu.copy_numbers(one, &member_of(all, member, self.members())?)?;
        }
        self.gpu.wait()
    }

    fn launch(&mut self, index: usize) -> Result<()> {
        let Self { gpu, program, memory, resident, graphs, .. } = self;
        let one_by_one = || {
            for step in 0..SIZES[index] {
                let at = (step * program.members()) as u64;
                let memory = Addresses {
                    plan: memory.plan + at * size_of::<StepPlan>() as u64,
                    outcome: memory.outcome + at * size_of::<StepResult>() as u64,
                    ..*memory
                };
                for launch in program.launches(&memory, resident) {
                    // SAFETY: the addresses point to memory owned here, of the sizes that the program requires; it is
                    // freed on the same stream, after all launches.
                    unsafe { gpu.launch(&launch)? };
                }
            }
            Ok(())
        };
        match graphs {
            Graphs::None => one_by_one(),
            Graphs::Recorded(graphs) => {
                let graph = match &mut graphs[index] {
                    Some(graph) => graph,
                    none => none.insert(gpu.record(one_by_one)?),
                };
                graph.launch().w()
            }
        }
    }
}

/// This member's part of a tensor (K·P).
fn member_of(all: &Tensor, member: usize, members: usize) -> Result<Tensor> {
    let each = all.elem_count() / members;
    all.narrow(0, member * each, each)
}

fn upload(gpu: &Gpu, examples: &DataSet, input: usize) -> Result<(Resident, OwnedData)> {
    let DataSet { values, columns, threshold, dynamic } = *examples;
    let mut resident = Resident { threshold, dynamic, ..Resident::default() };
    let mut bytes = None;
    let mut floats = Vec::new();
    let mut put = |values: &[f32]| {
        let copy = gpu.copy(values)?;
        let address = gpu.address(&copy);
        floats.push(copy);
        Ok::<_, candle_core::Error>(address)
    };
    let count = match values {
        DataValues::Bytes(values, table) => {
            let copy = gpu.copy(values)?;
            (resident.bytes, resident.table) = (gpu.address(&copy), put(table)?);
            bytes = Some(copy);
            values.len()
        }
        DataValues::Floats(values) => {
            resident.floats = put(values)?;
            values.len()
        }
    };
    if let Some((mean, deviation)) = columns {
        if mean.len() != input || deviation.len() != input {
            bail!("there is a mean and a deviation for each column");
        }
        (resident.mean, resident.deviation) = (put(mean)?, put(deviation)?);
    }
    if !count.is_multiple_of(input) {
        bail!("the values fill whole examples");
    }
    resident.n = (count / input) as u64;
    Ok((resident, (bytes, floats)))
}
