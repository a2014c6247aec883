#!/usr/bin/env bash
# Linker of the CUDA addon: replaces candle's kernels for quantized language models by stubs.
arguments=()
for argument; do
  [ "$argument" = -lmoe ] && argument="$CUDA_HOME/lib64/quantized.o"
  arguments+=("$argument")
done
exec cc "${arguments[@]}"
