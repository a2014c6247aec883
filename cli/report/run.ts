/** Sections of a page for one run or several. */

import { count, nats, percent, plural, weight } from '../charts/format.js'
import type { Figure } from '../charts/svg/figure.js'
import { escapeXml } from '../charts/svg/svg.js'
import { elboLine, explainedShare } from '../reporters/summary.js'
import type { ExplorerData } from './client/data.js'
import { explorerData, maxWeights } from './explorer.js'
import { facts } from './facts.js'
import { manifoldFigure, samplesFigure, traversalFigure } from './figures/decoded.js'
import { interpolationFigure } from './figures/interpolations.js'
import { latentFigure, planeAxes } from './figures/latents.js'
import { learningFigures } from './figures/learning.js'
import { posteriorFigure } from './figures/posterior.js'
import { reconstructionFigure, resamplingFigure } from './figures/reconstructions.js'
import type { PageContent, PageTable, Section } from './page.js'
import type { ReportInput } from './report-input.js'

/** Page sections of one run. */
export interface RunPart {
  readonly input: ReportInput
  readonly sections: readonly Section[]
  /** Data of the explorer; none if the decoder is too large for a page. */
  readonly explorer?: ExplorerData
}

/** Page section of a sweep. */
export interface StudyPart {
  readonly name: string
  readonly section: Section
}

/** Builds the facts and figures of one run: whole sections if it is the only run, else parts of one section. */
export async function buildRunPart(input: ReportInput, several: boolean): Promise<RunPart> {
  const { encoding, examples, folder, name, prefix, signal, vae } = input
  const axes = planeAxes(input)
  const explorer = await explorerData({ vae, modelPath: folder, examples, name, means: encoding.mean, axes, signal })
  const sections: Section[] = [
    { id: 'run', title: several ? name : 'The run', html: introduction(input), table: facts(input) },
    learningSection(input),
    {
      id: 'latent-space',
      title: 'The latent space',
      html: collapseNote(input),
      figures: defined([
        latentFigure(input),
        await manifoldFigure(input),
        posteriorFigure(input),
        await traversalFigure(input),
      ]),
    },
    {
      id: 'examples',
      title: 'Examples and what becomes of them',
      figures: defined([
        await reconstructionFigure(input),
        await resamplingFigure(input),
        await interpolationFigure(input),
      ]),
    },
    { id: 'new', title: 'New examples', figures: [await samplesFigure(input)] },
  ]
  return {
    input,
    sections: sections.map((section, k) => ({ ...section, id: `${prefix}${section.id}`, part: several && k > 0 })),
    ...(explorer && { explorer }),
  }
}

/** Assembles the page of these runs: the sweep first, if any, then for several runs their comparison. */
export function assemblePage(parts: readonly RunPart[], foot: string, study?: StudyPart): PageContent {
  const inputs = parts.map(({ input }) => input)
  const [first, ...others] = parts
  if (first === undefined || others.length > 0 || study) {
    return {
      title: study?.name ?? plural(parts.length, 'run'),
      lead: study ? 'The sweep first, then some of its trials.' : 'Beside each other first, then one by one.',
      sections: [
        ...(study ? [study.section] : []),
        comparisonSection(inputs),
        explorerSection(parts),
        ...parts.flatMap(({ sections }) => sections),
      ],
      foot,
    }
  }
  const [facts, ...rest] = first.sections
  const sections = [...(facts ? [facts] : []), explorerSection(parts), ...rest]
  return { title: first.input.name, lead: headline(first.input), sections, foot }
}

/** Explorer section of all runs whose decoders fit into a page. */
function explorerSection(parts: readonly RunPart[]): Section {
  const explorers = parts.flatMap(({ explorer }) => explorer ?? [])
  const without = parts.filter(({ explorer }) => explorer === undefined).map(({ input }) => input.name)
  const limit = `more than ${count(maxWeights)} weights, too many to compute with in a page`
  const html =
    without.length === 0 ? '' : `<p>${escapeXml(`Not here: ${without.join(', ')}, whose decoder has ${limit}.`)}</p>`
  return { id: 'walk', title: 'A walk in the latent space', html, explorers }
}

/** Compares several runs: a table of their results, and overlaid curves. */
function comparisonSection(inputs: readonly ReportInput[]): Section {
  return {
    id: 'comparison',
    title: 'Comparison',
    html: '<p>The table is measured on the final models, the curves are what training recorded.</p>',
    table: comparisonTable(inputs),
    figures: learningFigures(inputs, 'comparison-'),
  }
}

/** Line with the main result of a run. */
function headline({ data, evaluation, part }: ReportInput): string {
  return `${elboLine(evaluation)} nats on ${plural(evaluation.n, 'example')} of ${data}${part === 'named' ? '' : ` (${part} data)`}.`
}

function comparisonTable(inputs: readonly ReportInput[]): PageTable {
  return {
    columns: ['run', 'measured on', 'β', 'd', '−ELBO', 'reconstruction', 'KL', 'explained', 'active units'],
    rows: inputs.map(({ data, evaluation, metrics, name, part, vae }) => [
      name,
      part === 'named' ? data : `${data}, ${part}`,
      weight(metrics.epochs.at(-1)?.train.beta ?? vae.trained.beta),
      vae.config.latentDim ?? 0,
      nats(-evaluation.elbo),
      nats(evaluation.reconstruction),
      nats(evaluation.kl),
      percent(explainedShare(evaluation.reconstruction, evaluation)),
      evaluation.activeUnits,
    ]),
  }
}

/** Introduction to the examples in the figures. */
function introduction({ data, evaluation, part, ranges, vae }: ReportInput): string {
  const n = plural(evaluation.n, 'example')
  const shown = {
    training: 'The run kept no validation data: everything here is shown on the data that it was trained on.',
    validation: `Everything here is shown on validation data, ${n} that it was not trained on.`,
    named: `Everything here is shown on ${data}, ${n} that were named for this report.`,
  }[part]
  const vectors = vae.shape.length > 1 ? '' : ' Its examples are vectors: they are drawn as curves over their values.'
  return `<p>${escapeXml(shown + vectors + rangeNote(ranges))}</p>`
}

/** Sentence on the values shown as black and white, unless they are 0 and 1. */
function rangeNote([range, ...others]: ReportInput['ranges']): string {
  if (others.length > 0) return ' Each column is shown from three standard deviations below its mean to three above.'
  const [low, high] = range ?? [0, 1]
  return low === 0 && high === 1 ? '' : ` Values are shown from ${nats(low)} to ${nats(high)}.`
}

function learningSection(input: ReportInput): Section {
  const figures = learningFigures([input], input.prefix)
  const html = figures.length === 0 ? '<p>No epoch was finished, so there are no curves.</p>' : ''
  return { id: 'learning', title: 'Learning', html, figures }
}

function collapseNote({ evaluation, vae }: ReportInput): string {
  if (evaluation.activeUnits > 0) return ''
  const why = vae.posterior === 'deterministic' ? 'all codes are the same' : 'q(z|x) is nearly the same for every x'
  return `<p>No latent dimension is alive: ${why}, and every example is decoded alike.</p>`
}

function defined(figures: readonly (Figure | undefined)[]): Figure[] {
  return figures.filter((figure) => figure !== undefined)
}
