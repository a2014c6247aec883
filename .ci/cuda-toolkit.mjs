// What compiles CUDA, without an installation and without a GPU: NVIDIA's own wheels, unpacked once into a folder of the
// home directory that outlives the clone.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { run } from './command.mjs'

/** The compiler and the headers, of one toolkit. */
const wheels = [
  'nvidia-cuda-nvcc==13.0.88',
  'nvidia-nvvm==13.0.88',
  'nvidia-cuda-crt==13.0.88',
  'nvidia-cuda-runtime==13.0.96',
  'nvidia-cuda-cccl==13.0.85',
]
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const folder = join(cache, 'vae-native/cuda-13.0')
const home = join(folder, 'nvidia/cu13')

/**
 * The toolkit, fetched if need be.
 * @returns {Promise<{ nvcc: string, environment: object } | { reason: string }>} the compiler and what it wants to be
 *   run with, or why there is none
 */
export async function cudaToolkit() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { reason: 'its toolkit is fetched for Linux x64' }
  if (!existsSync(home)) {
    // Beside its place and then moved there, so that a broken download leaves nothing that looks whole.
    const fresh = `${folder}-${process.pid}`
    mkdirSync(fresh, { recursive: true })
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target', fresh]
    const { status, output } = await run(['python3', ...pip, ...wheels])
    if (status === 0 && !existsSync(home)) renameSync(fresh, folder)
    rmSync(fresh, { recursive: true, force: true })
    if (status !== 0) return { reason: `python3 -m pip could not fetch its toolkit: ${output.split('\n').at(-1)}` }
  }
  const environment = { ...process.env, CUDA_HOME: home, PATH: `${join(home, 'bin')}:${process.env.PATH}` }
  return { nvcc: join(home, 'bin/nvcc'), environment }
}
