#!/bin/sh
# On a machine with a GPU: unpacks the archive beside it, runs the tests of the CUDA addon, measures K = 1, 4 and 16
# models against candle's own loop and compares the loss curves of both devices. Exits with the tests' exit code.
#   run.sh [FOLDER OF MNIST]
set -u
data=${1:+--data=$(realpath "$1")}
cd "$(dirname "$0")" || exit 1
tar -xJf content.tar.xz || exit 1
# CUDA's libraries are in a different folder on every machine.
for library in libcublas.so.13 libcurand.so.10; do
  found=$(find / -name "$library" -not -path '/proc/*' 2>/dev/null | head -n 1)
  [ -z "$found" ] || LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$(dirname "$found")"
done
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:-}"
./node --test __test__/cuda/*.test.mjs
status=$?
./node bench/cuda.mjs $data
for members in 1 4 16; do
  ./node bench/cuda.mjs $data --members "$members"
  ./node bench/cuda.mjs $data --members "$members" --precision tf32
done
[ ! -x candle-vae ] || [ -z "$data" ] || ./candle-vae --device cuda --data "${data#--data=}" --steps 2000
VAE_NATIVE_CUDA_GRAPHS=off ./node bench/cuda.mjs $data
./node bench/cuda.mjs --curves $data
exit $status
