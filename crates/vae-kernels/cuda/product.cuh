// The one product: out[r][c] = sum over k of a(r, k) * b(c, k), each output in one accumulator, k ascending, by fused
// multiply-adds. So its bits are those of the CPU path, whatever the tiles. With TF32 the factors are rounded to 11
// significant bits, and a warp's matrix instruction computes the sums, in an order of its own.
#pragma once

#include "tf32.cuh"

// An operand: its number (i, k) is start[i * stride + k * step].
struct Operand {
    const float *start;
    uint32_t stride, step;

    __device__ const float &at(uint32_t i, uint32_t k) const { return start[size_t(i) * stride + size_t(k) * step]; }
    __device__ float operator()(uint32_t i, uint32_t k) const { return at(i, k); }
    __device__ bool along_k() const { return step == 1; }
};

// A block's tile of ROWS x COLUMNS outputs, TALL x WIDE per thread. While it sums over DEPTH of k from shared memory,
// the numbers of the next DEPTH are loaded into registers.
template <int ROWS, int COLUMNS, int TALL, int WIDE, bool TF32 = false>
struct Product {
    static constexpr int DEPTH = 32;
    static constexpr int THREADS = ROWS / TALL * (COLUMNS / WIDE);
    // Puts the simultaneous reads of a warp into different banks.
    static constexpr int PAD = TF32 ? 8 : 4;

    // Start of the tile, and of this thread's outputs.
    uint32_t first_row, first_column, row, column;
    float sums[TALL][WIDE];

    __device__ Product(uint32_t first_row, uint32_t first_column)
        : first_row(first_row), first_column(first_column), row(first_row + threadIdx.x / (COLUMNS / WIDE) * TALL),
          column(first_column + threadIdx.x % (COLUMNS / WIDE) * WIDE) {}

    // Computes the sums. Outputs past `rows` and `columns` are meaningless.
    template <class A, class B>
    __device__ void run(const A &a, const B &b, uint32_t rows, uint32_t columns, uint32_t ks) {
        __shared__ float a_tile[DEPTH][ROWS + PAD];
        __shared__ float b_tile[DEPTH][COLUMNS + PAD];
        if constexpr (TF32) fragments = {};
        float a_next[ROWS * DEPTH / THREADS], b_next[COLUMNS * DEPTH / THREADS];
#pragma unroll
        for (int r = 0; r < TALL; r++)
#pragma unroll
            for (int c = 0; c < WIDE; c++) sums[r][c] = 0.0f;

        fetch<ROWS>(a, a_next, first_row, rows, 0, ks);
        fetch<COLUMNS>(b, b_next, first_column, columns, 0, ks);
        for (uint32_t k0 = 0; k0 < ks; k0 += DEPTH) {
            __syncthreads();
            place<ROWS>(a, a_next, a_tile);
            place<COLUMNS>(b, b_next, b_tile);
            __syncthreads();
            if (k0 + DEPTH < ks) {
                fetch<ROWS>(a, a_next, first_row, rows, k0 + DEPTH, ks);
                fetch<COLUMNS>(b, b_next, first_column, columns, k0 + DEPTH, ks);
                sum(a_tile, b_tile, DEPTH);
            } else {
                sum(a_tile, b_tile, ks - k0);
            }
        }
        if constexpr (TF32) deal_out();
    }

private:
    // Indices of the n-th number that a thread moves: neighbours in memory go to neighbouring threads.
    template <int SIZE, class M>
    __device__ static void place_of(const M &m, int n, uint32_t &i, uint32_t &k) {
        const uint32_t number = n * THREADS + threadIdx.x;
        i = m.along_k() ? number / DEPTH : number % SIZE;
        k = m.along_k() ? number % DEPTH : number / SIZE;
    }

    template <int SIZE, class M>
    __device__ static void fetch(const M &m, float (&next)[SIZE * DEPTH / THREADS], uint32_t first, uint32_t end,
                                 uint32_t k0, uint32_t ks) {
#pragma unroll
        for (int n = 0; n < SIZE * DEPTH / THREADS; n++) {
            uint32_t i, k;
            place_of<SIZE>(m, n, i, k);
            next[n] = first + i < end && k0 + k < ks ? m(first + i, k0 + k) : 0.0f;
        }
    }

    template <int SIZE, class M>
    __device__ static void place(const M &m, const float (&next)[SIZE * DEPTH / THREADS],
                                 float (&tile)[DEPTH][SIZE + PAD]) {
#pragma unroll
        for (int n = 0; n < SIZE * DEPTH / THREADS; n++) {
            uint32_t i, k;
            place_of<SIZE>(m, n, i, k);
            tile[k][i] = next[n];
        }
    }

    // Adds the products of `count` values of k. Those past the last k must not be added, even as zeros: -0 + 0 is 0.
    __device__ void sum(const float (&a_tile)[DEPTH][ROWS + PAD], const float (&b_tile)[DEPTH][COLUMNS + PAD],
                        uint32_t count) {
        if constexpr (TF32) return fragments.add(a_tile, b_tile);
        const uint32_t at_row = row - first_row, at_column = column - first_column;
#pragma unroll 8
        for (uint32_t k = 0; k < count; k++) {
            float x[WIDE];
#pragma unroll
            for (int c = 0; c < WIDE; c++) x[c] = b_tile[k][at_column + c];
#pragma unroll
            for (int r = 0; r < TALL; r++) {
                const float w = a_tile[k][at_row + r];
#pragma unroll
                for (int c = 0; c < WIDE; c++) sums[r][c] = fmaf(w, x[c], sums[r][c]);
            }
        }
    }

    // Passes each thread its own outputs from the warps' sums.
    __device__ void deal_out() {
        __shared__ float out[ROWS][COLUMNS + PAD];
        __syncthreads();
        fragments.store(out);
        __syncthreads();
#pragma unroll
        for (int r = 0; r < TALL; r++)
#pragma unroll
            for (int c = 0; c < WIDE; c++) sums[r][c] = out[row - first_row + r][column - first_column + c];
    }

    Fragments<TF32 ? ROWS : 0, COLUMNS, THREADS> fragments;
};
