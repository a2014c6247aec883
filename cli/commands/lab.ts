import type { Command } from 'commander'
import { CliError, exitCode } from '../base/exit.js'
import { interruptible } from '../base/interrupt.js'
import { outputOf } from '../base/output.js'
import { openScreen } from '../lab/loop/open-screen.js'
import { holdsStudy, type SweepFlags } from '../runs/sweep-plan.js'
import { addSweepFlags, runSweep } from './sweep.js'

/** Default values of β: an autoencoder, the VAE, and two that give up ever more of x. */
const betas = [0, 1, 5, 50]
/** Default number of concurrent runs, regardless of the number of cores. */
const defaultJobs = 4

/** `lab`: trains several runs at once on the terminal, or shows those in folders. */
export function define(command: Command): void {
  command.argument('[folders...]', 'runs and sweeps to show, finished or not; by default starts a sweep')
  addSweepFlags(command)
  command
    .addHelpText(
      'after',
      `
Without a folder it is vae-native sweep that stays open, by default with --vary beta=${betas.join()} --jobs ${defaultJobs}.
? lists the keys. Where there is no terminal it prints what sweep prints.

Examples:
  vae-native lab
  vae-native lab --data mnist --epochs 20 --vary beta=0.5,1,2,4
  vae-native lab runs/warm-fox runs/calm-owl`,
    )
    .action(async (folders: string[], flags: SweepFlags) => {
      const output = outputOf(command)
      if (folders.length === 0) {
        process.exitCode = await runSweep(withDefaults(flags), output)
        return
      }
      if (!output.live) throw new CliError('lab: run folders are shown on a terminal; vae-native watch RUN prints one')
      process.exitCode = await interruptible(async (signal) => {
        const screen = openScreen(output.progressPaint, folders.join(' '))
        const { showFolders } = await import('../lab/loop/folders.js')
        await showFolders(folders, true, output, signal, screen).finally(() => screen.close())
        return exitCode.done
      })
    })
}

/** Adds the defaults, except to a resumed sweep, which has its own. */
function withDefaults(flags: SweepFlags): SweepFlags {
  const folder = typeof flags.resume === 'string' ? flags.resume : flags.out
  if (flags.resume !== undefined && folder !== undefined && holdsStudy(folder)) return flags
  return { vary: { beta: betas }, jobs: defaultJobs, ...flags }
}
