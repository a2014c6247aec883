//! Training steps on a GPU: the memory of a [`Program`], and its launches.
use std::sync::Arc;

use candle_core::cuda_backend::WrapErr;
use candle_core::cuda_backend::cudarc::driver::{CudaGraph, CudaSlice};
use candle_core::{Result, Tensor, bail};

use super::device::Gpu;
use super::grid::Precision;
use super::parts::{Memory, Outcome, Plan, Update};
use super::program::{Program, Resident};
use crate::net::Net;

/// Steps that are launched at once: as many as fit of the largest, then of the next. Between two launches the host has
/// its say, and the GPU waits; 64 steps of a small model are milliseconds, in which that does not count.
const SIZES: [usize; 3] = [64, 8, 1];

/// The most steps of one [`Steps::run`].
pub const MOST_STEPS: usize = SIZES[0];

/// A data set as it is put on the GPU.
#[derive(Debug, Clone, Copy)]
pub struct Examples<'a> {
    /// (n, D).
    pub values: Values<'a>,
    /// What is subtracted from each column, and what it is divided by then.
    pub columns: Option<(&'a [f32], &'a [f32])>,
    /// Do numbers become 1 from ½ up, else 0?
    pub threshold: bool,
    /// Do they become 1 with their own probability, in every step anew?
    pub dynamic: bool,
}

/// Its values.
#[derive(Debug, Clone, Copy)]
pub enum Values<'a> {
    /// Bytes, and the number that each of the 256 stands for.
    Bytes(&'a [u8], &'a [f32; 256]),
    /// Numbers.
    Floats(&'a [f32]),
}

/// How steps are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct How {
    /// Are many of them launched as one graph?
    pub graphs: bool,
    /// How exactly products are taken.
    pub precision: Precision,
}

/// Several models of one shape in training.
#[derive(Debug)]
pub struct Steps {
    gpu: Arc<Gpu>,
    program: Program,
    memory: Memory,
    resident: Resident,
    plans: CudaSlice<Plan>,
    outcomes: CudaSlice<Outcome>,
    graphs: Graphs,
    /// θ, m and v of all members.
    state: [Tensor; 3],
    /// Who is not updated: whose loss was not finite, or who rests.
    failed: CudaSlice<u32>,
    /// What the other addresses in `memory` and `resident` lead to.
    _owned: (CudaSlice<f32>, CudaSlice<Update>, OwnedData),
}

type OwnedData = (Option<CudaSlice<u8>>, Vec<CudaSlice<f32>>);

/// How steps are launched.
enum Graphs {
    /// Kernel by kernel.
    None,
    /// So many steps at once, each recorded when it is first wanted.
    Recorded([Option<CudaGraph>; SIZES.len()]),
}

impl std::fmt::Debug for Graphs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Graphs::None) { "kernel by kernel" } else { "graphs" })
    }
}

// SAFETY: a graph must not be used by two threads at once, and is used through `&mut self` alone.
unsafe impl Send for Steps {}

impl Steps {
    /// Steps of these models on batches of up to so many examples with that L (`sizes`). They change θ and Adam's moments
    /// where they lie.
    ///
    /// `None` if a member's memory has 2³² numbers or more, or the batch too many rows for a grid.
    ///
    /// # Shapes
    /// θ, m, v (K·P), one member after the other
    ///
    /// # Errors
    /// Those of the driver, above all for want of memory; tensors that do not lie on this GPU or have other sizes.
    ///
    /// # Panics
    /// If the layers do not fit onto each other or overlap in θ.
    pub fn new(
        gpu: &Arc<Gpu>,
        net: Net,
        [theta, m, v]: [Tensor; 3],
        sizes: (usize, usize),
        examples: &Examples,
        how: How,
    ) -> Result<Option<Self>> {
        let (parameters, input) = (net.len(), net.input());
        let members = theta.elem_count() / parameters.max(1);
        if members == 0 || [&theta, &m, &v].iter().any(|tensor| tensor.elem_count() != members * parameters) {
            bail!("θ, m and v have the size of a number of models");
        }
        let Some(program) = Program::new(net, members, sizes, how.precision, gpu.processors()) else { return Ok(None) };
        let work = gpu.zeros::<f32>(program.space() * members)?;
        let (failed, updates) = (gpu.zeros::<u32>(members)?, gpu.copy(program.updates())?);
        let (plans, outcomes) = (gpu.zeros(MOST_STEPS * members)?, gpu.zeros(MOST_STEPS * members)?);
        let memory = Memory {
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
            graphs: if how.graphs { Graphs::Recorded(Default::default()) } else { Graphs::None },
            state: [theta, m, v],
            failed,
            _owned: (work, updates, data),
        }))
    }

    /// How many models there are.
    pub fn members(&self) -> usize {
        self.program.members()
    }

    /// Makes these steps, and waits for them. A member whose loss is not finite stays as it was before that step, for
    /// good.
    ///
    /// # Shapes
    /// plans (steps, K) → outcomes (steps, K)
    ///
    /// # Errors
    /// Those of the driver.
    ///
    /// # Panics
    /// If there are more than [`MOST_STEPS`], or a step lacks a member.
    pub fn run(&mut self, plans: &[Plan]) -> Result<Vec<Outcome>> {
        let members = self.members();
        let steps = plans.len() / members;
        assert!(steps <= MOST_STEPS && plans.len() == steps * members, "a plan for each member of each step");
        let mut outcomes = vec![Outcome::default(); plans.len()];
        let mut done = 0;
        while done < steps {
            let left = steps - done;
            let which = SIZES.iter().position(|&size| size <= left).unwrap_or(SIZES.len() - 1);
            let some = done * members..(done + SIZES[which]) * members;
            self.gpu.write(&mut self.plans, 0, &plans[some.clone()])?;
            self.launch(which)?;
            self.gpu.read(&self.outcomes, 0, &mut outcomes[some])?;
            done += SIZES[which];
        }
        Ok(outcomes)
    }

    /// Another model in the place of a member: a copy of its θ, m and v. They may lie on another stream of this GPU, where
    /// nothing may be under way that changes them.
    ///
    /// # Shapes
    /// θ, m, v (P)
    ///
    /// # Errors
    /// Those of the driver; tensors that do not lie on this GPU or have other sizes.
    pub fn put(&mut self, member: usize, state: &[Tensor; 3]) -> Result<()> {
        for (all, one) in self.state.iter().zip(state) {
            self.gpu.copy_numbers(&member_of(all, member, self.members())?, one)?;
        }
        self.gpu.write(&mut self.failed, member, &[0])
    }

    /// Lets a member rest until another is put in its place: with a plan of no examples ([`Plan::for_rows`]) it then costs
    /// next to nothing.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn rest(&mut self, member: usize) -> Result<()> {
        self.gpu.write(&mut self.failed, member, &[1])
    }

    /// Copies θ, m and v of a member to where they are wanted, as [`Steps::put`] does from there, and waits for it.
    ///
    /// # Errors
    /// Those of [`Steps::put`].
    pub fn take(&self, member: usize, state: &[Tensor; 3]) -> Result<()> {
        for (all, one) in self.state.iter().zip(state) {
            self.gpu.copy_numbers(one, &member_of(all, member, self.members())?)?;
        }
        self.gpu.wait()
    }

    fn launch(&mut self, which: usize) -> Result<()> {
        let Self { gpu, program, memory, resident, graphs, .. } = self;
        let one_by_one = || {
            for step in 0..SIZES[which] {
                let at = (step * program.members()) as u64;
                let memory = Memory {
                    plan: memory.plan + at * size_of::<Plan>() as u64,
                    outcome: memory.outcome + at * size_of::<Outcome>() as u64,
                    ..*memory
                };
                for launch in program.launches(&memory, resident) {
                    // SAFETY: the addresses are those of memory that this holds, of the sizes that the program asks for;
                    // and it is dropped on the same stream, after all that has been launched.
                    unsafe { gpu.launch(&launch)? };
                }
            }
            Ok(())
        };
        match graphs {
            Graphs::None => one_by_one(),
            Graphs::Recorded(graphs) => {
                let graph = match &mut graphs[which] {
                    Some(graph) => graph,
                    none => none.insert(gpu.record(one_by_one)?),
                };
                graph.launch().w()
            }
        }
    }
}

/// The part of a tensor (K·P) that is this member's.
fn member_of(all: &Tensor, member: usize, members: usize) -> Result<Tensor> {
    let each = all.elem_count() / members;
    all.narrow(0, member * each, each)
}

fn upload(gpu: &Gpu, examples: &Examples, input: usize) -> Result<(Resident, OwnedData)> {
    let Examples { values, columns, threshold, dynamic } = *examples;
    let mut resident = Resident { threshold, dynamic, ..Resident::default() };
    let (mut bytes, mut floats) = (None, Vec::new());
    let mut put = |values: &[f32]| {
        let copy = gpu.copy(values)?;
        let address = gpu.address(&copy);
        floats.push(copy);
        Ok::<_, candle_core::Error>(address)
    };
    let count = match values {
        Values::Bytes(values, table) => {
            let copy = gpu.copy(values)?;
            (resident.bytes, resident.table) = (gpu.address(&copy), put(table)?);
            bytes = Some(copy);
            values.len()
        }
        Values::Floats(values) => {
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
