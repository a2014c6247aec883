// Finds the CUDA addon and tests it. It is the same code as the other addon and more, linked to libraries that most
// machines lack, and a broken driver can crash the process that loads it. So a child process tests it once, when this
// module is loaded, and only an addon that passes is loaded here.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** A GPU, as its driver describes it. */
export interface Gpu {
  /** Name, as in NVIDIA H200. */
  readonly name: string
  /** Compute capability, as in 9.0. */
  readonly computeCapability: string
  /** Total memory, in bytes. */
  readonly memory: number
  /** Free memory, in bytes. */
  readonly freeMemory: number
  /** Number of multiprocessors. */
  readonly processors: number
}

/** Availability of CUDA. */
export interface Cuda {
  /** True if `device: 'cuda'` works. */
  readonly available: boolean
  /** Path of the addon that was tested, if one is installed. */
  readonly addon?: string
  /** The first GPU. */
  readonly gpu?: Gpu
  /** Reason why CUDA is not available. */
  readonly reason?: string
  /** Remedy for that reason. */
  readonly remedy?: string
}

/** Environment variable that names another addon, or `off` for none. */
const variable = 'VAE_NATIVE_CUDA'
const packageName = '@vae-native/binding-linux-x64-gnu-cuda'
/** Time limit of the test; a GPU that does not answer within it counts as absent. */
const PROBE_MS = 20_000
const probe = "require('node:fs').writeSync(1, require(process.argv[1]).probeGpu())"

export const requireAddon = createRequire(import.meta.url)

/** Result of the test; constant for the life of the process. */
export const cuda: Cuda = detectCuda()

function detectCuda(): Cuda {
  const setting = process.env[variable]
  if (setting === 'off') return { available: false, reason: `${variable} is off` }
  const addon = setting || findAddon()
  if (addon === undefined) {
    const reason = 'the CUDA addon is not installed'
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      return { available: false, reason, remedy: 'it exists for Linux x64 only' }
    }
    return { available: false, reason, remedy: 'in a clone run npm run build:cuda' }
  }
  return { addon, ...probeAddon(addon) }
}

/** Path of the addon in a clone, else in the package. */
function findAddon(): string | undefined {
  // This file is api/cuda.ts in a clone, and dist/api/cuda.js in a clone and in the package.
  for (const root of ['..', '../..']) {
    const file = `${root}/crates/vae-node/vae-native.linux-x64-gnu-cuda.node`
    const path = fileURLToPath(new URL(file, import.meta.url))
    if (existsSync(path)) return path
  }
  try {
    return requireAddon.resolve(packageName)
  } catch {
    return undefined
  }
}

function probeAddon(addon: string): Cuda {
  const { status, signal, stdout, stderr, error } = spawnSync(process.execPath, ['-e', probe, addon], {
    encoding: 'utf8',
    timeout: PROBE_MS,
    killSignal: 'SIGKILL',
    // Keep hooks of this process out of the child.
    env: { ...process.env, NODE_OPTIONS: '' },
    windowsHide: true,
  })
  if (status === 0) {
    try {
      return { available: true, gpu: JSON.parse(stdout) as Gpu }
    } catch {
      return { available: false, reason: `its test printed ${JSON.stringify(stdout.slice(0, 80))}` }
    }
  }
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT') {
    const remedy = 'see whether nvidia-smi answers'
    return { available: false, reason: `the GPU did not answer within ${PROBE_MS / 1000} s`, remedy }
  }
  if (error) return { available: false, reason: `cannot start a process to test it: ${error.message}` }
  if (signal) return { available: false, reason: `loading CUDA ended the process that tried it (${signal})` }
  return { available: false, ...explainFailure(stderr) }
}

/** Reason and remedy for the child's error output. */
function explainFailure(stderr: string): { reason: string; remedy?: string } {
  const line = /^(?:\w*Error|\w+): (.+)$/m.exec(stderr)?.[1] ?? stderr.trim().split('\n').at(-1) ?? ''
  const missing = /(lib[\w.]+\.so[.\d]*): cannot open shared object file/.exec(line)?.[1]
  if (missing?.startsWith('libcuda.')) {
    return { reason: `${missing} was not found`, remedy: "install NVIDIA's driver, version 580 or later" }
  }
  if (missing !== undefined) {
    const remedy = 'install the libraries of CUDA 13, or name their folder in LD_LIBRARY_PATH'
    return { reason: `${missing} was not found`, remedy }
  }
  if (/CUDA_ERROR_NO_DEVICE/.test(line)) return { reason: 'the driver reports no GPU', remedy: 'see nvidia-smi' }
  return { reason: messageOf(line) }
}

/** Message of an error: an error of the addon is JSON, any other is returned as it is. */
function messageOf(line: string): string {
  try {
    return (JSON.parse(line) as { message: string }).message.replace(/\.$/, '')
  } catch {
    return line || 'it could not be loaded'
  }
}
