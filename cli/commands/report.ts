import { basename, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { CliError } from '../base/exit.js'
import { writeWhole } from '../base/files.js'
import { interruptible } from '../base/interrupt.js'
import { type Output, outputOf } from '../base/output.js'
import { version } from '../base/version.js'
import { bytes, plural } from '../charts/format.js'
import { addDataFlags, type DataFlags } from '../flags/data.js'
import { index } from '../flags/train.js'
import { holdsStudy } from '../runs/sweep-plan.js'

interface ReportFlags extends DataFlags {
  readonly out?: string
  readonly png?: boolean
  readonly seed?: number
}

/** `report RUN…`: runs, or a sweep, as one page with everything in it, and its figures as files. */
export function define(command: Command): void {
  command
    .argument('<runs...>', 'run folders, of which several are compared; or the folder of a sweep')
    .option('--out <folder>', 'for report.html and figures/ (default: the folder of the run; of several, report)')
    .option('--png', 'figures as .png as well, beside .svg and .json')
    .option('--seed <n>', 'of the draws (default: 1)', index)
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

/** Writes the page and its figures; drawing is brought in here, so that help needs none of it. */
async function report(named: readonly string[], out: string, flags: ReportFlags, output: Output, signal: AbortSignal) {
  const study = await studyOf(named)
  const runs = study?.runs ?? named
  const [{ openSubject }, { assembled, runPart }, { page }, { writeFigures }] = await Promise.all([
    import('../report/subject.js'),
    import('../report/run.js'),
    import('../report/page.js'),
    import('../charts/svg/figure.js'),
  ])
  const several = runs.length > 1 || study !== undefined
  const parts = []
  for (const [k, folder] of runs.entries()) {
    output.progress(`  ${folder} …`)
    const subject = await openSubject(folder, several ? prefixOf(runs, k) : '', flags, output, signal)
    parts.push(await runPart(subject, several))
    subject.vae.dispose()
  }
  const content = assembled(parts, `written by vae-native ${version()}`, study)
  const html = page(content)
  const figures = content.sections.flatMap(({ figures = [] }) => figures)
  await writeFigures(join(out, 'figures'), figures, { png: flags.png === true })
  await writeWhole(join(out, 'report.html'), html)
  return { figures: figures.length, size: Buffer.byteLength(html) }
}

/** The sweep whose folder was named, with the runs that are shown in full; nothing where runs were named. */
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

/** What ids and files of a run begin with: its folder's name in plain letters, and a number where it is not the only one. */
function prefixOf(runs: readonly string[], k: number): string {
  const word = (folder: string) => basename(resolve(folder)).replace(/[^\w-]+/g, '-')
  const name = word(runs[k] ?? '')
  const before = runs.slice(0, k).filter((folder) => word(folder) === name).length
  return `${name}${before === 0 ? '' : `-${before + 1}`}-`
}
