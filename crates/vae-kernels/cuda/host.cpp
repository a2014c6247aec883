// The kernels on the host: the grid block after block, the threads of a block as fibers that take turns at barriers.
// Slow, with the same arithmetic.
#define HOST
#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define __device__
#define __global__
#define __shared__ static

namespace {

struct Index {
    uint32_t x, y, z;
};

Index threadIdx, blockIdx, blockDim, gridDim;

constexpr size_t STACK = 64 * 1024;
constexpr uint32_t MAX_THREADS = 1024;

// A thread of a block. A context starts it, and it is reused from block to block, switched by jumps: these make no
// system call, where swapcontext makes one to keep the signal mask.
struct Fiber {
    jmp_buf jump;
    bool begun, done;
};

jmp_buf scheduler;
Fiber fibers[MAX_THREADS];
char *stacks;
void (*body)(const void *, const void *);
const void *first_argument, *second_argument;

// Yields to the other threads until they reach the same barrier.
void __syncthreads() {
    if (!_setjmp(fibers[threadIdx.x].jump)) _longjmp(scheduler, 1);
}

void run_thread() {
    for (;;) {
        body(first_argument, second_argument);
        fibers[threadIdx.x].done = true;
        __syncthreads();
    }
}

// Resumes a thread until it next yields.
void go_on(Fiber &fiber, char *stack) {
    if (_setjmp(scheduler)) return;
    if (fiber.begun) _longjmp(fiber.jump, 1);
    fiber.begun = true;
    ucontext_t context;
    getcontext(&context);
    context.uc_stack.ss_sp = stack;
    context.uc_stack.ss_size = STACK;
    context.uc_link = nullptr;
    makecontext(&context, run_thread, 0);
    setcontext(&context);
}

void run_block(uint32_t threads) {
    for (uint32_t i = 0; i < threads; i++) fibers[i].done = false;
    for (bool working = true; working;) {
        working = false;
        for (uint32_t i = 0; i < threads; i++) {
            if (fibers[i].done) continue;
            threadIdx = {i, 0, 0};
            go_on(fibers[i], stacks + i * STACK);
            working = true;
        }
    }
}

} // namespace

#include "step.cu"

namespace {

struct Kernel {
    const char *name;
    size_t part_size;
    void (*body)(const void *, const void *);
};

#define KERNEL(name, Part)                                                                                             \
    {#name, sizeof(Part), [](const void *run, const void *part) {                                                      \
         name(*static_cast<const Run *>(run), *static_cast<const Part *>(part));                                       \
     }}

const Kernel kernels[] = {
    KERNEL(gather, Data),           KERNEL(forward_32, Layer),        KERNEL(forward_32_tf32, Layer),
    KERNEL(forward_64, Layer),      KERNEL(forward_64_tf32, Layer),   KERNEL(sample, Latent),
    KERNEL(output_32, Output),      KERNEL(output_32_tf32, Output),   KERNEL(output_64, Output),
    KERNEL(output_64_tf32, Output), KERNEL(terms_32, Output),         KERNEL(terms_64, Output),
    KERNEL(bound, Bound),           KERNEL(backward_32, Back),        KERNEL(backward_32_tf32, Back),
    KERNEL(backward_64, Back),      KERNEL(backward_64_tf32, Back),   KERNEL(sample_back, SampleBack),
    KERNEL(head_back, HeadBack),    KERNEL(head_back_tf32, HeadBack), KERNEL(update, Updates),
    KERNEL(update_tf32, Updates),
};

const Kernel *kernel_of(const char *name) {
    for (const Kernel &kernel : kernels)
        if (strcmp(kernel.name, name) == 0) return &kernel;
    return nullptr;
}

void run_kernel(const Kernel &kernel, const uint32_t *grid, uint32_t threads, const void *run, const void *part) {
    if (!stacks) stacks = static_cast<char *>(malloc(MAX_THREADS * STACK));
    body = kernel.body, first_argument = run, second_argument = part;
    gridDim = {grid[0], grid[1], grid[2]};
    blockDim = {threads, 1, 1};
    for (uint32_t z = 0; z < grid[2]; z++)
        for (uint32_t y = 0; y < grid[1]; y++)
            for (uint32_t x = 0; x < grid[0]; x++) {
                blockIdx = {x, y, z};
                run_block(threads);
            }
}

} // namespace

// Launches a kernel, and waits for it. Returns true if there is one of that name, with blocks of that size.
extern "C" bool launch(const char *name, const uint32_t *grid, uint32_t threads, const void *run, const void *part) {
    const Kernel *kernel = kernel_of(name);
    if (!kernel || threads > MAX_THREADS) return false;
    run_kernel(*kernel, grid, threads, run, part);
    return true;
}

// Sizes of the structs shared with Rust, in order of definition.
extern "C" void sizes(uint32_t *out) {
    const size_t all[] = {
        sizeof(Plan),   sizeof(Run),     sizeof(Data),    sizeof(Layer),      sizeof(Latent),
        sizeof(Output), sizeof(Bound),   sizeof(Back),    sizeof(SampleBack), sizeof(HeadBack),
        sizeof(Update), sizeof(Updates), sizeof(Outcome),
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) out[i] = uint32_t(all[i]);
}
