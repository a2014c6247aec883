import { basename, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { CliError } from '../base/exit.js'
import { writeAtomically } from '../base/files.js'
import { interruptible } from '../base/interrupt.js'
import { type Output, outputOf } from '../base/output.js'
import { version } from '../base/version.js'
import { bytes, plural } from '../charts/format.js'
import { addDataFlags, type DataFlags } from '../flags/data.js'
import { parseIndex } from '../flags/train.js'
import { holdsStudy } from '../runs/sweep-plan.js'

interface ReportFlags extends DataFlags {
  readonly out?: string
  readonly png?: boolean
  readonly seed?: number
}

/** `report RUN…`: writes runs or a sweep as one self-contained page, and its figures as files. */
export function define(command: Command): void {
  command
    .argument('<runs...>', 'run folders, of which several are compared; or the folder of a sweep')
    .option('--out <folder>', 'for report.html and figures/ (default: the folder of the run; of several, report)')
    .option('--png', 'figures as .png as well, beside .svg and .json')
    .option('--seed <n>', 'of the draws (default: 1)', parseIndex)
  addDataFlags(command)
  command
    .addHelpText(
      'after',
      `
Examples:
  vae-native report runs/warm-fox
  vae-native report runs/* --out beta
  vae-native report sweeps/warm-fox
  vae-native report runs/warm-fox --data ./moved/photos --png`,
    )
    .action(async (runs: string[], flags: ReportFlags) => {
      const output = outputOf(command)
      const out = flags.out ?? (runs.length === 1 ? (runs[0] as string) : 'report')
      const { figures, size } = await interruptible((signal) => report(runs, out, flags, output, signal))
      const path = join(out, 'report.html')
      output.result(`saved ${path}  (${bytes(size)}, ${plural(figures, 'figure')} in ${join(out, 'figures')})`)
      output.event({ type: 'report', runs, path, bytes: size, figures })
    })
}

/** Writes the page and its figures. Imports the drawing modules here, so that help does not load them. */
async function report(paths: readonly string[], out: string, flags: ReportFlags, output: Output, signal: AbortSignal) {
  const study = await studyOf(paths)
  const runs = study?.runs ?? paths
  const [{ openReportInput }, { assemblePage, buildRunPart }, { page }, { writeFigures }] = await Promise.all([
    import('../report/report-input.js'),
    import('../report/run.js'),
    import('../report/page.js'),
    import('../charts/svg/figure.js'),
  ])
  const several = runs.length > 1 || study !== undefined
  const parts = []
  for (const [k, folder] of runs.entries()) {
    output.progress(`  ${folder} …`)
    const input = await openReportInput(folder, several ? prefixOf(runs, k) : '', flags, output, signal)
    parts.push(await buildRunPart(input, several))
    input.vae.dispose()
  }
  const content = assemblePage(parts, `written by vae-native ${version()}`, study)
  const html = page(content)
  const figures = content.sections.flatMap(({ figures = [] }) => figures)
  await writeFigures(join(out, 'figures'), figures, { png: flags.png === true })
  await writeAtomically(join(out, 'report.html'), html)
  return { figures: figures.length, size: Buffer.byteLength(html) }
}

/** The named sweep with the runs to show in full; undefined if runs were named. */
async function studyOf(folders: readonly string[]) {
  const folder = folders.find(holdsStudy)
  if (folder === undefined) return undefined
  if (folders.length > 1) throw new CliError(`${folder}: a sweep is reported by itself`)
  const [{ shownTrials, studySection }, { readStudy }] = await Promise.all([
    import('../report/study.js'),
    import('../../research.js'),
  ])
  const study = await readStudy(folder)
  return { name: study.name, section: studySection(study), runs: shownTrials(study).map((trial) => trial.folder) }
}

/** Prefix of a run's ids and files: its folder's name in plain letters, with a number if the name repeats. */
function prefixOf(runs: readonly string[], k: number): string {
  const word = (folder: string) => basename(resolve(folder)).replace(/[^\w-]+/g, '-')
  const name = word(runs[k] ?? '')
  const before = runs.slice(0, k).filter((folder) => word(folder) === name).length
  return `${name}${before === 0 ? '' : `-${before + 1}`}-`
}
