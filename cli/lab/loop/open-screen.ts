/** Opens the terminal at once, because the lab and the data take time to load. */
import type { Style } from '../../base/style.js'
import { Screen } from './screen.js'

/** Opens a screen with one line on it; the end of the process, however it comes, restores the terminal. */
export function openScreen(style: Style, what: string): Screen {
  const screen = new Screen(process.stderr)
  const close = () => screen.close()
  process.once('exit', close)
  // Restore the terminal before an uncaught error is printed.
  process.once('uncaughtExceptionMonitor', close)
  screen.open()
  screen.draw([` ${style.bold('vae-native lab')}  ${what} …`])
  return screen
}
