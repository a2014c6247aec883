/** The report of a reproduction: one page, and every figure as SVG and JSON. */
import { join } from 'node:path'
import { type Dataset, type Encoding, loadVae, type Vae } from '../../index.js'
import { writeWhole } from '../base/files.js'
import { plural } from '../charts/format.js'
import { type Figure, writeFigures } from '../charts/svg/figure.js'
import { escaped } from '../charts/svg/svg.js'
import type { ExplorerData } from '../report/client/data.js'
import { explorer } from '../report/explorer.js'
import { manifoldFigure } from '../report/figures/decoded.js'
import { interpolationFigure } from '../report/figures/interpolations.js'
import { page, type Section, type Table } from '../report/page.js'
import { runFiles } from '../runs/folder.js'
import { judgeClaims } from './claims/all.js'
import { type Finding, type Found, tally } from './claims/claim.js'
import { errata } from './errata.js'
import { runFolder } from './experiment.js'
import { furtherFigures } from './figures/beyond.js'
import { epochFigures } from './figures/epochs.js'
import { latentFigures } from './figures/latents.js'
import { lossFigures } from './figures/losses.js'
import { likelihoodNames } from './figures/shown.js'
import { hypothesesFigure, hypothesesTable } from './hypotheses.js'
import { type judgeNames, judgeOptions } from './judges.js'
import { likelihoods, network } from './plan.js'
import { runsFolderOf } from './reproduce.js'
import type { Results } from './results.js'
import { spread } from './statistics.js'

/** What is written. */
export interface Written {
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
export async function writeReport(results: Results, { folder, test, png, signal }: ReportOptions): Promise<Written> {
  const findings = judgeClaims(results)
  const [latents, epochs, losses, further] = [
    latentFigures(results),
    epochFigures(results),
    lossFigures(results),
    furtherFigures(results),
  ]
  const normalisation = hypothesesFigure(results)
  const walk = await walks(folder, results, test, signal)
  const html = page({
    title: 'Understanding the ELBO in VAEs and β-VAEs, measured',
    lead: lead(results, findings),
    sections: [
      claimsSection(findings),
      {
        id: 'explorer',
        title: 'The latent plane',
        html: '<p>Point at a code to see its digit; move over the plane to see what the decoder makes of it. Seed 1, last epoch.</p>',
        explorers: walk.explorers,
        figures: walk.figures,
      },
      { id: 'latents', title: 'Latent spaces', figures: latents },
      { id: 'epochs', title: 'β over epochs', figures: inOrder(epochs) },
      { id: 'losses', title: 'Losses and confidence', figures: inOrder(losses) },
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
    [...latents, ...walk.figures, ...epochs, ...losses, ...further, normalisation],
    { png },
  )
  await writeWhole(join(folder, 'claims.json'), `${JSON.stringify(findings, null, 2)}\n`)
  const path = join(folder, 'report.html')
  await writeWhole(path, html)
  return { path, bytes: Buffer.byteLength(html), findings }
}

function lead({ plan, baselines }: Results, findings: readonly Finding[]): string {
  const how = plan.quick ? 'A quick look, not the paper’s setting: ' : ''
  return `${how}${plan.experiments.length} models on ${plan.examples.toLocaleString('en-US')} training images of ${baselines.data.source}, ${plan.epochs.at(-1)} epochs, seeds ${plan.seeds.join(', ')}, common noise. ${findings.length} claims: ${tally(findings)}.`
}

function claimsSection(findings: readonly Finding[]): Section {
  return {
    id: 'claims',
    title: 'The claims',
    html: '<p>A claim holds if its criterion is met for every seed and both likelihoods, does not if for none, and depends otherwise. Figures are means over seeds, with the lowest and highest; below them, on how many of the seeds the criterion is met.</p>',
    table: claimsTable(findings),
  }
}

/** The table of claims. */
function claimsTable(findings: readonly Finding[]): Table {
  return {
    columns: ['', 'claim', 'verdict', ...likelihoods.map((one) => likelihoodNames[one]), 'how'],
    rows: findings.map(({ claim, found, verdict, note }) => [
      claim.number,
      `${claim.statement}\n${claim.where}`,
      verdict,
      ...likelihoods.map((likelihood) => figuresOf(found[likelihood])),
      [`${claim.measured}; holds if ${claim.criterion}.`, note ?? []].flat().join('\n'),
    ]),
  }
}

/** A line for each figure, `autoencoder 7.93 (7.10 to 8.81)`, and `3 of 3 seeds`. */
function figuresOf({ figures, holding, seeds }: Found): string {
  if (seeds === 0) return 'not tried'
  const lines = figures.map(({ name, values }) => `${name}: ${spread(values)}`)
  return [...lines, `${holding} of ${plural(seeds, 'seed')}`].join('\n')
}

function hypothesesSection(results: Results, normalisation: Figure): Section {
  const { bernoulli, 'squared-error': squared } = results.baselines.criticalBeta
  return {
    id: 'normalisation',
    title: 'Which normalisation gives the paper’s figures for β = 50',
    html: `<p>With terms that are summed, these data collapse above β ${escaped(bernoulli.toFixed(1))} (bernoulli) and ${escaped(squared.toFixed(1))} (squared error): at β = 50 no code is left, and figure 9 is that of a collapsed model. Codes that are near normal and still differ need a loss in which 50 is less than it says.</p>`,
    table: hypothesesTable(results),
    figures: [normalisation],
  }
}

function settingSection({ plan, baselines }: Results): Section {
  const judged = (judge: (typeof judgeNames)[number]) => {
    const { confidence, accuracy } = baselines.judged.originals[judge]
    const { hiddenDims, learningRate, epochs } = judgeOptions[judge]
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
        ['classifier like the paper’s', judged('paper')],
        ['good classifier', judged('good')],
        [
          'critical β',
          likelihoods.map((one) => `${likelihoodNames[one]} ${baselines.criticalBeta[one].toFixed(3)}`).join(', '),
        ],
        ['the same again', `vae-native reproduce${plan.quick ? ' --quick' : ''}`],
      ],
    },
  }
}

/** The models of seed 1 that the page holds: the bernoulli ones at the β of figures 5 to 8, the plain VAE first. */
async function walks(folder: string, results: Results, test: Dataset, signal: AbortSignal) {
  const explorers: ExplorerData[] = []
  const figures: Figure[] = []
  for (const beta of [1, 0, 5]) {
    const one = results.plan.experiments.find(({ id }) => id === `bernoulli-beta-${beta}-seed-1`)
    if (one === undefined) continue
    const modelPath = join(runFolder(runsFolderOf(folder), one), runFiles.model)
    using vae = await loadVae(modelPath)
    const encoding = await vae.encode(test, { signal })
    const data = await explorer({
      ...{ vae, modelPath, examples: test, signal },
      name: `bernoulli, β = ${beta}`,
      means: encoding.mean,
      axes: [0, 1],
    })
    if (data) explorers.push(data)
    if (beta === 1) figures.push(...(await walkFigures(vae, encoding, test, signal)))
  }
  return { explorers, figures }
}

/** The end of section 4.2: across the plane, and from one class to another. */
async function walkFigures(vae: Vae, encoding: Encoding, examples: Dataset, signal: AbortSignal): Promise<Figure[]> {
  const subject = { vae, encoding, examples, signal, prefix: 'figure-', order: [0, 1], range: [0, 1] as const }
  const [manifold, interpolations] = [await manifoldFigure(subject), await interpolationFigure(subject)]
  return interpolations === undefined ? [manifold] : [manifold, interpolations]
}

/** Figures by their names: 5 of both likelihoods, then 6. */
function inOrder(figures: readonly Figure[]): Figure[] {
  return [...figures].sort((a, b) => a.id.localeCompare(b.id))
}
