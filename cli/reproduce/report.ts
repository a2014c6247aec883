/** Report of a reproduction: one page, and every figure as SVG and JSON. */
import { join } from 'node:path'
import { type Dataset, type Encoding, loadVae, type Vae } from '../../index.js'
import { writeAtomically } from '../base/files.js'
import { plural } from '../charts/format.js'
import { type Figure, writeFigures } from '../charts/svg/figure.js'
import { escapeXml } from '../charts/svg/svg.js'
import type { ExplorerData } from '../report/client/data.js'
import { explorerData } from '../report/explorer.js'
import { manifoldFigure } from '../report/figures/decoded.js'
import { interpolationFigure } from '../report/figures/interpolations.js'
import { type PageTable, page, type Section } from '../report/page.js'
import { runFiles } from '../runs/folder.js'
import { evaluateClaims } from './claims/all.js'
import { countVerdicts, type Finding, type LikelihoodFinding } from './claims/claim.js'
import { type classifierNames, classifierOptions } from './classifiers.js'
import { errata } from './errata.js'
import { runFolder } from './experiment.js'
import { furtherFigures } from './figures/beyond.js'
import { epochFigures } from './figures/epochs.js'
import { latentFigures } from './figures/latents.js'
import { lossFigures } from './figures/losses.js'
import { likelihoodNames } from './figures/shared.js'
import { hypothesesFigure, hypothesesTable } from './hypotheses.js'
import { likelihoods, network } from './plan.js'
import { runsFolderOf } from './reproduce.js'
import type { Results } from './results.js'
import { spread } from './statistics.js'

/** Result of writing a report. */
export interface WrittenReport {
  readonly path: string
  readonly bytes: number
  readonly findings: readonly Finding[]
}

export interface ReportOptions {
  readonly folder: string
  readonly test: Dataset
  readonly png: boolean
  readonly signal: AbortSignal
}

/** Writes `report.html`, `claims.json` and `figures/` into the folder of the reproduction. */
export async function writeReport(
  results: Results,
  { folder, test, png, signal }: ReportOptions,
): Promise<WrittenReport> {
  const findings = evaluateClaims(results)
  const [latents, epochs, losses, further] = [
    latentFigures(results),
    epochFigures(results),
    lossFigures(results),
    furtherFigures(results),
  ]
  const normalisation = hypothesesFigure(results)
  const explored = await buildExplorers(folder, results, test, signal)
  const html = page({
    title: 'Understanding the ELBO in VAEs and β-VAEs, measured',
    lead: lead(results, findings),
    sections: [
      claimsSection(findings),
      {
        id: 'explorer',
        title: 'The latent plane',
        html: '<p>Point at a code to see its digit; move over the plane to see what the decoder makes of it. Seed 1, last epoch.</p>',
        explorers: explored.explorers,
        figures: explored.figures,
      },
      { id: 'latents', title: 'Latent spaces', figures: latents },
      { id: 'epochs', title: 'β over epochs', figures: sortById(epochs) },
      { id: 'losses', title: 'Losses and confidence', figures: sortById(losses) },
      { id: 'further', title: 'Beyond the paper’s figures', figures: further },
      hypothesesSection(results, normalisation),
      {
        id: 'errata',
        title: 'Errata',
        table: {
          columns: ['where', 'the paper', 'rather'],
          rows: errata.map((one) => [one.where, one.says, one.correct]),
        },
      },
      settingSection(results),
    ],
    foot: `written by vae-native reproduce${results.plan.quick ? ' --quick' : ''}`,
  })
  await writeFigures(
    join(folder, 'figures'),
    [...latents, ...explored.figures, ...epochs, ...losses, ...further, normalisation],
    { png },
  )
  await writeAtomically(join(folder, 'claims.json'), `${JSON.stringify(findings, null, 2)}\n`)
  const path = join(folder, 'report.html')
  await writeAtomically(path, html)
  return { path, bytes: Buffer.byteLength(html), findings }
}

function lead({ plan, baselines }: Results, findings: readonly Finding[]): string {
  const how = plan.quick ? 'A quick look, not the paper’s setting: ' : ''
  return `${how}${plan.experiments.length} models on ${plan.examples.toLocaleString('en-US')} training images of ${baselines.data.source}, ${plan.epochs.at(-1)} epochs, seeds ${plan.seeds.join(', ')}, common noise. ${findings.length} claims: ${countVerdicts(findings)}.`
}

function claimsSection(findings: readonly Finding[]): Section {
  return {
    id: 'claims',
    title: 'The claims',
    html: '<p>A claim holds if its criterion is met for every seed and both likelihoods, does not if for none, and depends otherwise. Figures are means over seeds, with the lowest and highest; below them, on how many of the seeds the criterion is met.</p>',
    table: claimsTable(findings),
  }
}

/** Table of the claims. */
function claimsTable(findings: readonly Finding[]): PageTable {
  return {
    columns: ['', 'claim', 'verdict', ...likelihoods.map((one) => likelihoodNames[one]), 'how'],
    rows: findings.map(({ claim, found, verdict, note }) => [
      claim.number,
      `${claim.statement}\n${claim.where}`,
      verdict,
      ...likelihoods.map((likelihood) => findingText(found[likelihood])),
      [`${claim.measured}; holds if ${claim.criterion}.`, note ?? []].flat().join('\n'),
    ]),
  }
}

/** Formats a line per figure, `autoencoder: 7.93 (7.10 to 8.81)`, and `3 of 3 seeds`. */
function findingText({ figures, holding, seeds }: LikelihoodFinding): string {
  if (seeds === 0) return 'not tried'
  const lines = figures.map(({ name, values }) => `${name}: ${spread(values)}`)
  return [...lines, `${holding} of ${plural(seeds, 'seed')}`].join('\n')
}

function hypothesesSection(results: Results, normalisation: Figure): Section {
  const { bernoulli, 'squared-error': squared } = results.baselines.criticalBeta
  return {
    id: 'normalisation',
    title: 'Which normalisation gives the paper’s figures for β = 50',
    html: `<p>With terms that are summed, these data collapse above β ${escapeXml(bernoulli.toFixed(1))} (bernoulli) and ${escapeXml(squared.toFixed(1))} (squared error): at β = 50 no code is left, and figure 9 is that of a collapsed model. Codes that are near normal and still differ need a loss in which 50 is less than it says.</p>`,
    table: hypothesesTable(results),
    figures: [normalisation],
  }
}

function settingSection({ plan, baselines }: Results): Section {
  const classifierText = (name: (typeof classifierNames)[number]) => {
    const { confidence, accuracy } = baselines.judged.originals[name]
    const { hiddenDims, learningRate, epochs } = classifierOptions[name]
    return `${hiddenDims.join('-')}, η ${learningRate}, ${epochs} epochs: accuracy ${((accuracy ?? 0) * 100).toFixed(1)} %, confidence ${confidence.toFixed(3)}`
  }
  const { sizes } = plan
  return {
    id: 'setting',
    title: 'Setting',
    table: {
      columns: ['', ''],
      rows: [
        [
          'network',
          `${network.hiddenDims.join('-')}-${network.latentDim} and back, ReLU, batch ${network.batchSize}, Adam 1e-3`,
        ],
        ['measured on', `${sizes.test} test images, ${sizes.draws} samples, neighbours among ${sizes.neighbours}`],
        ['classifier like the paper’s', classifierText('paper')],
        ['good classifier', classifierText('good')],
        [
          'critical β',
          likelihoods.map((one) => `${likelihoodNames[one]} ${baselines.criticalBeta[one].toFixed(3)}`).join(', '),
        ],
        ['the same again', `vae-native reproduce${plan.quick ? ' --quick' : ''}`],
      ],
    },
  }
}

/** Explorers of the page: bernoulli models of seed 1 at the β of figures 5 to 8, the plain VAE first. */
async function buildExplorers(folder: string, results: Results, test: Dataset, signal: AbortSignal) {
  const explorers: ExplorerData[] = []
  const figures: Figure[] = []
  for (const beta of [1, 0, 5]) {
    const one = results.plan.experiments.find(({ id }) => id === `bernoulli-beta-${beta}-seed-1`)
    if (one === undefined) continue
    const modelPath = join(runFolder(runsFolderOf(folder), one), runFiles.model)
    using vae = await loadVae(modelPath)
    const encoding = await vae.encode(test, { signal })
    const data = await explorerData({
      ...{ vae, modelPath, examples: test, signal },
      name: `bernoulli, β = ${beta}`,
      means: encoding.mean,
      axes: [0, 1],
    })
    if (data) explorers.push(data)
    if (beta === 1) figures.push(...(await planeFigures(vae, encoding, test, signal)))
  }
  return { explorers, figures }
}

/** Figures of the end of section 4.2: the decoded plane, and interpolations between classes. */
async function planeFigures(vae: Vae, encoding: Encoding, examples: Dataset, signal: AbortSignal): Promise<Figure[]> {
  const input = { vae, encoding, examples, signal, prefix: 'figure-', order: [0, 1], ranges: [vae.range] }
  const [manifold, interpolations] = [await manifoldFigure(input), await interpolationFigure(input)]
  return interpolations === undefined ? [manifold] : [manifold, interpolations]
}

/** Sorts figures by name: 5 of both likelihoods, then 6. */
function sortById(figures: readonly Figure[]): Figure[] {
  return [...figures].sort((a, b) => a.id.localeCompare(b.id))
}
