#!/usr/bin/env node
// Builds the CUDA addon beside the other one: `npm run build:cuda`. It fetches the toolkit and needs neither an
// installation of CUDA nor a GPU.
import { copyFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cargoEnvironment, run } from './command.mjs'
import { cacheFolder, cudaToolkit, linking, standIns } from './cuda-toolkit.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const addon = join(root, 'crates/vae-node/vae-native.linux-x64-gnu-cuda.node')
/** A folder of its own: with the feature, most of what candle depends on is another build. */
const target = process.env.CARGO_TARGET_DIR ?? join(cacheFolder, 'target-cuda')
/** Where the addon looks for CUDA's libraries, besides LD_LIBRARY_PATH and the system's own places. */
const places = ['$ORIGIN', '/usr/local/cuda/lib64', '/usr/local/cuda-13/lib64', '/usr/local/cuda-13.0/lib64']

function refuse(reason) {
  console.error(`the CUDA addon was not built: ${reason}`)
  process.exit(1)
}

const started = Date.now()
const { environment, reason } = await cudaToolkit()
if (reason) refuse(reason)
const failure = await standIns()
if (failure) refuse(failure)

console.error('building the CUDA addon (a quarter of an hour the first time) …')
const cargo = await cargoEnvironment()
const link = ['strip=symbols', `link-arg=-Wl,-rpath,${places.join(':')}`, `link-arg=${linking.options}`]
const { status, output } = await run(
  [
    'cargo',
    'rustc',
    '--release',
    '--package',
    'vae-node',
    '--features',
    'cuda',
    '--',
    ...link.flatMap((to) => ['-C', to]),
  ],
  {
    cwd: root,
    env: {
      ...cargo,
      ...environment,
      CARGO_TARGET_DIR: target,
      CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER: linking.linker,
      CUDA_COMPUTE_CAP: '80',
    },
    onLine: (line) => /^\s*(Compiling (candle|cudarc|vae)|warning|error)/.test(line) && console.error(line),
  },
)
if (status !== 0) refuse(`cargo ended with exit code ${status}:\n${output}`)

const built = join(target, cargo.CARGO_BUILD_TARGET, 'release/libvae_node.so')
copyFileSync(built, `${addon}-${process.pid}`)
renameSync(`${addon}-${process.pid}`, addon)
const [seconds, mebibytes] = [(Date.now() - started) / 1000, statSync(addon).size / 2 ** 20]
console.log(`${addon}: ${mebibytes.toFixed(1)} MiB, built in ${seconds.toFixed(0)} s`)
