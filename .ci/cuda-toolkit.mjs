// Compiler and linker for CUDA, without an installation and without a GPU: NVIDIA's own wheels, unpacked once into a
// folder of the home directory that outlives the clone, and stubs for the libraries that only a machine with a GPU has.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './command.mjs'

/** Compiler and headers of one toolkit. */
const wheels = [
  'nvidia-cuda-nvcc==13.0.88',
  'nvidia-nvvm==13.0.88',
  'nvidia-cuda-crt==13.0.88',
  'nvidia-cuda-runtime==13.0.96',
  'nvidia-cuda-cccl==13.0.85',
]
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')

/** Folder for build results that outlive a clone. */
export const cacheFolder = join(cache, 'vae-native')
const folder = join(cacheFolder, 'cuda-13.0')
const home = join(folder, 'nvidia/cu13')

/** Source of the kernels, and the nvcc options of every build. */
export const kernels = {
  source: fileURLToPath(new URL('../crates/vae-kernels/cuda/step.cu', import.meta.url)),
  options: ['--options-file', fileURLToPath(new URL('../crates/vae-kernels/cuda/nvcc.options', import.meta.url))],
}

/**
 * Finds the toolkit, or downloads it.
 * @returns {Promise<{ nvcc: string, environment: object } | { reason: string }>} the compiler and its environment, or
 *   the reason for a failure
 */
export async function cudaToolkit() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { reason: 'its toolkit is fetched for Linux x64' }
  if (!existsSync(home)) {
    // Downloads beside the final folder and renames, so that a broken download never looks complete.
    const fresh = `${folder}-${process.pid}`
    mkdirSync(fresh, { recursive: true })
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target', fresh]
    const { status, output } = await run(['python3', ...pip, ...wheels])
    if (status === 0 && !existsSync(home)) renameSync(fresh, folder)
    rmSync(fresh, { recursive: true, force: true })
    if (status !== 0) return { reason: `python3 -m pip could not fetch its toolkit: ${output.split('\n').at(-1)}` }
  }
  const nvcc = join(home, 'bin/nvcc')
  const environment = { ...process.env, NVCC: nvcc, CUDA_HOME: home, PATH: `${join(home, 'bin')}:${process.env.PATH}` }
  return { nvcc, environment }
}

/** Libraries that candle links, with their names on the machine that runs the addon. */
const libraries = {
  cuda: 'libcuda.so.1',
  cublas: 'libcublas.so.13',
  curand: 'libcurand.so.10',
  // Nothing in these is called, so the addon does not depend on them.
  cudart: 'libcudart.so.13',
  cublasLt: 'libcublasLt.so.13',
  nvrtc: 'libnvrtc.so.13',
}

/** Linker and link options of the CUDA addon. */
export const linking = {
  linker: fileURLToPath(new URL('cuda-link.sh', import.meta.url)),
  options: '-Wl,--no-as-needed,-lcuda,-lcublas,-lcurand',
}

/**
 * Creates empty libraries for the linker: a shared object may leave symbols of its libraries undefined, so linking
 * needs only their names, and half a gigabyte of wheels is not downloaded.
 * @returns {Promise<string | undefined>} the reason for a failure
 */
export async function standIns() {
  const place = join(home, 'lib64')
  const fresh = `${place}-${process.pid}`
  mkdirSync(fresh, { recursive: true })
  const quantized = fileURLToPath(new URL('cuda-quantized.c', import.meta.url))
  const commands = Object.entries(libraries).map(([name, soname]) => [
    '-shared',
    '-o',
    join(fresh, `lib${name}.so`),
    `-Wl,-soname,${soname}`,
    '-x',
    'c',
    '/dev/null',
  ])
  commands.push(['-c', '-fPIC', '-O2', '-ffunction-sections', '-o', join(fresh, 'quantized.o'), quantized])
  for (const command of commands) {
    const { status, output } = await run(['cc', ...command])
    if (status !== 0) return status === 127 ? 'there is no C compiler (cc)' : output
  }
  mkdirSync(place, { recursive: true })
  for (const file of readdirSync(fresh)) renameSync(join(fresh, file), join(place, file))
  rmSync(fresh, { recursive: true })
}
