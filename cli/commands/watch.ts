import type { Command } from 'commander'
import type { EndEvent } from '../../index.js'
import { exitCode, exitCodeOf, sentence } from '../base/exit.js'
import { interruptible } from '../base/interrupt.js'
import { type Output, outputOf } from '../base/output.js'
import { duration, plural } from '../charts/format.js'
import { openScreen } from '../lab/loop/open-screen.js'
import { jsonReporter, plainReporter } from '../reporters/reporter.js'
import { readRun } from '../runs/folder.js'
import { followRun } from '../runs/record/follow.js'

/** Seconds to wait while no process trains. */
const silenceTimeout = 3

interface WatchFlags {
  readonly jsonSteps?: boolean
}

/** `watch`: prints the progress of a run folder like `train`. */
export function define(command: Command): void {
  command
    .argument('<run>', 'the folder of a run; on a terminal also of a sweep')
    .option('--json-steps', 'with --json, a line for every tenth step as well')
    .addHelpText(
      'after',
      `
Ctrl-C ends the watch, not the run.

Examples:
  vae-native watch runs/warm-fox`,
    )
    .action(async (folder: string, flags: WatchFlags) => {
      const output = outputOf(command)
      process.exitCode = await interruptible((signal) =>
        output.live ? watchInLab(folder, output, signal) : watch(folder, flags, output, signal),
      )
    })
}

/** Shows the run in a read-only lab. */
async function watchInLab(folder: string, output: Output, signal: AbortSignal): Promise<number> {
  const screen = openScreen(output.progressPaint, folder)
  const { showFolders } = await import('../lab/loop/folders.js')
  await showFolders([folder], false, output, signal, screen).finally(() => screen.close())
  return exitCode.done
}

async function watch(folder: string, flags: WatchFlags, output: Output, signal: AbortSignal): Promise<number> {
  const { options } = await readRun(folder)
  const reporter = output.json
    ? jsonReporter(output, flags.jsonSteps === true)
    : plainReporter(output, options.epochs ?? Number.NaN)
  for await (const event of followRun(folder, signal)) {
    if (event.type === 'silence') {
      if (event.trainer !== undefined || event.seconds < silenceTimeout) continue
      output.notice(`no process trains in ${folder}. Continue: vae-native train --resume ${folder}`)
      return exitCode.done
    }
    if (event.type === 'rewound') {
      output.progress('the run went back to its checkpoint')
      output.event({ type: 'again' }) // the name of the JSON event
      continue
    }
    reporter.onEvent(event)
    if (event.type === 'end') return reportEnd(event, output)
  }
  return exitCode.done
}

/** Prints how the run ended; returns the exit code of its own process. */
function reportEnd({ epochs, error, model, seconds }: EndEvent, output: Output): number {
  const runTime = `${plural(epochs, 'epoch')} in ${duration(seconds)}`
  if (error !== undefined) {
    output.notice(`${output.progressPaint.red('✖')} ${sentence(error)}`)
    return exitCodeOf(error)
  }
  output.result(
    `${output.paint.green('✔')} ${[runTime, ...(model === undefined ? [] : [`saved ${model}`])].join(' · ')}`,
  )
  return exitCode.done
}
