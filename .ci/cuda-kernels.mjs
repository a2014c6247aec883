#!/usr/bin/env node
// Compiles the kernels of the GPU for every generation that is supported, warnings being errors. It needs no GPU.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './command.mjs'
import { cudaToolkit } from './cuda-toolkit.mjs'

/** Compute capabilities: Ampere, Hopper, Blackwell. Code for one runs on all later ones. */
const capabilities = [80, 90, 100]
// No contraction of a*b + c, which would change bits.
const options = ['--ptx', '-std=c++17', '--fmad=false', '-Werror', 'all-warnings']
const source = fileURLToPath(new URL('../crates/vae-kernels/cuda/step.cu', import.meta.url))

const { nvcc, environment, reason } = await cudaToolkit()
let failed = 0
if (reason) {
  console.log(`skipped  the kernels of the GPU compile: ${reason}`)
} else {
  const scratch = mkdtempSync(join(tmpdir(), 'vae-native-ptx-'))
  for (const capability of capabilities) {
    const out = join(scratch, `${capability}.ptx`)
    const command = [nvcc, ...options, `-arch=compute_${capability}`, '-o', out, source]
    const { status, output } = await run(command, { env: environment })
    console.log(`${status === 0 ? '✔' : '✘'} compute ${capability / 10}${output && `\n${output}`}`)
    if (status !== 0) failed += 1
  }
  rmSync(scratch, { recursive: true, force: true })
}
const count = reason ? 0 : capabilities.length
console.log(`${count - failed} passed, ${failed} failed${reason ? ', 1 skipped' : ''}`)
process.exitCode = failed ? 1 : 0
