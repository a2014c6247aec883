#!/usr/bin/env bash
# The linker of the CUDA addon: takes what stands in for candle's kernels for quantized language models instead of them.
arguments=()
for argument; do
  [ "$argument" = -lmoe ] && argument="$CUDA_HOME/lib64/quantized.o"
  arguments+=("$argument")
done
exec cc "${arguments[@]}"
