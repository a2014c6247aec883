#!/usr/bin/env node
// Runs a command on an emulated GPU: replaces CUDA's libraries by a driver that runs the same kernels on the host,
// slowly (crates/vae-kernels/cuda/driver.cpp). `npm run test:cuda:host` runs the tests of the CUDA addon with it.
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './command.mjs'
import { cudaToolkit } from './cuda-toolkit.mjs'

const source = fileURLToPath(new URL('../crates/vae-kernels/cuda/driver.cpp', import.meta.url))
const flags = ['-std=c++17', '-O2', '-shared', '-fPIC', '-ffp-contract=off']
const warnings = ['-Wall', '-Wextra', '-Werror', '-Wno-unknown-pragmas']

/**
 * Compiles the driver.
 * @returns {Promise<string>} the folder for LD_LIBRARY_PATH
 */
async function hostGpu() {
  const { environment, reason } = await cudaToolkit()
  if (reason) throw new Error(reason)
  const folder = mkdtempSync(join(tmpdir(), 'vae-native-gpu-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const library = join(folder, 'driver.so')
  const compiler = process.env.CXX ?? 'c++'
  const include = join(environment.CUDA_HOME, 'include')
  const { status, output } = await run([compiler, ...flags, ...warnings, '-I', include, '-o', library, source])
  if (status !== 0) throw new Error(`${compiler}: ${output || 'not found'}`)
  for (const name of ['libcuda.so.1', 'libcublas.so.13', 'libcurand.so.10']) symlinkSync(library, join(folder, name))
  return folder
}

const command = process.argv.slice(2)
const path = await hostGpu()
const { status } = await run(command, { env: { ...process.env, LD_LIBRARY_PATH: path }, onLine: console.log })
process.exitCode = status
