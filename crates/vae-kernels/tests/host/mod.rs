//! The GPU's kernels on the host: `cuda/host.cpp` as a library, and memory for it.
use std::ffi::{CString, c_char, c_void};
use std::path::Path;
use std::process::Command;

use vae_kernels::gpu::{Addresses, InferenceProgram, Launch, Precision, Program, Resident, StepPlan, StepResult};
use vae_kernels::{Net, TermSums};

use crate::plain::State;

type LaunchOnHost = unsafe extern "C" fn(*const c_char, *const u32, u32, *const c_void, *const c_void) -> bool;

/// The compiled kernels. The indices of a thread are global, so only one test at a time may launch them.
pub struct Host(libloading::Library);

/// Compiles the kernels with warnings as errors, or returns the reason why not.
pub fn compile() -> Result<Host, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("cuda/host.cpp");
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("host-{}.so", std::process::id()));
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    let flags = ["-std=c++17", "-O2", "-shared", "-fPIC", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror"];
    let mut command = Command::new(&compiler);
    command.args(flags).arg("-Wno-unknown-pragmas").arg("-o").arg(&library).arg(&source);
    let output = command.output().map_err(|error| format!("no C++ compiler: {compiler}: {error}"))?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // SAFETY: it was just compiled, and has nothing to initialise.
    let host = unsafe { libloading::Library::new(&library) }.map_err(|error| error.to_string());
    std::fs::remove_file(&library).ok();
    host.map(Host)
}

impl Host {
    /// Sizes of the structs in the C++ source.
    pub fn sizes(&self) -> [usize; 13] {
        let mut sizes = [0u32; 13];
        // SAFETY: it writes one number per struct.
        unsafe { self.0.get::<unsafe extern "C" fn(*mut u32)>(b"sizes").unwrap()(sizes.as_mut_ptr()) };
        sizes.map(|size| size as usize)
    }

    pub fn launch(&self, launch: &Launch) {
        let name = CString::new(launch.kernel).unwrap();
        // SAFETY: the arguments are those of the kernel, and their addresses point to valid memory.
        let launched = unsafe {
            let function = self.0.get::<LaunchOnHost>(b"launch").unwrap();
            let run = std::ptr::from_ref(&launch.run).cast();
            let part = launch.args.address();
            function(name.as_ptr(), launch.grid.as_ptr(), launch.threads, run, part)
        };
        assert!(launched, "there is a kernel {} of {} threads", launch.kernel, launch.threads);
    }
}

/// Inference of a model, in the memory of the host.
pub struct HostInference<'a> {
    host: &'a Host,
    pub program: InferenceProgram,
    theta: &'a [f32],
    work: Vec<f64>,
    plan: StepPlan,
}

impl<'a> HostInference<'a> {
    pub fn new(host: &'a Host, net: &Net, theta: &'a [f32], rows: usize, processors: usize) -> Self {
        let program = InferenceProgram::new(net.clone(), rows, processors).unwrap();
        let work = vec![f64::NAN; program.space() / 2];
        Self { host, theta, work, plan: StepPlan::for_rows(rows as u32), program }
    }

    /// Addresses for the kernels.
    pub fn memory(&mut self) -> Addresses {
        Addresses {
            theta: self.theta.as_ptr() as u64,
            work: self.work.as_mut_ptr() as u64,
            plan: std::ptr::from_ref(&self.plan) as u64,
            ..Addresses::default()
        }
    }

    pub fn launch(&self, launches: &[Launch]) {
        launches.iter().for_each(|launch| self.host.launch(launch));
    }

    pub fn write(&mut self, place: u32, numbers: &[f32]) {
        for (at, number) in (place as usize..).zip(numbers) {
            let (low, high) = (self.work[at / 2].to_bits() as u32, (self.work[at / 2].to_bits() >> 32) as u32);
            let (low, high) = if at % 2 == 0 { (number.to_bits(), high) } else { (low, number.to_bits()) };
            self.work[at / 2] = f64::from_bits(u64::from(high) << 32 | u64::from(low));
        }
    }

    pub fn read(&self, place: u32, count: usize) -> Vec<f32> {
        let bits = |at: usize| (self.work[at / 2].to_bits() >> (at % 2 * 32)) as u32;
        (place as usize..).take(count).map(|at| f32::from_bits(bits(at))).collect()
    }

    pub fn sums(&self, place: u32, rows: usize, parts: usize) -> Vec<f64> {
        let all = &self.work[place as usize / 2..][..rows * parts];
        all.chunks(parts).map(|parts| parts.iter().sum()).collect()
    }
}

/// Precision of products, and number of processors.
pub type Device = (Precision, usize);

/// Members in training, in the memory of the host.
pub struct Trained<'a> {
    host: &'a Host,
    program: Program,
    theta: Vec<f32>,
    m: Vec<f32>,
    v: Vec<f32>,
    work: Vec<f64>,
    failed: Vec<u32>,
}

impl<'a> Trained<'a> {
    pub fn new(
        host: &'a Host,
        net: &Net,
        starts: &[&State],
        sizes: (usize, usize),
        (precision, processors): Device,
    ) -> Self {
        let program = Program::new(net.clone(), starts.len(), sizes, precision, processors).unwrap();
        let all = |of: fn(&State) -> &[f32]| starts.iter().flat_map(|state| of(state)).copied().collect();
        Self {
            host,
            theta: all(|state| &state.theta),
            m: all(|state| &state.m),
            v: all(|state| &state.v),
            // Memory that is never written must not matter.
            work: vec![f64::NAN; program.space() * starts.len() / 2],
            failed: vec![0; starts.len()],
            program,
        }
    }

    /// A step of all members.
    pub fn step(&mut self, plans: &[StepPlan], data: &Resident) -> Vec<TermSums> {
        let mut outcome = vec![StepResult::default(); plans.len()];
        let memory = Addresses {
            theta: self.theta.as_mut_ptr() as u64,
            m: self.m.as_mut_ptr() as u64,
            v: self.v.as_mut_ptr() as u64,
            work: self.work.as_mut_ptr() as u64,
            plan: plans.as_ptr() as u64,
            outcome: outcome.as_mut_ptr() as u64,
            failed: self.failed.as_mut_ptr() as u64,
            updates: self.program.updates().as_ptr() as u64,
        };
        for launch in self.program.launches(&memory, data) {
            self.host.launch(&launch);
        }
        outcome.iter().map(|outcome| outcome.terms).collect()
    }

    pub fn failed(&self) -> &[u32] {
        &self.failed
    }

    pub fn state(&self, member: usize) -> State {
        let size = self.theta.len() / self.failed.len();
        let part = |all: &[f32]| all[member * size..][..size].to_vec();
        State { theta: part(&self.theta), m: part(&self.m), v: part(&self.v) }
    }
}
