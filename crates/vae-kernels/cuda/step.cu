// One training step of an ensemble, kernel by kernel: the CPU path's arithmetic in the CPU path's order, so that θ
// after a step has the same bits. A third axis of the grid counts the members, models of one shape, each with its own
// θ, β, learning rate and seed.
//
// Rows of a batch, examples or draws of z, are ordered as on the CPU: 16 examples per panel, and within a panel all
// first draws, then all second ones: row (panel * L + l) * 16 + lane. Matrices are row-major.
#ifndef HOST
// NVRTC has no C headers.
typedef unsigned char uint8_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
#endif

#include "numbers.cuh"
#include "posterior.cuh"
#include "product.cuh"

static constexpr uint32_t LANES = 16;
static constexpr uint32_t NONE = 0xFFFFFFFFu;

// A square tile of a product: 2 x 4 outputs for each of 128 threads, or 4 x 4 for each of 256.
static constexpr int WIDE = 4;

template <int SIZE>
static constexpr int TALL = SIZE / 16;

template <int SIZE, bool TF32>
using Tile = Product<SIZE, SIZE, TALL<SIZE>, WIDE, TF32>;

// The host's parameters for one step of one member. The structs here are those of gpu/kernel_args.rs.
struct Plan {
    uint64_t step;
    // Position of its first example in the epoch, and its number of examples.
    uint32_t first, examples;
    uint32_t order_keys[8];
    uint32_t noise_key[2], binarize_key[2];
    // beta / examples
    float beta;
    // Adam's constants (adam.rs).
    float mean_weight, decay, square_weight, size, inverse_root, epsilon, keep;
};

// The terms of the bound, summed over the batch.
struct Terms {
    double reconstruction, kl;
};

// Result of a step: the terms, and the s of a learned variance that they were computed with.
struct Outcome {
    Terms terms;
    double log_variance;
};

// Arguments shared by all kernels of a step.
struct Run {
    // [member][parameters]
    float *theta, *m, *v;
    // Everything between the layers, [member][space].
    float *work;
    // [member], of this step
    const Plan *plan;
    Outcome *outcome;
    // [member], nonzero once a loss was not finite: the member is not updated any more.
    uint32_t *failed;
    uint32_t parameters, space;
    uint32_t input, latent, draws;
    uint32_t activation, term;
    // Weight of a term of the likelihood (net.rs), and offset of the s of a learned variance.
    float factor;
    uint32_t log_variance;
    Posterior posterior;
    uint32_t padding;
};

// One member's view of it.
struct Member {
    const Run &run;
    float *theta, *work;
    const Plan &plan;

    __device__ explicit Member(const Run &run)
        : run(run), theta(run.theta + size_t(blockIdx.z) * run.parameters),
          work(run.work + size_t(blockIdx.z) * run.space), plan(run.plan[blockIdx.z]) {}

    // Rows of a batch with `draws` per example, padding of the last panel included.
    __device__ uint32_t rows(uint32_t draws) const { return (plan.examples + LANES - 1) / LANES * LANES * draws; }

    __device__ float likelihood_factor() const {
        return run.log_variance == NONE ? run.factor : run.factor * exp_(-theta[run.log_variance]);
    }
};

// The example that a row belongs to.
__device__ inline uint32_t example_of(uint32_t row, uint32_t draws) {
    return row / (LANES * draws) * LANES + row % LANES;
}

// The row of an example's draw.
__device__ inline uint32_t row_of(uint32_t example, uint32_t draws, uint32_t draw) {
    return (example / LANES * draws + draw) * LANES + example % LANES;
}

// An affine layer in θ: y = W x + b, W [fan_out][fan_in], or [fan_in][fan_out] if it reads the data.
struct Affine {
    uint32_t weight, bias, fan_in, fan_out, reads_data;

    // W as an operand: outputs by inputs.
    __device__ Operand operand(const float *theta) const {
        return reads_data ? Operand{theta + weight, 1, fan_out} : Operand{theta + weight, fan_in, 1};
    }

    // Its transpose: inputs by outputs.
    __device__ Operand transposed(const float *theta) const { return Operand{theta + weight, 1, fan_in}; }
};

enum Activation : uint32_t { RELU, TANH, SOFTPLUS, SILU, IDENTITY };
enum Likelihood : uint32_t { CROSS_ENTROPY, SQUARED_SIGMOID, SQUARED };

// f(a), and the value for the backward pass: f(a) again, or f'(a).
__device__ inline Pair activate(uint32_t activation, float a) {
    switch (activation) {
    case RELU: {
        const float h = a <= 0.0f ? 0.0f : a;
        return {h, h};
    }
    case TANH: {
        const float h = tanh_(a);
        return {h, h};
    }
    case SOFTPLUS: return softplus_and_sigmoid(a);
    case SILU: {
        const float s = softplus_and_sigmoid(a).second;
        return {a * s, s * fmaf(a, 1.0f - s, 1.0f)};
    }
    default: return {a, a};
    }
}

// g f', from the value that `activate` kept.
__device__ inline float chain(uint32_t activation, float g, float kept) {
    switch (activation) {
    case RELU: return kept > 0.0f ? g : 0.0f;
    case TANH: return g * fmaf(-kept, kept, 1.0f);
    case SOFTPLUS:
    case SILU: return g * kept;
    default: return g;
    }
}

// A term of -log p(x|z) and scale * its derivative.
__device__ inline Pair likelihood(uint32_t term, float a, float x, float scale) {
    if (term == SQUARED) return {(a - x) * (a - x), 2.0f * (a - x) * scale};
    const Pair of_a = softplus_and_sigmoid(a);
    if (term == CROSS_ENTROPY) return {fmaf(-a, x, of_a.first), (of_a.second - x) * scale};
    const float p = of_a.second, error = p - x;
    return {error * error, 2.0f * error * p * (1.0f - p) * scale};
}

// ---------------------------------------------------------------------------------------------------------------------

// The data set, in device memory: bytes and a table of their numbers, or the numbers.
struct Data {
    const uint8_t *bytes;
    const float *table;
    const float *floats;
    // Per column, the value to subtract, and the divisor; or null.
    const float *mean, *deviation;
    // Number of examples, and width in bits of the network that permutes them.
    uint64_t n;
    uint32_t bits;
    // `threshold`: numbers from a half up become 1 and others 0. `dynamic`: they become 1 with their own probability.
    uint32_t threshold, dynamic;
    uint32_t x;
};

// Reads x of the batch, a row per example; the padding of the last panel is 0.
extern "C" __global__ void gather(const Run run, const Data data) {
    const Member member(run);
    const uint32_t row = blockIdx.y, column = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= member.rows(1) || column >= run.input) return;
    float x = 0.0f;
    if (row < member.plan.examples) {
        const uint32_t example = permuted(data.n, data.bits, member.plan.order_keys, member.plan.first + row);
        const size_t at = size_t(example) * run.input + column;
        x = data.bytes ? data.table[data.bytes[at]] : data.floats[at];
        if (data.mean) x = (x - data.mean[column]) / data.deviation[column];
        if (data.threshold) x = x >= 0.5f ? 1.0f : 0.0f;
        if (data.dynamic) x = uniform(member.plan.binarize_key, member.plan.step, row, column) < x ? 1.0f : 0.0f;
    }
    member.work[data.x + size_t(row) * run.input + column] = x;
}

// h = f(W x + b) of a hidden layer, for rows of examples or of draws.
struct Layer {
    Affine affine;
    uint32_t draws;
    // Offsets of the input, the output and the value kept for the backward pass; the last two may be equal.
    uint32_t x, h, kept;
};

template <int SIZE, bool TF32>
__device__ inline void forward_tile(const Run &run, const Layer &layer) {
    const Member member(run);
    const Affine &affine = layer.affine;
    const uint32_t rows = member.rows(layer.draws), first_row = blockIdx.y * SIZE;
    if (first_row >= rows) return;
    Tile<SIZE, TF32> product(first_row, blockIdx.x * SIZE);
    product.run(Operand{member.work + layer.x, affine.fan_in, 1}, affine.operand(member.theta), rows, affine.fan_out,
                affine.fan_in);
#pragma unroll
    for (int r = 0; r < TALL<SIZE>; r++) {
#pragma unroll
        for (int c = 0; c < WIDE; c++) {
            const uint32_t row = product.row + r, column = product.column + c;
            if (row >= rows || column >= affine.fan_out) continue;
            const Pair of_a = activate(run.activation, product.sums[r][c] + member.theta[affine.bias + column]);
            const size_t at = size_t(row) * affine.fan_out + column;
            member.work[layer.h + at] = of_a.first;
            if (layer.kept != layer.h) member.work[layer.kept + at] = of_a.second;
        }
    }
}

extern "C" __global__ void forward_32(const Run run, const Layer layer) { forward_tile<32, false>(run, layer); }
extern "C" __global__ void forward_64(const Run run, const Layer layer) { forward_tile<64, false>(run, layer); }
extern "C" __global__ void forward_32_tf32(const Run run, const Layer layer) { forward_tile<32, true>(run, layer); }
extern "C" __global__ void forward_64_tf32(const Run run, const Layer layer) { forward_tile<64, true>(run, layer); }

// Both heads, side by side: column 2j is mu of dimension j, column 2j + 1 its raw scale.
struct Heads {
    Affine mean, raw_scale;
    uint32_t has_log_var;

    struct Columns {
        Operand mean;
        // Distance from a number of the first to that of the second.
        long long to_log_var;

        __device__ float operator()(uint32_t c, uint32_t k) const {
            return *(&mean.at(c / 2, k) + (c % 2 == 0 ? 0 : to_log_var));
        }

        __device__ bool along_k() const { return mean.along_k(); }
    };

    __device__ Columns columns(const float *theta) const {
        return {mean.operand(theta), has_log_var ? (long long)(raw_scale.weight) - (long long)(mean.weight) : 0};
    }

    // The transpose: inputs by mu of all dimensions, then their raw scales.
    struct Transposed {
        Operand mean, raw_scale;
        uint32_t latent;

        __device__ float operator()(uint32_t i, uint32_t k) const {
            return k < latent ? mean(i, k) : raw_scale(i, k - latent);
        }

        __device__ bool along_k() const { return false; }
    };

    __device__ Transposed transposed(const float *theta) const {
        return {mean.transposed(theta), raw_scale.transposed(theta), mean.fan_out};
    }
};

// Offsets of the latent's arrays. Per example: mu and then the raw scale (`head`), the gradients of both, the KL of
// each dimension. Per draw: sigma * epsilon (`noise`) and z.
struct Latent {
    Heads heads;
    uint32_t x, head, head_gradient, kl, noise, z;
};

// Computes the heads' outputs, the KL term, and z of each draw.
extern "C" __global__ void sample(const Run run, const Latent latent) {
    const Member member(run);
    const uint32_t rows = member.rows(1), first_row = blockIdx.y * 16;
    if (first_row >= rows) return;
    const Affine &mean_layer = latent.heads.mean, &log_var_layer = latent.heads.raw_scale;
    const uint32_t d = run.latent, width = latent.heads.has_log_var ? 2 * d : d;
    Product<16, 16, 1, 2> product(first_row, blockIdx.x * 16);
    product.run(Operand{member.work + latent.x, mean_layer.fan_in, 1}, latent.heads.columns(member.theta), rows, 2 * d,
                mean_layer.fan_in);
    const uint32_t example = product.row, j = product.column / 2;
    if (j >= d) return;
    const Posterior &posterior = run.posterior;
    const float h = product.sums[0][0] + member.theta[mean_layer.bias + j];
    float *head = member.work + latent.head + size_t(example) * width;
    head[j] = h;
    float s = 0.0f;
    double kl = 0.0;
    Pair loc_and_scale = {h, 0.0f};
    if (latent.heads.has_log_var) {
        s = product.sums[0][1] + member.theta[log_var_layer.bias + j];
        head[d + j] = s;
        loc_and_scale = posterior.loc_and_scale(h, s);
        if (!posterior.monte_carlo) kl = double(posterior.kl(h, s));
    }
    for (uint32_t l = 0; l < run.draws; l++) {
        float noise = 0.0f, epsilon = 0.0f;
        if (latent.heads.has_log_var) {
            epsilon = posterior.epsilon(member.plan.noise_key, member.plan.step, example * run.draws + l, j);
            noise = loc_and_scale.second * epsilon;
        }
        const float u = loc_and_scale.first + noise;
        const uint32_t row = row_of(example, run.draws, l);
        const size_t at = size_t(row) * d + j;
        member.work[latent.noise + at] = noise;
        member.work[latent.z + at] = fmaf(posterior.scale, u, posterior.location);
        if (posterior.monte_carlo && latent.heads.has_log_var)
            kl += double(posterior.kl_of_draw(s, epsilon, u)) / run.draws;
    }
    member.work[latent.kl + size_t(example) * d + j] = float(kl);
}

// The decoder's output: partial sums of the likelihood's terms, and in training the gradient. The output itself is not
// stored.
struct Output {
    Affine affine;
    // Offsets of the input, x of the examples, the gradient; and of a sum in double for each row and block of columns.
    uint32_t h, x, g, sums;
};

// In training, rows lie in panels; else all draws of an example are consecutive.
template <int SIZE, bool TRAINING, bool TF32>
__device__ inline void output_tile(const Run &run, const Output &output) {
    const Member member(run);
    const Affine &affine = output.affine;
    const uint32_t examples = member.plan.examples;
    const uint32_t rows = member.rows(TRAINING ? run.draws : 1), first_row = blockIdx.y * SIZE;
    if (first_row >= rows) return;
    Tile<SIZE, TF32> product(first_row, blockIdx.x * SIZE);
    product.run(Operand{member.work + output.h, affine.fan_in, 1}, affine.operand(member.theta), rows, affine.fan_out,
                affine.fan_in);
    const float counts = TRAINING ? member.likelihood_factor() / float(examples * run.draws) : 0.0f;
    __shared__ double sums[SIZE][SIZE / WIDE];
#pragma unroll
    for (int r = 0; r < TALL<SIZE>; r++) {
        const uint32_t row = product.row + r;
        const uint32_t example =
            TRAINING ? example_of(row, run.draws) : (row < examples ? row : examples - 1) / run.draws;
        double sum = 0.0;
#pragma unroll
        for (int c = 0; c < WIDE; c++) {
            const uint32_t column = product.column + c;
            if (row >= rows || column >= affine.fan_out) continue;
            const float a = product.sums[r][c] + member.theta[affine.bias + column];
            const float x = member.work[output.x + size_t(example) * run.input + column];
            const Pair term = likelihood(run.term, a, x, example < examples ? counts : 0.0f);
            sum += double(term.first);
            if (TRAINING) member.work[output.g + size_t(row) * affine.fan_out + column] = term.second;
        }
        sums[product.row - first_row + r][threadIdx.x % (SIZE / WIDE)] = sum;
    }
    __syncthreads();
    const uint32_t row = first_row + threadIdx.x;
    if (threadIdx.x < SIZE && row < rows) {
        double sum = 0.0;
        for (int c = 0; c < SIZE / WIDE; c++) sum += sums[threadIdx.x][c];
        reinterpret_cast<double *>(member.work + output.sums)[size_t(row) * gridDim.x + blockIdx.x] = sum;
    }
}

extern "C" __global__ void output_32(const Run run, const Output output) { output_tile<32, true, false>(run, output); }
extern "C" __global__ void output_64(const Run run, const Output output) { output_tile<64, true, false>(run, output); }
extern "C" __global__ void output_32_tf32(const Run run, const Output output) {
    output_tile<32, true, true>(run, output);
}
extern "C" __global__ void output_64_tf32(const Run run, const Output output) {
    output_tile<64, true, true>(run, output);
}
extern "C" __global__ void terms_32(const Run run, const Output output) { output_tile<32, false, false>(run, output); }
extern "C" __global__ void terms_64(const Run run, const Output output) { output_tile<64, false, false>(run, output); }

// Both terms of the bound, summed over the batch.
struct Bound {
    uint32_t sums, blocks, kl;
};

// One block per member. Each of 256 threads adds every 256th summand, then halves are added to halves.
extern "C" __global__ void bound(const Run run, const Bound bound) {
    const Member member(run);
    const uint32_t thread = threadIdx.x, rows = member.rows(run.draws);
    const double *sums = reinterpret_cast<const double *>(member.work + bound.sums);
    const float *kl = member.work + bound.kl;
    __shared__ Terms terms[256];
    Terms mine = {0.0, 0.0};
    for (uint32_t row = thread; row < rows; row += 256) {
        if (example_of(row, run.draws) >= member.plan.examples) continue;
        const double *parts = sums + size_t(row) * bound.blocks;
        for (uint32_t block = 0; block < bound.blocks; block++) mine.reconstruction += parts[block];
    }
    for (uint32_t example = thread; example < member.plan.examples; example += 256) {
        for (uint32_t j = 0; j < run.latent; j++) mine.kl += double(kl[size_t(example) * run.latent + j]);
    }
    terms[thread] = mine;
    for (uint32_t half = 128; half > 0; half /= 2) {
        __syncthreads();
        if (thread < half) {
            terms[thread].reconstruction += terms[thread + half].reconstruction;
            terms[thread].kl += terms[thread + half].kl;
        }
    }
    if (thread == 0) {
        const Terms all = {double(member.likelihood_factor()) * terms[0].reconstruction / run.draws, terms[0].kl};
        const double s = run.log_variance == NONE ? 0.0 : double(member.theta[run.log_variance]);
        run.outcome[blockIdx.z] = {all, s};
        if (!(fabs(all.reconstruction + all.kl) < double(as_float(INFINITE)))) run.failed[blockIdx.z] = 1;
    }
}

// Backward pass through one layer: the gradient of its input, W^T g, times the slope there.
struct Back {
    Affine affine;
    uint32_t draws;
    // Offsets of the gradient of the layer's output, the value kept by the activation below, and the result.
    uint32_t g, kept, out;
};

template <int SIZE, bool TF32, class A, class B>
__device__ inline void back_tile(const Member &member, A g, B weight, uint32_t rows, uint32_t columns, uint32_t ks,
                                 uint32_t kept, uint32_t out) {
    const uint32_t first_row = blockIdx.y * SIZE;
    if (first_row >= rows) return;
    Tile<SIZE, TF32> product(first_row, blockIdx.x * SIZE);
    product.run(g, weight, rows, columns, ks);
#pragma unroll
    for (int r = 0; r < TALL<SIZE>; r++) {
#pragma unroll
        for (int c = 0; c < WIDE; c++) {
            const uint32_t row = product.row + r, column = product.column + c;
            if (row >= rows || column >= columns) continue;
            const size_t at = size_t(row) * columns + column;
            member.work[out + at] = chain(member.run.activation, product.sums[r][c], member.work[kept + at]);
        }
    }
}

template <int SIZE, bool TF32>
__device__ inline void backward_tile(const Run &run, const Back &back) {
    const Member member(run);
    const Affine &affine = back.affine;
    back_tile<SIZE, TF32>(member, Operand{member.work + back.g, affine.fan_out, 1}, affine.transposed(member.theta),
                          member.rows(back.draws), affine.fan_in, affine.fan_out, back.kept, back.out);
}

extern "C" __global__ void backward_32(const Run run, const Back back) { backward_tile<32, false>(run, back); }
extern "C" __global__ void backward_64(const Run run, const Back back) { backward_tile<64, false>(run, back); }
extern "C" __global__ void backward_32_tf32(const Run run, const Back back) { backward_tile<32, true>(run, back); }
extern "C" __global__ void backward_64_tf32(const Run run, const Back back) { backward_tile<64, true>(run, back); }

// Backward pass to z, and through the sample to mu and the raw scale.
struct SampleBack {
    // The layer that reads z, and the gradient of its output.
    Affine affine;
    uint32_t g;
    Latent latent;
};

// The rows of one draw: examples by features.
struct OfDraw {
    Operand rows;
    uint32_t draws, draw;

    __device__ float operator()(uint32_t example, uint32_t k) const { return rows(row_of(example, draws, draw), k); }

    __device__ bool along_k() const { return true; }
};

extern "C" __global__ void sample_back(const Run run, const SampleBack back) {
    const Member member(run);
    const Latent &latent = back.latent;
    const uint32_t rows = member.rows(1), first_row = blockIdx.y * 16, d = run.latent;
    if (first_row >= rows) return;
    const Operand g = {member.work + back.g, back.affine.fan_out, 1};
    Product<16, 16, 1, 1> product(first_row, blockIdx.x * 16);
    const Posterior &posterior = run.posterior;
    const uint32_t example = product.row, j = product.column;
    const uint32_t width = latent.heads.has_log_var ? 2 * d : d;
    const float *head = member.work + latent.head + size_t(example) * width;
    const float beta = example < member.plan.examples ? member.plan.beta : 0.0f;
    float sum = 0.0f, moment = 0.0f;
    for (uint32_t l = 0; l < run.draws; l++) {
        product.run(OfDraw{g, run.draws, l}, back.affine.transposed(member.theta), rows, d, back.affine.fan_out);
        if (j >= d) continue;
        const uint32_t row = row_of(example, run.draws, l);
        const float noise = member.work[latent.noise + size_t(row) * d + j];
        float du = posterior.scale * product.sums[0][0];
        // If the prior has a slope, the centre is h.
        if (posterior.monte_carlo && latent.heads.has_log_var)
            du = fmaf(beta / float(run.draws), posterior.prior_slope(head[j] + noise), du);
        sum = sum + du;
        moment = fmaf(du, noise, moment);
    }
    if (j >= d) return;
    float *gradient = member.work + latent.head_gradient + size_t(example) * width;
    gradient[j] = sum;
    if (!latent.heads.has_log_var) return;
    const Pair gradients = posterior.backward(head[j], head[d + j], sum, moment, beta);
    gradient[j] = gradients.first;
    gradient[d + j] = gradients.second;
}

// Backward pass from both heads to the hidden layer below them.
struct HeadBack {
    Heads heads;
    uint32_t g, kept, out;
};

template <bool TF32>
__device__ inline void head_back_tile(const Run &run, const HeadBack &back) {
    const Member member(run);
    const uint32_t ks = back.heads.has_log_var ? 2 * run.latent : run.latent;
    back_tile<32, TF32>(member, Operand{member.work + back.g, ks, 1}, back.heads.transposed(member.theta),
                        member.rows(1), back.heads.mean.fan_in, ks, back.kept, back.out);
}

extern "C" __global__ void head_back(const Run run, const HeadBack back) { head_back_tile<false>(run, back); }
extern "C" __global__ void head_back_tf32(const Run run, const HeadBack back) { head_back_tile<true>(run, back); }

// Update of a layer: W[r, c], in θ's layout, has the gradient sum over rows k of A[k, r] * B[k, c].
struct Update {
    uint32_t weight, bias, rows, columns;
    // Both operands, and the strides of their rows.
    uint32_t a, a_stride, b, b_stride;
    // The gradient of the layer's output, for the bias.
    uint32_t g, g_stride, outputs;
    uint32_t draws;
    // Its first block in the grid: tiles of the weight row by row, then 256 biases per block.
    uint32_t first_block, padding;
};

// Updates of `count` layers.
struct Updates {
    const Update *updates;
    uint32_t count, padding;
};

// The rows of a batch without padding, in order.
struct Filled {
    uint32_t full, lanes, draws;

    __device__ Filled(uint32_t examples, uint32_t draws)
        : full(examples / LANES * LANES * draws), lanes(examples % LANES), draws(draws) {}

    __device__ uint32_t count() const { return full + lanes * draws; }

    __device__ uint32_t row(uint32_t k) const {
        return k < full ? k : full + (k - full) / lanes * LANES + (k - full) % lanes;
    }
};

struct Column {
    const float *start;
    uint32_t stride;
    Filled filled;

    __device__ float operator()(uint32_t i, uint32_t k) const { return start[size_t(filled.row(k)) * stride + i]; }
    __device__ bool along_k() const { return false; }
};

__device__ inline void adam(const Run &run, const Plan &plan, float g, size_t at) {
    const size_t own = size_t(blockIdx.z) * run.parameters + at;
    const float m = fmaf(plan.mean_weight, g - run.m[own], run.m[own]);
    const float v = fmaf(plan.square_weight * g, g, plan.decay * run.v[own]);
    const float root = fmaf(sqrtf(v), plan.inverse_root, plan.epsilon);
    run.m[own] = m;
    run.v[own] = v;
    run.theta[own] = plan.keep * run.theta[own] - plan.size * m / root;
}

// Applies Adam to all parameters.
template <bool TF32>
__device__ inline void update_tile(const Run &run, const Updates &all) {
    if (run.failed[blockIdx.z]) return;
    const Member member(run);
    const Plan &plan = member.plan;
    uint32_t which = all.count - 1;
    while (all.updates[which].first_block > blockIdx.x) which--;
    const Update &update = all.updates[which];
    const Filled filled(plan.examples, update.draws);
    const uint32_t across = (update.columns + 63) / 64, tiles = (update.rows + 63) / 64 * across;
    const uint32_t block = blockIdx.x - update.first_block;
    if (block < tiles) {
        Tile<64, TF32> product(block / across * 64, block % across * 64);
        product.run(Column{member.work + update.a, update.a_stride, filled},
                    Column{member.work + update.b, update.b_stride, filled}, update.rows, update.columns,
                    filled.count());
#pragma unroll
        for (int r = 0; r < 4; r++) {
#pragma unroll
            for (int c = 0; c < 4; c++) {
                const uint32_t row = product.row + r, column = product.column + c;
                if (row >= update.rows || column >= update.columns) continue;
                adam(run, plan, product.sums[r][c], update.weight + size_t(row) * update.columns + column);
            }
        }
        return;
    }
    const uint32_t output = (block - tiles) * 256 + threadIdx.x;
    if (output < update.outputs) {
        // Each lane over the panels, then the lanes in pairs.
        float sums[LANES] = {};
        for (uint32_t k = 0; k < filled.count(); k++) {
            const uint32_t row = filled.row(k);
            const float g = member.work[update.g + size_t(row) * update.g_stride + output];
#pragma unroll
            for (uint32_t lane = 0; lane < LANES; lane++)
                if (lane == row % LANES) sums[lane] = sums[lane] + g;
        }
#pragma unroll
        for (uint32_t half = LANES / 2; half > 0; half /= 2) {
#pragma unroll
            for (uint32_t lane = 0; lane < LANES / 2; lane++)
                if (lane < half) sums[lane] = sums[lane] + sums[lane + half];
        }
        adam(run, plan, sums[0], update.bias + output);
    }
    if (blockIdx.x == tiles && which == 0 && threadIdx.x == 0 && run.log_variance != NONE) {
        const double terms = run.outcome[blockIdx.z].terms.reconstruction / plan.examples;
        adam(run, plan, float(0.5 * run.input - terms), run.log_variance);
    }
}

extern "C" __global__ void update(const Run run, const Updates all) { update_tile<false>(run, all); }
extern "C" __global__ void update_tf32(const Run run, const Updates all) { update_tile<true>(run, all); }
