//! Driver interface: one GPU, its kernels and memory, and launches, also of several kernels as a graph.
//!
//! Devices, storage and errors are candle's, so that a model's θ is a tensor here as elsewhere.
use std::collections::HashMap;
use std::sync::Arc;

use candle_core::backend::BackendStorage;
use candle_core::cuda_backend::cudarc::driver::{
    CudaContext, CudaFunction, CudaGraph, CudaSlice, CudaStream, DevicePtr, DeviceRepr, ValidAsZeroBits, result, sys,
};
use candle_core::cuda_backend::{CudaDevice, WrapErr};
use candle_core::{Device, Result, Storage, Tensor, bail};

use super::kernel_args::{Launch, StepPlan, StepResult, UpdateArgs};

/// The kernels as PTX, which the driver compiles for its GPU.
const PTX: &str = include_str!(concat!(env!("OUT_DIR"), "/step.ptx"));

/// Every kernel of `cuda/step.cu`.
const KERNELS: [&str; 22] = [
    "gather",
    "forward_32",
    "forward_64",
    "forward_32_tf32",
    "forward_64_tf32",
    "sample",
    "output_32",
    "output_64",
    "output_32_tf32",
    "output_64_tf32",
    "terms_32",
    "terms_64",
    "bound",
    "backward_32",
    "backward_64",
    "backward_32_tf32",
    "backward_64_tf32",
    "sample_back",
    "head_back",
    "head_back_tf32",
    "update",
    "update_tf32",
];

// SAFETY: plain numbers, of the same layout on both sides; every bit pattern is valid.
unsafe impl DeviceRepr for StepPlan {}
// SAFETY: as above.
unsafe impl ValidAsZeroBits for StepPlan {}
// SAFETY: as above.
unsafe impl DeviceRepr for StepResult {}
// SAFETY: as above.
unsafe impl ValidAsZeroBits for StepResult {}
// SAFETY: as above.
unsafe impl DeviceRepr for UpdateArgs {}

/// A GPU with a stream of its own, on which everything happens in order.
pub struct Gpu {
    device: CudaDevice,
    stream: Arc<CudaStream>,
    functions: HashMap<&'static str, CudaFunction>,
    processors: usize,
}

impl std::fmt::Debug for Gpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gpu {}", self.context().ordinal())
    }
}

impl Gpu {
    /// Opens GPU `ordinal`, from 0.
    ///
    /// # Errors
    /// The driver's error if there is none, or it cannot be used.
    pub fn open(ordinal: usize) -> Result<Self> {
        let device = CudaDevice::new_with_stream(ordinal)?;
        // SAFETY: everything allocated here is used on this stream alone. A graph cannot contain the events.
        unsafe { device.disable_event_tracking() };
        let mut functions = HashMap::new();
        for name in KERNELS {
            let function = device.get_or_load_custom_func(name, "vae-native", PTX)?;
            functions.insert(name, function.into_cuda_function());
        }
        let stream = device.cuda_stream();
        let processors = sys::CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
        let processors = stream.context().attribute(processors).w()? as usize;
        Ok(Self { device, stream, functions, processors })
    }

    /// Its number in CUDA's order.
    pub fn ordinal(&self) -> usize {
        self.context().ordinal()
    }

    /// Its candle device.
    pub fn device(&self) -> Device {
        Device::Cuda(self.device.clone())
    }

    /// Its name: "NVIDIA H100 80GB HBM3".
    ///
    /// # Errors
    /// Driver errors.
    pub fn name(&self) -> Result<String> {
        self.context().name().w()
    }

    /// Bytes of its memory: free, and total.
    ///
    /// # Errors
    /// Driver errors.
    pub fn memory(&self) -> Result<(usize, usize)> {
        self.context().mem_get_info().w()
    }

    /// Its compute capability: (9, 0).
    ///
    /// # Errors
    /// Driver errors.
    pub fn capability(&self) -> Result<(i32, i32)> {
        self.context().compute_capability().w()
    }

    /// Number of its multiprocessors.
    pub fn processors(&self) -> usize {
        self.processors
    }

    fn context(&self) -> &Arc<CudaContext> {
        self.stream.context()
    }

    /// Allocates `count` zeros.
    pub(super) fn zeros<T: DeviceRepr + ValidAsZeroBits>(&self, count: usize) -> Result<CudaSlice<T>> {
        self.stream.alloc_zeros(count.max(1)).w()
    }

    /// Copies values to the GPU.
    pub(super) fn copy<T: DeviceRepr>(&self, values: &[T]) -> Result<CudaSlice<T>> {
        self.stream.clone_htod(values).w()
    }

    /// Overwrites the numbers from `at` on.
    pub(super) fn write<T: DeviceRepr>(&self, to: &mut CudaSlice<T>, at: usize, values: &[T]) -> Result<()> {
        self.stream.memcpy_htod(values, &mut to.slice_mut(at..at + values.len())).w()
    }

    /// Reads the numbers from `at` on, after all previous work.
    pub(super) fn read<T: DeviceRepr>(&self, from: &CudaSlice<T>, at: usize, values: &mut [T]) -> Result<()> {
        self.stream.memcpy_dtoh(&from.slice(at..at + values.len()), values).w()?;
        self.wait()
    }

    /// Address of a slice.
    pub(super) fn address<T>(&self, slice: &CudaSlice<T>) -> u64 {
        slice.device_ptr(&self.stream).0
    }

    /// Address of a tensor's numbers. It must be contiguous and on this GPU; on another stream, only while no work is
    /// pending there.
    pub(super) fn address_of(&self, tensor: &Tensor) -> Result<u64> {
        let (storage, layout) = tensor.storage_and_layout();
        let is_here = |device: &CudaDevice| device.cuda_stream().context() == self.context();
        match &*storage {
            Storage::Cuda(storage) if layout.is_contiguous() && is_here(storage.device()) => {
                let start = self.address(storage.as_cuda_slice::<f32>()?);
                Ok(start + size_of::<f32>() as u64 * layout.start_offset() as u64)
            }
            _ => bail!("the tensor does not lie on this GPU"),
        }
    }

    /// Overwrites the numbers of one tensor with those of another; [`Gpu::address_of`] has the conditions.
    pub(super) fn copy_numbers(&self, to: &Tensor, from: &Tensor) -> Result<()> {
        if to.elem_count() != from.elem_count() {
            bail!("{} numbers do not fit {}", from.elem_count(), to.elem_count());
        }
        let bytes = size_of::<f32>() * to.elem_count();
        let to = self.address_of(to)?;
        let from = self.address_of(from)?;
        self.context().bind_to_thread().w()?;
        // SAFETY: both tensors are on this GPU and hold `bytes` bytes from these addresses on; they outlive the copy,
        // because memory is freed in the order of a stream, and their owner waits for this one.
        unsafe { result::memcpy_dtod_async(to, from, bytes, self.stream.cu_stream()).w() }
    }

    /// Waits for all pending work.
    pub(super) fn wait(&self) -> Result<()> {
        self.stream.synchronize().w()
    }

    /// Launches a kernel; it runs after all previous work.
    ///
    /// # Safety
    /// Its addresses must point to memory that stays valid until the kernel has run.
    pub(super) unsafe fn launch(&self, launch: &Launch) -> Result<()> {
        let Some(function) = self.functions.get(launch.kernel) else { bail!("there is no kernel {}", launch.kernel) };
        self.context().bind_to_thread().w()?;
        let [x, y, z] = launch.grid;
        let run = std::ptr::from_ref(&launch.run).cast_mut().cast();
        let mut arguments = [run, launch.args.address().cast_mut()];
        // SAFETY: both arguments are the kernel's, and the driver copies them. The rest is guaranteed by the caller.
        unsafe {
            let function = function.cu_function();
            let stream = self.stream.cu_stream();
            result::launch_kernel(function, (x, y, z), (launch.threads, 1, 1), 0, stream, &mut arguments).w()
        }
    }

    /// Records the launches of `launch` as a graph, to be repeated as a whole.
    pub(super) fn record(&self, launch: impl FnOnce() -> Result<()>) -> Result<CudaGraph> {
        // Thread-local: other threads may use the driver meanwhile, for example to free memory.
        self.stream.begin_capture(sys::CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL).w()?;
        let launched = launch();
        let graph = self.stream.end_capture(sys::CUgraphInstantiate_flags(0)).w();
        launched?;
        match graph? {
            Some(graph) => Ok(graph),
            None => bail!("the driver recorded nothing"),
        }
    }
}
