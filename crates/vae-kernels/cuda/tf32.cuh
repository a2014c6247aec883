// Sums on the tensor cores: PTX's mma.m16n8k8 on TF32, which has the range of f32 and 11 significant bits.
#pragma once

// The nearest TF32 number, ties away from 0.
__device__ inline float to_tf32(float x) {
#ifdef HOST
    return (as_bits(x) & INFINITE) == INFINITE ? x : as_float((as_bits(x) + 0x1000u) & ~0x1FFFu);
#else
    uint32_t rounded;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(x));
    return as_float(rounded);
#endif
}

// c += a b for a of 16 x 8 and b of 8 x 8, spread over the lanes of a warp: with g = lane / 4, t = lane % 4, a lane
// holds of a [g][t], [g + 8][t], [g][t + 4], [g + 8][t + 4]; of b [t][g], [t + 4][g]; of c [g][2t], [g][2t + 1], [g +
// 8][2t], [g + 8][2t + 1] (PTX ISA, "Matrix Fragments for mma.m16n8k8").
#ifdef HOST
// All warps of a block get here equally often, so that the block's barrier can replace theirs.
inline void multiply_add(float (&c)[4], const float (&a)[4], const float (&b)[2]) {
    static float all_a[32][16][8], all_b[32][8][8];
    const uint32_t warp = threadIdx.x / 32, g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
    for (int i = 0; i < 4; i++) all_a[warp][g + i % 2 * 8][t + i / 2 * 4] = a[i];
    for (int i = 0; i < 2; i++) all_b[warp][t + i * 4][g] = b[i];
    __syncthreads();
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 8; k++) c[i] = fmaf(all_a[warp][g + i / 2 * 8][k], all_b[warp][k][2 * t + i % 2], c[i]);
    __syncthreads();
}
#else
__device__ inline void multiply_add(float (&c)[4], const float (&a)[4], const float (&b)[2]) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(as_bits(a[0])), "r"(as_bits(a[1])), "r"(as_bits(a[2])), "r"(as_bits(a[3])), "r"(as_bits(b[0])),
          "r"(as_bits(b[1])));
}
#endif

// A thread's share of a tile of ROWS x COLUMNS sums. Each warp of the block has a strip of 16 rows, and in it COUNT
// neighbouring tiles of 16 x 8.
template <int ROWS, int COLUMNS, int THREADS>
struct Fragments {
    static constexpr int WARPS = THREADS / 32, STRIPS = ROWS / 16, COUNT = COLUMNS / 8 * STRIPS / WARPS;

    float sums[COUNT][4];

    __device__ static uint32_t first_row() { return threadIdx.x / 32 % STRIPS * 16; }
    __device__ static uint32_t first_column() { return threadIdx.x / 32 / STRIPS * COUNT * 8; }

    // Adds the products of DEPTH values of k. Those past the last k must be zeros.
    template <int DEPTH, int A, int B>
    __device__ void add(const float (&a_tile)[DEPTH][A], const float (&b_tile)[DEPTH][B]) {
        const uint32_t g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
        const uint32_t row = first_row() + g, column = first_column() + g;
#pragma unroll
        for (int k = 0; k < DEPTH; k += 8) {
            const float a[4] = {to_tf32(a_tile[k + t][row]), to_tf32(a_tile[k + t][row + 8]),
                                to_tf32(a_tile[k + t + 4][row]), to_tf32(a_tile[k + t + 4][row + 8])};
#pragma unroll
            for (int n = 0; n < COUNT; n++) {
                const float b[2] = {to_tf32(b_tile[k + t][column + 8 * n]), to_tf32(b_tile[k + t + 4][column + 8 * n])};
                multiply_add(sums[n], a, b);
            }
        }
    }

    template <int WIDTH>
    __device__ void store(float (&out)[ROWS][WIDTH]) const {
        const uint32_t row = first_row() + threadIdx.x % 32 / 4, column = first_column() + threadIdx.x % 4 * 2;
#pragma unroll
        for (int n = 0; n < COUNT; n++)
#pragma unroll
            for (int i = 0; i < 4; i++) out[row + i / 2 * 8][column + 8 * n + i % 2] = sums[n][i];
    }
};

// No share, for products without TF32.
template <int COLUMNS, int THREADS>
struct Fragments<0, COLUMNS, THREADS> {};
