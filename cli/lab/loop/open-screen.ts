/** The terminal, taken at once: the lab takes its time to load, and the data take theirs. */
import type { Style } from '../../base/style.js'
import { Screen } from './screen.js'

/** A screen with one line on it, which is given back when the process ends, however that comes. */
export function openScreen(style: Style, what: string): Screen {
  const screen = new Screen(process.stderr)
  const close = () => screen.close()
  process.once('exit', close)
  // Before an error that nobody caught is printed.
  process.once('uncaughtExceptionMonitor', close)
  screen.open()
  screen.draw([` ${style.bold('vae-native lab')}  ${what} …`])
  return screen
}
