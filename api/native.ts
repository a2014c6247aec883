// The only module that imports an addon: the one with CUDA where that works, else the one that runs everywhere.
// Everything behind `#binding` is generated; its errors are the core's, as JSON.
import * as everywhere from '#binding'
import { cuda, requireAddon } from './cuda.js'
import { fromNative, optionError, type VaeError } from './errors.js'

const binding: typeof everywhere = cuda.available && cuda.addon !== undefined ? requireAddon(cuda.addon) : everywhere

export type NativeClassifier = everywhere.NativeClassifier
export type NativeDataset = everywhere.NativeDataset
export type NativeEvent = everywhere.NativeEvent
export type NativeImage = everywhere.NativeImage
export type NativeRun = everywhere.NativeRun
export type NativeSweep = everywhere.NativeSweep
export type NativeTask = everywhere.NativeTask
export type NativeVae = everywhere.NativeVae
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

/** How often a long call is asked how far it is. */
const PROGRESS_INTERVAL_MS = 50

/** What a long call has done so far; a `total` of 0 is not known yet. */
export interface Done {
  done: number
  total: number
}

/** The long calls that have not ended. */
const underway = new Set<NativeTask>()

/**
 * Node joins the threads that such calls run on before it exits, and so would wait for the last of them. (A worker that
 * is terminated does wait: nothing of ours is asked then.)
 */
process.once('exit', () => {
  for (const task of underway) task.cancel()
})

/** Runs a call of the addon that returns at once; what it throws is a `VaeError`. */
export function direct<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw translated(error)
  }
}

/** What the core refused; of a GPU that is not to be had, this side knows more. */
function translated(error: unknown): VaeError {
  const known = fromNative(error)
  const { code, option, expected, received } = known
  if (code !== 'ERR_VAE_DEVICE' || option !== 'device' || expected === undefined || received === undefined) return known
  const { reason, remedy = "leave `device: 'auto'`" } = cuda
  return optionError(option, expected, `${received}, and ${reason}`, remedy, code)
}

/**
 * Runs a call of the addon that takes its time, on the addon's threads.
 *
 * @param call Starts the work; the task is how it is stopped and asked for progress.
 * @param signal Stops the work; the promise then rejects with `signal.reason`.
 * @param onProgress Told how far the work is, now and then, and once at its end. If it throws, the work stops and the
 *   promise rejects with what it threw.
 * @throws {VaeError} What the core refused.
 */
export async function background<T>(
  call: (task: NativeTask) => Promise<T>,
  signal?: AbortSignal,
  onProgress?: (done: Done) => void,
): Promise<T> {
  signal?.throwIfAborted()
  const task = new NativeTask()
  const cancel = () => task.cancel()
  underway.add(task)
  const progress = onProgress && watch(task, onProgress)
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    const result = await call(task)
    progress?.report()
    return result
  } catch (error) {
    if (progress?.failed) throw progress.failed.error
    if (signal?.aborted) throw signal.reason
    throw translated(error)
  } finally {
    underway.delete(task)
    progress?.stop()
    signal?.removeEventListener('abort', cancel)
  }
}

function watch(task: NativeTask, onProgress: (done: Done) => void) {
  const watcher = {
    failed: undefined as { error: unknown } | undefined,
    report() {
      try {
        onProgress({ done: task.done, total: task.total })
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
      // Kept in `failed`: the call itself rejects with it, once the work has stopped.
      watcher.stop()
      task.cancel()
    }
  }, PROGRESS_INTERVAL_MS)
  timer.unref()
  return watcher
}
