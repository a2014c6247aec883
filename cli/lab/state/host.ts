/** What the lab asks of the command that opened it. */
import type { Beta } from '../../../index.js'
import type { Leaving } from '../../reporters/reporter.js'
import type { LabRun } from './lab-run.js'

/** Who trains behind the lab. */
export interface Trainer {
  /** A run of its own that goes on from where this one stands, with another β. */
  fork(of: LabRun, beta: Beta): Promise<void>
  /** A run with the options of this one, and with flags that are typed: `--beta 3 --latent-dim 10`. */
  again(like: LabRun, flags: string): Promise<void>
  /** Ends every run, or hands it to a process of its own. */
  leave(how: Leaving): Promise<void>
}

/** The surroundings of the lab. */
export interface Host {
  /** The screen as it is now, row by row. */
  rows(): readonly string[]
  /** Puts text on the clipboard of the terminal that the person sits at. */
  copy(text: string): void
  /** Stops the process until the shell lets it go on. */
  suspend(): void
  /** Closes the lab. */
  close(how: Leaving): void
}
