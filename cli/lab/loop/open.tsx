/** Opens the lab on the terminal and restores the terminal at the end. */
import { Writable } from 'node:stream'
import { sentence } from '../../base/exit.js'
import type { Style } from '../../base/style.js'
import type { LabExit } from '../../reporters/reporter.js'
import { keymap } from '../keys/keymap.js'
import { closeExplorer } from '../latent-view/explorer.js'
import type { Host } from '../state/host.js'
import type { Lab } from '../state/lab.js'
import { labRows } from './rows.js'
import type { Screen } from './screen.js'

/** Lab on the terminal. */
export interface OpenLab {
  /** Resolves after leaving: the runs are stopped or detached, and the terminal is restored. */
  readonly left: Promise<LabExit>
  /** Leaves the lab. */
  close(how: LabExit): void
}

/** Shows the lab on an open screen. */
export function openLab(lab: Lab, style: Style, screen: Screen): OpenLab {
  let close!: (how: LabExit) => void
  const leaving = new Promise<LabExit>((resolve) => {
    close = resolve
  })
  const host: Host = {
    rows: () => labRows(lab, bindings, screen.size, style),
    copy: (text) => void process.stderr.write(clipboard(text)),
    suspend: () => suspend(screen, lab),
    close,
  }
  const bindings = keymap(host)
  // The first frame does not wait for Ink to load.
  lab.times.time(() => screen.draw(host.rows()))
  const show = async () => {
    using _resized = redrawOnResize(screen, lab)
    const [{ render }, { Lab: LabView }] = await Promise.all([import('ink'), import('./Lab.js')])
    const view = <LabView lab={lab} bindings={bindings} screen={screen} rows={host.rows} />
    const instance = render(view, { stdout: discardingStream(), exitOnCtrlC: false, patchConsole: false })
    const how = await leaving
    lab.writeLog(how === 'end' ? 'leaving …' : 'stopping …')
    await lab.trainer?.leave(how).catch((error) => lab.writeLog(sentence(error), { tone: 'bad' }))
    instance.unmount()
    closeExplorer(lab)
    screen.close()
    return how
  }
  return { left: show(), close }
}

/** Stream that discards Ink's output: it draws nothing here but writes an empty frame. */
function discardingStream(): NodeJS.WriteStream {
  return new Writable({ write: (_chunk, _encoding, done) => done() }) as unknown as NodeJS.WriteStream
}

/** Escape sequence that sets the terminal's clipboard, also through ssh (OSC 52); terminals without it show nothing. */
function clipboard(text: string): string {
  return `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`
}

/** Redraws after every resize, even if the terminal has its old size again by then. */
function redrawOnResize(screen: Screen, lab: Lab): Disposable {
  const redraw = () => {
    screen.resized()
    lab.redraw()
  }
  process.on('SIGWINCH', redraw)
  return {
    [Symbol.dispose]: () => void process.off('SIGWINCH', redraw),
  }
}

/** Handles Ctrl-Z: returns the terminal to the shell and suspends training with the process until `fg`. */
function suspend(screen: Screen, lab: Lab): void {
  screen.close()
  process.stdin.setRawMode(false)
  process.once('SIGCONT', () => {
    process.stdin.setRawMode(true)
    screen.open()
    lab.changed()
  })
  process.kill(process.pid, 'SIGTSTP')
}
