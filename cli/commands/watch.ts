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

/** After so many seconds in which nobody trains, nobody is waited for. */
const patience = 3

interface WatchFlags {
  readonly jsonSteps?: boolean
}

/** `watch`: a run folder in, what `train` says out. */
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
        output.live ? look(folder, output, signal) : watch(folder, flags, output, signal),
      )
    })
}

/** On a terminal the run is shown in the lab; its keys then look, and change nothing. */
async function look(folder: string, output: Output, signal: AbortSignal): Promise<number> {
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
  for await (const news of followRun(folder, signal)) {
    if (news.type === 'silence') {
      if (news.trainer !== undefined || news.seconds < patience) continue
      output.notice(`nobody trains in ${folder}. Continue: vae-native train --resume ${folder}`)
      return exitCode.done
    }
    if (news.type === 'again') {
      output.progress('the run went back to its checkpoint')
      output.event(news)
      continue
    }
    reporter.hear(news)
    if (news.type === 'end') return ended(news, output)
  }
  return exitCode.done
}

/** Says how the run ended; the exit code is that which its own process had. */
function ended({ epochs, error, model, seconds }: EndEvent, output: Output): number {
  const took = `${plural(epochs, 'epoch')} in ${duration(seconds)}`
  if (error !== undefined) {
    output.notice(`${output.progressPaint.red('✖')} ${sentence(error)}`)
    return exitCodeOf(error)
  }
  output.result(`${output.paint.green('✔')} ${[took, ...(model === undefined ? [] : [`saved ${model}`])].join(' · ')}`)
  return exitCode.done
}
