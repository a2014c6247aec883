/** A run, or several, as the sections of a page. */

import { count, nats, percent, plural, weight } from '../charts/format.js'
import type { Figure } from '../charts/svg/figure.js'
import { escaped } from '../charts/svg/svg.js'
import { scaledByItself } from '../latent/subset.js'
import { elboLine, explained } from '../reporters/summary.js'
import type { ExplorerData } from './client/data.js'
import { explorer, mostWeights } from './explorer.js'
import { facts } from './facts.js'
import { manifoldFigure, samplesFigure, traversalFigure } from './figures/decoded.js'
import { interpolationFigure } from './figures/interpolations.js'
import { latentFigure, planeAxes } from './figures/latents.js'
import { learningFigures } from './figures/learning.js'
import { posteriorFigure } from './figures/posterior.js'
import { reconstructionFigure, resamplingFigure } from './figures/reconstructions.js'
import type { PageContent, Section, Table } from './page.js'
import type { Subject } from './subject.js'

/** One run as it goes into a page. */
export interface RunPart {
  readonly subject: Subject
  readonly sections: readonly Section[]
  /** None where the decoder is too large for a page. */
  readonly explorer?: ExplorerData
}

/** A sweep as it goes into a page. */
export interface StudyPart {
  readonly name: string
  readonly section: Section
}

/** Everything about one run: its facts and figures, in whole sections where it is the only one, else in parts of its own. */
export async function runPart(subject: Subject, several: boolean): Promise<RunPart> {
  const { encoding, examples, folder, name, prefix, signal, vae } = subject
  const axes = planeAxes(subject)
  const walk = await explorer({ vae, modelPath: folder, examples, name, means: encoding.mean, axes, signal })
  const sections: Section[] = [
    { id: 'run', title: several ? name : 'The run', html: about(subject), table: facts(subject) },
    learning(subject),
    {
      id: 'latent-space',
      title: 'The latent space',
      html: collapsed(subject),
      figures: present([
        latentFigure(subject),
        await manifoldFigure(subject),
        posteriorFigure(subject),
        await traversalFigure(subject),
      ]),
    },
    {
      id: 'examples',
      title: 'Examples and what becomes of them',
      figures: present([
        await reconstructionFigure(subject),
        await resamplingFigure(subject),
        await interpolationFigure(subject),
      ]),
    },
    { id: 'new', title: 'New examples', figures: [await samplesFigure(subject)] },
  ]
  return {
    subject,
    sections: sections.map((section, k) => ({ ...section, id: `${prefix}${section.id}`, part: several && k > 0 })),
    ...(walk && { explorer: walk }),
  }
}

/** The page of these runs: of several the comparison first, and before it the sweep that they are of. */
export function assembled(parts: readonly RunPart[], foot: string, study?: StudyPart): PageContent {
  const subjects = parts.map(({ subject }) => subject)
  const [first, ...others] = parts
  if (first === undefined || others.length > 0 || study) {
    return {
      title: study?.name ?? plural(parts.length, 'run'),
      lead: study ? 'The sweep first, then some of its trials.' : 'Beside each other first, then one by one.',
      sections: [
        ...(study ? [study.section] : []),
        comparison(subjects),
        walk(parts),
        ...parts.flatMap(({ sections }) => sections),
      ],
      foot,
    }
  }
  const [facts, ...rest] = first.sections
  const sections = [...(facts ? [facts] : []), walk(parts), ...rest]
  return { title: first.subject.name, lead: headline(first.subject), sections, foot }
}

/** The latent planes of all runs whose decoders fit into a page. */
function walk(parts: readonly RunPart[]): Section {
  const explorers = parts.flatMap(({ explorer }) => explorer ?? [])
  const without = parts.filter(({ explorer }) => explorer === undefined).map(({ subject }) => subject.name)
  const limit = `more than ${count(mostWeights)} weights, too many to compute with in a page`
  const html =
    without.length === 0 ? '' : `<p>${escaped(`Not here: ${without.join(', ')}, whose decoder has ${limit}.`)}</p>`
  return { id: 'walk', title: 'A walk in the latent space', html, explorers }
}

/** Several runs beside each other: figures in a table, and their curves overlaid. */
function comparison(subjects: readonly Subject[]): Section {
  return {
    id: 'comparison',
    title: 'Comparison',
    html: '<p>The table is measured on the final models, the curves are what training recorded.</p>',
    table: compared(subjects),
    figures: learningFigures(subjects, 'comparison-'),
  }
}

/** How good a run is, in a line. */
function headline({ data, evaluation, part }: Subject): string {
  return `${elboLine(evaluation)} nats on ${plural(evaluation.n, 'example')} of ${data} (${part} data).`
}

function compared(subjects: readonly Subject[]): Table {
  return {
    columns: ['run', 'measured on', 'β', 'd', '−ELBO', 'reconstruction', 'KL', 'explained', 'active units'],
    rows: subjects.map(({ data, evaluation, metrics, name, part, vae }) => [
      name,
      `${data}, ${part}`,
      weight(metrics.epochs.at(-1)?.train.beta ?? vae.trained.beta),
      vae.config.latentDim ?? 0,
      nats(-evaluation.elbo),
      nats(evaluation.reconstruction),
      nats(evaluation.kl),
      percent(explained(evaluation.reconstruction, evaluation)),
      evaluation.activeUnits,
    ]),
  }
}

/** What is to be known of the examples before the figures are read. */
function about({ evaluation, examples, part, range, vae }: Subject): string {
  const shown =
    part === 'training'
      ? 'The run kept no validation data: everything here is shown on the data that it was trained on.'
      : `Everything here is shown on validation data, ${plural(evaluation.n, 'example')} that it was not trained on.`
  const vectors = vae.shape.length > 1 ? '' : ' Its examples are vectors: they are drawn as curves over their values.'
  const [low, high] = range
  const scaled = low === 0 && high === 1 ? '' : ` Values are shown from ${nats(low)} to ${nats(high)}.`
  const own = scaledByItself(examples) ? ' Originals are scaled by the range or spread that these examples have.' : ''
  return `<p>${escaped(shown + vectors + scaled + own)}</p>`
}

function learning(subject: Subject): Section {
  const figures = learningFigures([subject], subject.prefix)
  const html = figures.length === 0 ? '<p>No epoch was finished, so there are no curves.</p>' : ''
  return { id: 'learning', title: 'Learning', html, figures }
}

function collapsed({ evaluation, vae }: Subject): string {
  if (evaluation.activeUnits > 0) return ''
  const why = vae.posterior === 'deterministic' ? 'all codes are the same' : 'q(z|x) is nearly the same for every x'
  return `<p>No latent dimension is alive: ${why}, and every example is decoded alike.</p>`
}

function present(figures: readonly (Figure | undefined)[]): Figure[] {
  return figures.filter((figure) => figure !== undefined)
}
