// The only module that imports an addon: the one with CUDA where that works, else the one that runs everywhere.
// Everything behind `#binding` is generated; its errors are the core's, as JSON.
import * as cpuBinding from '#binding'
import { cuda, requireAddon } from './cuda.js'
import { fromNative, optionError, type VaeError } from './errors.js'

const binding: typeof cpuBinding = cuda.available && cuda.addon !== undefined ? requireAddon(cuda.addon) : cpuBinding

export type NativeClassifier = cpuBinding.NativeClassifier
export type NativeDataset = cpuBinding.NativeDataset
export type NativeEvent = cpuBinding.NativeEvent
export type NativeImage = cpuBinding.NativeImage
export type NativeRun = cpuBinding.NativeRun
export type NativeSweep = cpuBinding.NativeSweep
export type NativeTask = cpuBinding.NativeTask
export type NativeVae = cpuBinding.NativeVae
export const {
  backends,
  bench,
  checkSame,
  defaultOptions,
  encodePng,
  gradientVariance,
  knownGradientVariance,
  latentStatistics,
  NativeDataset,
  NativeRun,
  NativeSweep,
  NativeTask,
  NativeVae,
  optionTable,
  spectrum,
  trainClassifier,
  version,
} = binding

/** Interval at which the progress of a long call is read. */
const PROGRESS_INTERVAL_MS = 50

/** Progress of a long call; a `total` of 0 is not known yet. */
export interface CallProgress {
  done: number
  total: number
}

/** Long calls that have not ended. */
const activeCalls = new Set<NativeTask>()

/**
 * Cancels the long calls on exit: Node joins their threads before it exits, and so would wait for the last of them. (A
 * terminated worker does wait: no handler of ours runs then.)
 */
process.once('exit', () => {
  for (const token of activeCalls) token.cancel()
})

/** Runs a call of the addon that returns at once; its errors become `VaeError`s. */
export function callSync<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw toVaeError(error)
  }
}

/** Converts an error of the core; adds the reason why a GPU is not available, which is known only here. */
function toVaeError(error: unknown): VaeError {
  const vaeError = fromNative(error)
  const { code, option, expected, received } = vaeError
  if (code !== 'ERR_VAE_DEVICE' || option !== 'device' || expected === undefined || received === undefined)
    return vaeError
  const { reason, remedy = "leave `device: 'auto'`" } = cuda
  return optionError(option, expected, `${received}, and ${reason}`, remedy, code)
}

/**
 * Runs a long call of the addon, on the addon's threads.
 *
 * @param call Starts the work; the cancel token cancels it and holds its progress.
 * @param signal Cancels the work; the promise then rejects with `signal.reason`.
 * @param onProgress Called with the progress at intervals, and once at the end. If it throws, the work is cancelled and
 *   the promise rejects with its error.
 * @throws {VaeError} The core's error.
 */
export async function callAsync<T>(
  call: (token: NativeTask) => Promise<T>,
  signal?: AbortSignal,
  onProgress?: (done: CallProgress) => void,
): Promise<T> {
  signal?.throwIfAborted()
  const token = new NativeTask()
  const cancel = () => token.cancel()
  activeCalls.add(token)
  const progress = onProgress && pollProgress(token, onProgress)
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    const result = await call(token)
    progress?.report()
    return result
  } catch (error) {
    if (progress?.failed) throw progress.failed.error
    if (signal?.aborted) throw signal.reason
    throw toVaeError(error)
  } finally {
    activeCalls.delete(token)
    progress?.stop()
    signal?.removeEventListener('abort', cancel)
  }
}

function pollProgress(token: NativeTask, onProgress: (done: CallProgress) => void) {
  const watcher = {
    failed: undefined as { error: unknown } | undefined,
    report() {
      try {
        onProgress({ done: token.done, total: token.total })
      } catch (error) {
        watcher.failed = { error }
        throw error
      }
    },
    stop: () => clearInterval(timer),
  }
  const timer = setInterval(() => {
    try {
      watcher.report()
    } catch {
      // Stored in `failed`: the call itself rejects with it, once the work has stopped.
      watcher.stop()
      token.cancel()
    }
  }, PROGRESS_INTERVAL_MS)
  timer.unref()
  return watcher
}
