/* Stubs for candle's kernels for quantized language models: no VAE calls them, and they would add 30 MB and another
   CUDA library to the addon. candle-core 0.11.1 links these symbols but calls none of them for unquantized models. */
#include <stdlib.h>

#define LEFT_OUT(name)                                                                                                 \
    void name(void) { abort(); }
#define PLAIN(type)                                                                                                    \
    LEFT_OUT(launch_mmvq_gguf_##type##_bf16_plain)                                                                     \
    LEFT_OUT(launch_mmvq_gguf_##type##_f16_plain)                                                                      \
    LEFT_OUT(launch_mmvq_gguf_##type##_f32_plain)
#define BOTH(type) PLAIN(type) LEFT_OUT(launch_mmq_gguf_##type)

BOTH(q4_0)
BOTH(q4_1)
BOTH(q5_0)
BOTH(q5_1)
BOTH(q8_0)
BOTH(q2_k)
BOTH(q3_k)
BOTH(q4_k)
BOTH(q5_k)
BOTH(q6_k)
LEFT_OUT(launch_mmq_quantize_q8_1_D4)
LEFT_OUT(launch_mmq_quantize_q8_1_DS4)
LEFT_OUT(launch_mmq_quantize_q8_1_D2S6)
LEFT_OUT(launch_mmvq_gguf_quantize_q8_1_bf16)
LEFT_OUT(launch_mmvq_gguf_quantize_q8_1_f16)
LEFT_OUT(launch_mmvq_gguf_quantize_q8_1_f32)
LEFT_OUT(moe_gemm_gguf)
LEFT_OUT(moe_gemm_gguf_prefill)
LEFT_OUT(moe_gemm_wmma)
