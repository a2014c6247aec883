/** Lab around the work of a command: opens before the data load, closes when the work is done. */
import { Interrupted } from '../../base/exit.js'
import { onInterrupt } from '../../base/interrupt.js'
import type { Output } from '../../base/output.js'
import type { LabExit } from '../../reporters/reporter.js'
import { Lab } from '../state/lab.js'
import type { OpenLab } from './open.js'
import { openScreen } from './open-screen.js'
import type { Screen } from './screen.js'

/** Milliseconds before the lab opens: a quick failure, such as a mistyped flag, shows no screen. */
const showAfter = 20

/** Lab and its open screen. */
export interface LabSession {
  readonly lab: Lab
  readonly open: OpenLab
}

/**
 * Opens data and does the work of a command on them. Leaving while they load counts as Ctrl-C. Errors are thrown after
 * the terminal is restored.
 *
 * @param what Name of the data, for the first line.
 */
export async function withLab<T>(
  output: Output,
  what: string,
  load: (output: Output, signal: AbortSignal) => Promise<T>,
  work: (loaded: T, session: LabSession) => Promise<number>,
): Promise<number> {
  const lab = new Lab()
  lab.facts = `${what} …`
  const opening = new AbortController()
  let screen: Screen | undefined
  let shown: OpenLab | undefined
  const show = async (): Promise<OpenLab> => {
    screen ??= openScreen(output.progressPaint, what)
    const { openLab } = await import('./open.js')
    shown ??= openLab(lab, output.progressPaint, screen)
    return shown
  }
  const showTimer = setTimeout(async () => {
    await (await show()).left
    opening.abort(new Interrupted('SIGINT'))
  }, showAfter)
  try {
    const loaded = await loadWithInterrupt(() => load(logTo(output, lab), opening.signal), opening)
    clearTimeout(showTimer)
    return await work(loaded, { lab, open: await show() })
  } finally {
    clearTimeout(showTimer)
    shown?.close('end')
    await shown?.left
    screen?.close()
  }
}

/** Waits until the user leaves, or closes the lab immediately if `now` is set. */
export async function untilLeft({ open }: LabSession, now: boolean): Promise<LabExit> {
  if (now) open.close('stop')
  return await open.left
}

/** Runs `load`; a signal aborts it. */
async function loadWithInterrupt<T>(load: () => Promise<T>, opening: AbortController): Promise<T> {
  using _interrupt = onInterrupt((reason) => opening.abort(reason))
  return await load()
}

/** Output that writes to the lab's log, because nothing else may write to the terminal. */
export function logTo(output: Output, lab: Lab): Output {
  const writeLines = (...lines: readonly string[]) => {
    for (const line of lines) lab.writeLog(line.trim())
  }
  return { ...output, progress: writeLines, notice: writeLines }
}
