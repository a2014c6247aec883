/** Puts the lab on the terminal and takes it off again, whatever happens meanwhile. */
import { Writable } from 'node:stream'
import { sentence } from '../../base/exit.js'
import type { Style } from '../../base/style.js'
import type { Leaving } from '../../reporters/reporter.js'
import { keymap } from '../keys/keymap.js'
import { closeExplorer } from '../latent-view/explorer.js'
import type { Host } from '../state/host.js'
import type { Lab } from '../state/lab.js'
import { labRows } from './rows.js'
import type { Screen } from './screen.js'

/** A lab on the terminal. */
export interface OpenLab {
  /** Resolves once it is left: the runs are stopped or handed over, and the terminal is as it was. */
  readonly left: Promise<Leaving>
  /** Leaves it. */
  close(how: Leaving): void
}

/** Shows the lab on an open screen from now on. */
export function openLab(lab: Lab, style: Style, screen: Screen): OpenLab {
  let close!: (how: Leaving) => void
  const leaving = new Promise<Leaving>((resolve) => {
    close = resolve
  })
  const host: Host = {
    rows: () => labRows(lab, bindings, screen.size, style),
    copy: (text) => void process.stderr.write(clipboard(text)),
    suspend: () => suspend(screen, lab),
    close,
  }
  const bindings = keymap(host)
  // Ink takes its time to load: the first frame does not wait for it.
  lab.times.time(() => screen.draw(host.rows()))
  const shown = async () => {
    using _resized = resizing(screen, lab)
    const [{ render }, { Lab: LabView }] = await Promise.all([import('ink'), import('./Lab.js')])
    const view = <LabView lab={lab} bindings={bindings} screen={screen} rows={host.rows} />
    const instance = render(view, { stdout: nowhere(), exitOnCtrlC: false, patchConsole: false })
    const how = await leaving
    lab.say(how === 'end' ? 'leaving …' : 'stopping …')
    await lab.trainer?.leave(how).catch((error) => lab.say(sentence(error), { tone: 'bad' }))
    instance.unmount()
    closeExplorer(lab)
    screen.close()
    return how
  }
  return { left: shown(), close }
}

/** Ink draws nothing here: what it writes for an empty frame goes nowhere. */
function nowhere(): NodeJS.WriteStream {
  return new Writable({ write: (_chunk, _encoding, done) => done() }) as unknown as NodeJS.WriteStream
}

/** Text for the clipboard of the terminal itself, also through ssh (OSC 52); terminals that do not know it show nothing. */
function clipboard(text: string): string {
  return `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`
}

/** Draws anew whenever the terminal is resized, even if it has its old size again before anybody looked. */
function resizing(screen: Screen, lab: Lab): Disposable {
  const redraw = () => {
    screen.resized()
    lab.answered()
  }
  process.on('SIGWINCH', redraw)
  return {
    [Symbol.dispose]: () => void process.off('SIGWINCH', redraw),
  }
}

/** Ctrl-Z: the terminal goes back to the shell, training rests with the process, and `fg` brings both back. */
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
