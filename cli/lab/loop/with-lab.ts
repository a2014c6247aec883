/** The lab around the work of a command: on the terminal from the first moment on, and off it when the work is done. */
import { Interrupted } from '../../base/exit.js'
import { onInterrupt } from '../../base/interrupt.js'
import type { Output } from '../../base/output.js'
import type { Leaving } from '../../reporters/reporter.js'
import { Lab } from '../state/lab.js'
import type { OpenLab } from './open.js'
import { openScreen } from './open-screen.js'
import type { Screen } from './screen.js'

/** What takes no longer than that, in milliseconds, is not worth being seen waiting for: a slip of the keyboard, say. */
const patience = 20

/** A lab, and its place on the terminal. */
export interface Place {
  readonly lab: Lab
  readonly shown: OpenLab
}

/**
 * Opens data and does the work of a command on them. Whoever leaves while they are opened is taken to have pressed Ctrl-C;
 * whatever goes wrong is thrown once the terminal is as it was.
 *
 * @param what What is opened, for the first line.
 */
export async function inLab<T>(
  output: Output,
  what: string,
  load: (output: Output, signal: AbortSignal) => Promise<T>,
  work: (loaded: T, place: Place) => Promise<number>,
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
  const waiting = setTimeout(async () => {
    await (await show()).left
    opening.abort(new Interrupted('SIGINT'))
  }, patience)
  try {
    const loaded = await opened(() => load(said(output, lab), opening.signal), opening)
    clearTimeout(waiting)
    return await work(loaded, { lab, shown: await show() })
  } finally {
    clearTimeout(waiting)
    shown?.close('end')
    await shown?.left
    screen?.close()
  }
}

/** Waits until the lab is left, or leaves it now. */
export async function untilLeft({ shown }: Place, now: boolean): Promise<Leaving> {
  if (now) shown.close('stop')
  return await shown.left
}

/** What a signal ends while it is opened. */
async function opened<T>(load: () => Promise<T>, opening: AbortController): Promise<T> {
  using _interrupt = onInterrupt((reason) => opening.abort(reason))
  return await load()
}

/** An output whose words go to the lab's log: nothing may be written beside it. */
export function said(output: Output, lab: Lab): Output {
  const say = (...lines: readonly string[]) => {
    for (const line of lines) lab.say(line.trim())
  }
  return { ...output, progress: say, notice: say }
}
