// CUDA for a machine without a GPU: the part of libcuda, libcublas and libcurand that the addon uses, over the kernels
// of host.cpp. The whole addon runs on it, slowly: devices, memory, launches, graphs, errors. It is stricter than a
// GPU: new memory holds NaN, every copy must lie within one allocation, and a launch out of range fails at once.
//
// VAE_HOST_GPU_MEMORY   bytes of memory, 2^30 by default
// VAE_HOST_GPU_FAIL     number, from 1, of the launch that fails, and everything after it
// VAE_HOST_GPU_TELL     1: writes the number of launches to standard error when the process ends
#include <cuda.h>

#include <map>
#include <mutex>
#include <vector>

#include "host.cpp"

struct CUmod_st {};
struct CUctx_st {};
struct CUevent_st {};

namespace {

struct Launched {
    const Kernel *kernel;
    uint32_t grid[3], threads;
    std::vector<unsigned char> run, part;
};

// candle's kernel for copies, the only kernel of candle's that training calls.
const Kernel copy2d = {"copy2d_f32", 0, nullptr};
const Kernel unknown = {"", 0, nullptr};

std::recursive_mutex one_at_a_time;
std::map<CUdeviceptr, size_t> allocations;
size_t allocated = 0;
size_t launches = 0;
CUctx_st context;
thread_local CUcontext current = nullptr;

size_t number(const char *variable, size_t otherwise) {
    const char *value = getenv(variable);
    return value && *value ? strtoull(value, nullptr, 10) : otherwise;
}

size_t memory() { return number("VAE_HOST_GPU_MEMORY", size_t(1) << 30); }

// True if the range lies within one allocation.
bool is_ours(CUdeviceptr start, size_t size) {
    auto after = allocations.upper_bound(start);
    if (after == allocations.begin()) return false;
    const auto &[first, length] = *--after;
    return start + size <= first + length;
}

// An error from the launch on that must fail.
CUresult failed() {
    static const size_t last = number("VAE_HOST_GPU_FAIL", SIZE_MAX);
    return launches >= last ? CUDA_ERROR_LAUNCH_FAILED : CUDA_SUCCESS;
}

__attribute__((destructor)) void tell() {
    if (number("VAE_HOST_GPU_TELL", 0)) fprintf(stderr, "%zu launches\n", launches);
}

CUresult run(const Launched &launched) {
    launches++;
    if (failed()) return failed();
    run_kernel(*launched.kernel, launched.grid, launched.threads, launched.run.data(), launched.part.data());
    return CUDA_SUCCESS;
}

} // namespace

struct CUgraph_st {
    std::vector<Launched> launched;
};

struct CUgraphExec_st {
    std::vector<Launched> launched;
};

struct CUstream_st {
    CUgraph recording;
};

#define LOCKED std::lock_guard<std::recursive_mutex> lock(one_at_a_time)

extern "C" {

CUresult cuInit(unsigned) { return CUDA_SUCCESS; }
CUresult cuDeviceGetCount(int *count) { return *count = 1, CUDA_SUCCESS; }

CUresult cuDeviceGet(CUdevice *device, int ordinal) {
    return *device = ordinal, ordinal == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

CUresult cuDeviceGetName(char *name, int length, CUdevice) {
    return strncpy(name, "Host", size_t(length)), CUDA_SUCCESS;
}

CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice) {
    switch (attribute) {
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: return *value = 8, CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED: return *value = 1, CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: return *value = 8, CUDA_SUCCESS;
    default: return *value = 0, CUDA_SUCCESS;
    }
}

CUresult cuDevicePrimaryCtxRetain(CUcontext *out, CUdevice) { return *out = &context, CUDA_SUCCESS; }
CUresult cuDevicePrimaryCtxRelease(CUdevice) { return CUDA_SUCCESS; }
CUresult cuCtxDestroy(CUcontext) { return CUDA_SUCCESS; }
CUresult cuCtxGetCurrent(CUcontext *out) { return *out = current, CUDA_SUCCESS; }
CUresult cuCtxSetCurrent(CUcontext other) { return current = other, CUDA_SUCCESS; }
CUresult cuCtxSynchronize() { return failed(); }

CUresult cuGetErrorString(CUresult error, const char **text) {
    return *text = error == CUDA_ERROR_OUT_OF_MEMORY ? "out of memory" : "an error of the host's driver", CUDA_SUCCESS;
}

CUresult cuMemGetInfo(size_t *free, size_t *total) {
    LOCKED;
    return *total = memory(), *free = *total - allocated, CUDA_SUCCESS;
}

CUresult cuMemAlloc(CUdeviceptr *out, size_t size) {
    LOCKED;
    if (failed()) return failed();
    if (size == 0) return CUDA_ERROR_INVALID_VALUE;
    if (allocated + size > memory()) return CUDA_ERROR_OUT_OF_MEMORY;
    void *start = aligned_alloc(256, (size + 255) / 256 * 256);
    memset(start, 0xFF, size);
    *out = CUdeviceptr(start);
    allocations[*out] = size, allocated += size;
    return CUDA_SUCCESS;
}

CUresult cuMemFree(CUdeviceptr start) {
    LOCKED;
    const auto found = allocations.find(start);
    if (found == allocations.end()) return CUDA_ERROR_INVALID_VALUE;
    allocated -= found->second;
    memset(reinterpret_cast<void *>(start), 0xFF, found->second);
    allocations.erase(found);
    free(reinterpret_cast<void *>(start));
    return CUDA_SUCCESS;
}

CUresult cuMemAllocAsync(CUdeviceptr *out, size_t size, CUstream) { return cuMemAlloc(out, size); }
CUresult cuMemFreeAsync(CUdeviceptr start, CUstream) { return cuMemFree(start); }

CUresult cuMemsetD8Async(CUdeviceptr start, unsigned char value, size_t size, CUstream) {
    LOCKED;
    if (!is_ours(start, size)) return CUDA_ERROR_INVALID_VALUE;
    return memset(reinterpret_cast<void *>(start), value, size), failed();
}

CUresult cuMemcpyHtoDAsync(CUdeviceptr to, const void *from, size_t size, CUstream stream) {
    LOCKED;
    if (stream->recording) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    if (!is_ours(to, size)) return CUDA_ERROR_INVALID_VALUE;
    return memcpy(reinterpret_cast<void *>(to), from, size), failed();
}

CUresult cuMemcpyDtoHAsync(void *to, CUdeviceptr from, size_t size, CUstream stream) {
    LOCKED;
    if (stream->recording) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    if (!is_ours(from, size)) return CUDA_ERROR_INVALID_VALUE;
    return memcpy(to, reinterpret_cast<void *>(from), size), failed();
}

CUresult cuMemcpyDtoDAsync(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream) {
    LOCKED;
    if (!is_ours(from, size) || !is_ours(to, size)) return CUDA_ERROR_INVALID_VALUE;
    return memmove(reinterpret_cast<void *>(to), reinterpret_cast<void *>(from), size), failed();
}

CUresult cuMemcpyPeerAsync(CUdeviceptr, CUcontext, CUdeviceptr, CUcontext, size_t, CUstream) {
    return CUDA_ERROR_NOT_SUPPORTED;
}

CUresult cuModuleLoadData(CUmodule *out, const void *) { return *out = new CUmod_st, CUDA_SUCCESS; }
CUresult cuModuleLoad(CUmodule *, const char *) { return CUDA_ERROR_NOT_SUPPORTED; }
CUresult cuModuleUnload(CUmodule module) { return delete module, CUDA_SUCCESS; }

CUresult cuModuleGetFunction(CUfunction *out, CUmodule, const char *name) {
    const Kernel *kernel = strcmp(name, copy2d.name) == 0 ? &copy2d : kernel_of(name);
    *out = CUfunction(kernel ? kernel : &unknown);
    return CUDA_SUCCESS;
}

CUresult cuStreamCreate(CUstream *out, unsigned) { return *out = new CUstream_st{nullptr}, CUDA_SUCCESS; }
CUresult cuStreamDestroy(CUstream stream) { return delete stream, CUDA_SUCCESS; }

CUresult cuStreamSynchronize(CUstream stream) {
    LOCKED;
    return stream->recording ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED : failed();
}

CUresult cuStreamWaitEvent(CUstream, CUevent, unsigned) { return CUDA_SUCCESS; }
CUresult cuEventCreate(CUevent *out, unsigned) { return *out = new CUevent_st, CUDA_SUCCESS; }
CUresult cuEventDestroy(CUevent event) { return delete event, CUDA_SUCCESS; }
CUresult cuEventRecord(CUevent, CUstream) { return CUDA_SUCCESS; }

CUresult cuStreamBeginCapture(CUstream stream, CUstreamCaptureMode) {
    LOCKED;
    if (stream->recording) return CUDA_ERROR_ILLEGAL_STATE;
    return stream->recording = new CUgraph_st, CUDA_SUCCESS;
}

CUresult cuStreamEndCapture(CUstream stream, CUgraph *out) {
    LOCKED;
    *out = stream->recording, stream->recording = nullptr;
    return *out ? CUDA_SUCCESS : CUDA_ERROR_ILLEGAL_STATE;
}

CUresult cuStreamIsCapturing(CUstream stream, CUstreamCaptureStatus *out) {
    LOCKED;
    *out = stream->recording ? CU_STREAM_CAPTURE_STATUS_ACTIVE : CU_STREAM_CAPTURE_STATUS_NONE;
    return CUDA_SUCCESS;
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec *out, CUgraph graph, unsigned long long) {
    return *out = new CUgraphExec_st{graph->launched}, CUDA_SUCCESS;
}

CUresult cuGraphDestroy(CUgraph graph) { return delete graph, CUDA_SUCCESS; }
CUresult cuGraphExecDestroy(CUgraphExec graph) { return delete graph, CUDA_SUCCESS; }

CUresult cuGraphLaunch(CUgraphExec graph, CUstream) {
    LOCKED;
    for (const Launched &launched : graph->launched)
        if (const CUresult error = run(launched)) return error;
    return CUDA_SUCCESS;
}

CUresult cuLaunchKernel(CUfunction function, unsigned x, unsigned y, unsigned z, unsigned threads, unsigned threads_y,
                        unsigned threads_z, unsigned shared, CUstream stream, void **arguments, void **) {
    LOCKED;
    const Kernel *kernel = reinterpret_cast<const Kernel *>(function);
    if (!current) return CUDA_ERROR_INVALID_CONTEXT;
    if (kernel == &copy2d) {
        float *const from = *static_cast<float **>(arguments[0]), *const to = *static_cast<float **>(arguments[1]);
        const auto number = [&](int i) { return *static_cast<uint32_t *>(arguments[i]); };
        const uint32_t rows = number(2), columns = number(3), from_stride = number(4), to_stride = number(5);
        for (uint32_t row = 0; row < rows; row++)
            memcpy(to + size_t(row) * to_stride, from + size_t(row) * from_stride, 4 * columns);
        return failed();
    }
    if (!kernel->body || shared || threads_y != 1 || threads_z != 1) return CUDA_ERROR_NOT_SUPPORTED;
    if (!x || !y || !z || y > 65535 || z > 65535 || !threads || threads > MAX_THREADS) return CUDA_ERROR_INVALID_VALUE;
    const auto copy = [](const void *from, size_t size) {
        const auto *start = static_cast<const unsigned char *>(from);
        return std::vector<unsigned char>(start, start + size);
    };
    const Launched launched = {
        kernel, {x, y, z}, threads, copy(arguments[0], sizeof(Run)), copy(arguments[1], kernel->part_size)};
    if (!stream->recording) return run(launched);
    stream->recording->launched.push_back(launched);
    return CUDA_SUCCESS;
}

// Handles that candle's device holds and never uses here.
int cublasCreate_v2(void **out) { return *out = nullptr, 0; }
int cublasDestroy_v2(void *) { return 0; }
int cublasSetStream_v2(void *, void *) { return 0; }
int cublasGemmStridedBatchedEx() { return 15; }
int cublasDgemmStridedBatched() { return 15; }
int curandCreateGenerator(void **out, int) { return *out = nullptr, 0; }
int curandDestroyGenerator(void *) { return 0; }
int curandSetPseudoRandomGeneratorSeed(void *, unsigned long long) { return 0; }
int curandSetStream(void *, void *) { return 0; }
}
