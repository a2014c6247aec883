/** Interfaces between the lab and the command that opens it. */
import type { Beta } from '../../../index.js'
import type { LabExit } from '../../reporters/reporter.js'
import type { LabRun } from './lab-run.js'

/** Starts and stops the lab's runs. */
export interface Trainer {
  /** Starts a run from the current state of `of`, with another β. */
  fork(of: LabRun, beta: Beta): Promise<void>
  /** Starts a run with the options of `like`, changed by typed flags: `--beta 3 --latent-dim 10`. */
  trainAgain(like: LabRun, flags: string): Promise<void>
  /** Stops every run, or detaches it into its own process. */
  leave(how: LabExit): Promise<void>
}

/** Terminal and process of the lab. */
export interface Host {
  /** Current rows of the screen. */
  rows(): readonly string[]
  /** Copies text to the clipboard of the user's terminal. */
  copy(text: string): void
  /** Suspends the process until the shell resumes it. */
  suspend(): void
  /** Closes the lab. */
  close(how: LabExit): void
}
