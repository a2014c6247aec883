// The CUDA addon: where it lies, and whether it works here. It is the same code as the other addon and more, linked to
// libraries that most machines lack, and a driver that is broken can take its process down. So a process of its own tries
// it first, once, when this module is loaded, and only what came through that is loaded here.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** A GPU, as its driver describes it. */
export interface Gpu {
  /** As in NVIDIA H200. */
  readonly name: string
  /** As in 9.0. */
  readonly computeCapability: string
  /** All of its memory, in bytes. */
  readonly memory: number
  /** What of it nobody uses, in bytes. */
  readonly freeMemory: number
  /** Its multiprocessors. */
  readonly processors: number
}

/** What was found of CUDA. */
export interface Cuda {
  /** Whether `device: 'cuda'` works. */
  readonly available: boolean
  /** The addon that was tried, if one is installed. */
  readonly addon?: string
  /** The first GPU. */
  readonly gpu?: Gpu
  /** Why it is not available. */
  readonly reason?: string
  /** How to go on then. */
  readonly remedy?: string
}

/** Names another addon, or none at all: `off`. */
const variable = 'VAE_NATIVE_CUDA'
const packageName = '@vae-native/binding-linux-x64-gnu-cuda'
/** A GPU that does not answer in this time counts as none. */
const PROBE_MS = 20_000
const probe = "require('node:fs').writeSync(1, require(process.argv[1]).probeGpu())"

export const requireAddon = createRequire(import.meta.url)

/** What was found; it does not change as long as the process lives. */
export const cuda: Cuda = look()

function look(): Cuda {
  const named = process.env[variable]
  if (named === 'off') return { available: false, reason: `${variable} is off` }
  const addon = named || installed()
  if (addon === undefined) {
    const reason = 'the CUDA addon is not installed'
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      return { available: false, reason, remedy: 'it exists for Linux x64 only' }
    }
    return { available: false, reason, remedy: 'in a clone run npm run build:cuda' }
  }
  return { addon, ...tried(addon) }
}

/** The addon of a clone, else that of the package. */
function installed(): string | undefined {
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

function tried(addon: string): Cuda {
  const { status, signal, stdout, stderr, error } = spawnSync(process.execPath, ['-e', probe, addon], {
    encoding: 'utf8',
    timeout: PROBE_MS,
    killSignal: 'SIGKILL',
    // A hook that this process was started with has no business there.
    env: { ...process.env, NODE_OPTIONS: '' },
    windowsHide: true,
  })
  if (status === 0) {
    try {
      return { available: true, gpu: JSON.parse(stdout) as Gpu }
    } catch {
      return { available: false, reason: `its trial said ${JSON.stringify(stdout.slice(0, 80))}` }
    }
  }
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT') {
    const remedy = 'see whether nvidia-smi answers'
    return { available: false, reason: `the GPU did not answer within ${PROBE_MS / 1000} s`, remedy }
  }
  if (error) return { available: false, reason: `no process could be started to try it: ${error.message}` }
  if (signal) return { available: false, reason: `loading CUDA ended the process that tried it (${signal})` }
  return { available: false, ...explained(stderr) }
}

/** What the trial's error means. */
function explained(stderr: string): { reason: string; remedy?: string } {
  const line = /^(?:\w*Error|\w+): (.+)$/m.exec(stderr)?.[1] ?? stderr.trim().split('\n').at(-1) ?? ''
  const missing = /(lib[\w.]+\.so[.\d]*): cannot open shared object file/.exec(line)?.[1]
  if (missing?.startsWith('libcuda.')) {
    return { reason: `${missing} was not found`, remedy: "install NVIDIA's driver, version 580 or later" }
  }
  if (missing !== undefined) {
    const remedy = 'install the libraries of CUDA 13, or name their folder in LD_LIBRARY_PATH'
    return { reason: `${missing} was not found`, remedy }
  }
  if (/CUDA_ERROR_NO_DEVICE/.test(line)) return { reason: 'the driver knows no GPU', remedy: 'see nvidia-smi' }
  return { reason: said(line) }
}

/** An error of the addon is JSON; anything else stands for itself. */
function said(line: string): string {
  try {
    return (JSON.parse(line) as { message: string }).message.replace(/\.$/, '')
  } catch {
    return line || 'it could not be loaded'
  }
}
