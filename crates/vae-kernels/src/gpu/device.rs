//! The driver's side: one GPU, the kernels on it, memory, and launches, many of them at a time as a graph.
//!
//! Devices, storage and errors are candle's, so that a model's θ is a tensor here as anywhere else.
use std::collections::HashMap;
use std::sync::Arc;

use candle_core::backend::BackendStorage;
use candle_core::cuda_backend::cudarc::driver::{
    CudaContext, CudaFunction, CudaGraph, CudaSlice, CudaStream, DevicePtr, DeviceRepr, ValidAsZeroBits, result, sys,
};
use candle_core::cuda_backend::{CudaDevice, WrapErr};
use candle_core::{Device, Result, Storage, Tensor, bail};

use super::parts::{Launch, Outcome, Plan, Update};

/// The kernels, as the driver compiles them for its GPU.
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

// SAFETY: plain numbers, of the same layout on both sides, all of whose bit patterns are values.
unsafe impl DeviceRepr for Plan {}
// SAFETY: as above.
unsafe impl ValidAsZeroBits for Plan {}
// SAFETY: as above.
unsafe impl DeviceRepr for Outcome {}
// SAFETY: as above.
unsafe impl ValidAsZeroBits for Outcome {}
// SAFETY: as above.
unsafe impl DeviceRepr for Update {}

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
    /// The GPU of this number, from 0.
    ///
    /// # Errors
    /// What the driver says if there is none, or it cannot be used.
    pub fn open(ordinal: usize) -> Result<Self> {
        let device = CudaDevice::new_with_stream(ordinal)?;
        // SAFETY: whatever is allocated here is used on this one stream alone. A graph cannot hold the events.
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

    /// As candle knows it.
    pub fn device(&self) -> Device {
        Device::Cuda(self.device.clone())
    }

    /// Its name: "NVIDIA H100 80GB HBM3".
    ///
    /// # Errors
    /// Those of the driver.
    pub fn name(&self) -> Result<String> {
        self.context().name().w()
    }

    /// Bytes of its memory: those that are free, and all.
    ///
    /// # Errors
    /// Those of the driver.
    pub fn memory(&self) -> Result<(usize, usize)> {
        self.context().mem_get_info().w()
    }

    /// Its compute capability: (9, 0).
    ///
    /// # Errors
    /// Those of the driver.
    pub fn capability(&self) -> Result<(i32, i32)> {
        self.context().compute_capability().w()
    }

    /// How many multiprocessors it has.
    pub fn processors(&self) -> usize {
        self.processors
    }

    fn context(&self) -> &Arc<CudaContext> {
        self.stream.context()
    }

    /// Room for so many, all of them 0.
    pub(super) fn zeros<T: DeviceRepr + ValidAsZeroBits>(&self, count: usize) -> Result<CudaSlice<T>> {
        self.stream.alloc_zeros(count.max(1)).w()
    }

    /// A copy of these.
    pub(super) fn copy<T: DeviceRepr>(&self, values: &[T]) -> Result<CudaSlice<T>> {
        self.stream.clone_htod(values).w()
    }

    /// Overwrites the numbers from `at` on.
    pub(super) fn write<T: DeviceRepr>(&self, to: &mut CudaSlice<T>, at: usize, values: &[T]) -> Result<()> {
        self.stream.memcpy_htod(values, &mut to.slice_mut(at..at + values.len())).w()
    }

    /// The numbers from `at` on, once everything before has been done.
    pub(super) fn read<T: DeviceRepr>(&self, from: &CudaSlice<T>, at: usize, values: &mut [T]) -> Result<()> {
        self.stream.memcpy_dtoh(&from.slice(at..at + values.len()), values).w()?;
        self.wait()
    }

    /// Where memory begins.
    pub(super) fn address<T>(&self, slice: &CudaSlice<T>) -> u64 {
        slice.device_ptr(&self.stream).0
    }

    /// Where the numbers of a tensor begin, which must lie here as they are counted; on another stream, only as long as
    /// nothing is under way there.
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

    /// Overwrites the numbers of one tensor with those of another, both as [`Gpu::address_of`] wants them.
    pub(super) fn copy_numbers(&self, to: &Tensor, from: &Tensor) -> Result<()> {
        if to.elem_count() != from.elem_count() {
            bail!("{} numbers are no {}", from.elem_count(), to.elem_count());
        }
        let (to, from, bytes) = (self.address_of(to)?, self.address_of(from)?, size_of::<f32>() * to.elem_count());
        self.context().bind_to_thread().w()?;
        // SAFETY: both tensors live on this GPU and hold so many bytes from there on; they outlive the copy, as memory is
        // freed in the order of a stream, and whoever owns them waits for this one.
        unsafe { result::memcpy_dtod_async(to, from, bytes, self.stream.cu_stream()).w() }
    }

    /// Waits until all is done.
    pub(super) fn wait(&self) -> Result<()> {
        self.stream.synchronize().w()
    }

    /// Launches a kernel; it runs after all that came before.
    ///
    /// # Safety
    /// The addresses in it must lead into memory that is there until the kernel has run.
    pub(super) unsafe fn launch(&self, launch: &Launch) -> Result<()> {
        let Some(function) = self.functions.get(launch.kernel) else { bail!("there is no kernel {}", launch.kernel) };
        self.context().bind_to_thread().w()?;
        let [x, y, z] = launch.grid;
        let run = std::ptr::from_ref(&launch.run).cast_mut().cast();
        let mut arguments = [run, launch.part.address().cast_mut()];
        // SAFETY: both arguments are the kernel's, and the driver copies them. The rest is the caller's.
        unsafe {
            let (function, stream) = (function.cu_function(), self.stream.cu_stream());
            result::launch_kernel(function, (x, y, z), (launch.threads, 1, 1), 0, stream, &mut arguments).w()
        }
    }

    /// What `launch` launches, to be launched again and again as a whole.
    pub(super) fn record(&self, launch: impl FnOnce() -> Result<()>) -> Result<CudaGraph> {
        // What other threads do with the driver meanwhile, such as freeing memory, is no concern of this one.
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
