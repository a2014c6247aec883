import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { CliError } from '../base/exit.js'
import { writeAtomically } from '../base/files.js'
import { interruptible } from '../base/interrupt.js'
import { type Output, outputOf } from '../base/output.js'
import { bytes, clock, duration, plural } from '../charts/format.js'
import { addDataFlags, checkReading, type DataFlags } from '../flags/data.js'
import { countVerdicts } from '../reproduce/claims/claim.js'
import { planExperiments } from '../reproduce/plan.js'
import { reproduce } from '../reproduce/reproduce.js'
import { type Data, openData } from '../runs/open-data.js'

interface ReproduceFlags extends DataFlags {
  readonly quick?: boolean
  readonly out?: string
  readonly png?: boolean
}

/** `reproduce`: runs the paper's experiments and writes a report with a verdict on each claim. */
export function define(command: Command): void {
  addDataFlags(command)
  command
    .option('--quick', 'fewer images and epochs: minutes instead of most of an hour')
    .option('--out <folder>', 'where runs and report are kept (default: reproduction, with --quick reproduction-quick)')
    .option('--png', 'the figures as PNG too')
    .addHelpText(
      'after',
      `
What has been done is kept: the same command continues after Ctrl-C.

Examples:
  vae-native reproduce --quick
  vae-native reproduce --data ./MNIST/raw --out paper`,
    )
    .action(async (flags: ReproduceFlags) => {
      const output = outputOf(command)
      const folder = flags.out ?? (flags.quick ? 'reproduction-quick' : 'reproduction')
      const startTime = performance.now()
      const report = await interruptible(async (signal) => {
        const { train, test, source } = await openLabelledData({ data: 'mnist', ...flags }, output, signal)
        const experimentPlan = planExperiments({ quick: flags.quick === true, examples: train.length })
        const { experiments: _, ...planRecord } = experimentPlan
        await claimFolder(folder, { ...planRecord, data: train.fingerprint, test: test.fingerprint }, source)
        const results = await reproduce({
          plan: experimentPlan,
          train,
          test,
          folder,
          signal,
          onEstimate: (whole, left) =>
            output.progress(...announcement(experimentPlan.experiments.length, source, whole, left)),
          onProgress: progressReporter(output),
        })
        output.progress('drawing the figures …')
        const { writeReport } = await import('../reproduce/report.js')
        return writeReport(results, { folder, test, png: flags.png === true, signal })
      })
      const seconds = (performance.now() - startTime) / 1000
      const { path, findings } = report
      output.result(
        ...findings.map(
          ({ claim, verdict }) => `${String(claim.number).padStart(2)}  ${verdict.padEnd(14)} ${claim.statement}`,
        ),
        `${findings.length} claims: ${countVerdicts(findings)}      ${path} (${bytes(report.bytes)}, offline)   ${duration(seconds)}`,
      )
      output.event({ type: 'reproduce', path, bytes: report.bytes, seconds, claims: findings })
    })
}

/** Opens the data, which need a test part and labels. */
async function openLabelledData(
  flags: DataFlags,
  output: Output,
  signal: AbortSignal,
): Promise<Data & Required<Pick<Data, 'test'>>> {
  checkReading(flags)
  const { train, test, ...rest } = await openData(flags, output, signal)
  const { source } = rest
  if (test === undefined)
    throw new CliError(`${source} has no test part; the paper's figures are drawn from test images`)
  if (train.labels === undefined || test.labels === undefined)
    throw new CliError(`${source} has no labels; half of the paper's claims are about classes`)
  if (train.shape.length < 2) throw new CliError(`${source}: expected images, got vectors`)
  return { ...rest, train, test }
}

/** Claims a folder for one reproduction; refuses a folder with another plan or other data. */
async function claimFolder(folder: string, planRecord: object, source: string): Promise<void> {
  const path = join(folder, 'reproduction.json')
  const text = `${JSON.stringify(planRecord, null, 2)}\n`
  if (existsSync(path) && (await readFile(path, 'utf8')) !== text)
    throw new CliError(
      `${folder} holds the reproduction of other data or of another length; give one of ${source} an --out of its own`,
    )
  await writeAtomically(path, text)
}

function announcement(experiments: number, source: string, whole: number, left: number): string[] {
  const all = `${plural(experiments, 'run')} on ${source}: about ${duration(whole)} on this machine`
  return [left === whole ? all : left > 0 ? `${all}, ${duration(left)} of it to go` : `${all}; all of it is done`]
}

/** Prints a line per run, and repeats it every 10 s. */
function progressReporter(output: Output) {
  let last = ''
  let written = 0
  return (what: string, done: number, of: number, secondsLeft: number) => {
    const now = performance.now()
    if (what === last && now - written < 10_000) return
    last = what
    written = now
    output.progress(`${String(done).padStart(3)} of ${of}  ${what.padEnd(36)} ${clock(secondsLeft)} left`)
    output.event({ type: 'progress', what, done, of, secondsLeft })
  }
}
