/** Ctrl-C and SIGTERM: the first signal requests a stop, the second ends the process. */
import { Interrupted } from './exit.js'

/** Signal listener; `stopped` is set after the first signal. Disposing of it removes the listener. */
export interface Interrupt extends Disposable {
  readonly stopped: Interrupted | undefined
}

/** Calls `stop` at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function onInterrupt(stop: (reason: Interrupted) => void): Interrupt {
  let stopped: Interrupted | undefined
  const listener = (signal: NodeJS.Signals) => {
    const reason = new Interrupted(signal)
    if (stopped !== undefined) process.exit(reason.exitCode)
    stopped = reason
    stop(reason)
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  return {
    get stopped() {
      return stopped
    },
    [Symbol.dispose]() {
      process.off('SIGINT', listener)
      process.off('SIGTERM', listener)
    },
  }
}

/** Runs work that a signal can abort; it then rejects with `Interrupted`, which sets the exit code. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  using _interrupt = onInterrupt((reason) => controller.abort(reason))
  return await work(controller.signal)
}
