#!/usr/bin/env node
// Compiles the GPU kernels for every supported generation, and the driver that emulates a GPU on the host, with
// warnings as errors. Needs no GPU.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './command.mjs'
import { cudaToolkit, kernels } from './cuda-toolkit.mjs'

/** Compute capabilities: Ampere, Hopper, Blackwell. Compiled to machine code, as by a driver; a spilled register is a
 * warning. */
const capabilities = [80, 90, 100]
const strict = ['-cubin', '-Werror', 'all-warnings', '-Xptxas', '--warn-on-spills']

const hostGpu = fileURLToPath(new URL('host-gpu.mjs', import.meta.url))

const { nvcc, environment, reason } = await cudaToolkit()
let failed = 0
if (reason && process.env.VAE_NATIVE_TOOLS === 'required') {
  console.log(`✘ the kernels of the GPU compile: ${reason}`)
  failed = 1
} else if (reason) {
  console.log(`skipped  the kernels of the GPU compile: ${reason}`)
} else {
  const scratch = mkdtempSync(join(tmpdir(), 'vae-native-kernels-'))
  for (const capability of capabilities) {
    const out = join(scratch, `${capability}.cubin`)
    const command = [nvcc, ...kernels.options, ...strict, `-arch=sm_${capability}`, '-o', out, kernels.source]
    const { status, output } = await run(command, { env: environment })
    console.log(`${status === 0 ? '✔' : '✘'} compute ${capability / 10}${output && `\n${output}`}`)
    if (status !== 0) failed += 1
  }
  rmSync(scratch, { recursive: true, force: true })
  const { status, output } = await run([process.execPath, hostGpu, 'true'])
  console.log(`${status === 0 ? '✔' : '✘'} the driver of a host without a GPU${output && `\n${output}`}`)
  if (status !== 0) failed += 1
}
const count = reason ? failed : capabilities.length + 1
console.log(`${count - failed} passed, ${failed} failed${reason && !failed ? ', 1 skipped' : ''}`)
process.exitCode = failed ? 1 : 0
