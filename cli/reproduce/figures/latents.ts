/** Figures 1 to 4: the reparameterisation trick, and latent spaces. */
import { density } from '../../charts/svg/density.js'
import type { Figure } from '../../charts/svg/figure.js'
import { drawing, label } from '../../charts/svg/svg.js'
import type { ExperimentRun, Results } from '../results.js'
import { drawPictures, drawPlane, picturesOf, runsWithPictures, sideBySide } from './shared.js'

/** Plane with every point of the test set. */
const whole = { width: 420 }

export function latentFigures(results: Results): Figure[] {
  const trials = runsWithPictures(results)
  const labels = results.baselines.testLabels
  const n = results.baselines.data.test.toLocaleString('en-US')
  const planes = (model: string) => trials.map(({ after }) => drawPlane(after(model), labels, whole))
  return [
    {
      id: 'figure-01',
      title: 'Figure 1. The reparameterisation trick',
      caption:
        'Left, z is drawn from q(z|x): the way of the gradient from f to φ is blocked by the draw. Right, the draw is that of ε, which depends on nothing, and z is a function of φ, x and ε: the gradient goes through.',
      svg: trick(),
      data: { equation: 'z = μ + σ·ε, ε ~ N(0, I)' },
    },
    {
      id: 'figure-02',
      title: 'Figure 2. Latent space of an autoencoder',
      caption: `Codes of the ${n} test images, coloured by digit; no sampling, no KL term. Seed 1, last epoch.`,
      svg: sideBySide(planes('autoencoder')),
      data: { points: points(trials, 'autoencoder') },
    },
    {
      id: 'figure-03',
      title: 'Figure 3. One digit, encoded and decoded again and again',
      caption: 'The first picture is the test image; each of the others is decoded from another draw of q(z|x). β = 1.',
      svg: sideBySide(
        trials.map(({ run }) => drawPictures(run('beta-1')?.studies.reencoding?.versions ?? empty, 6, 2)),
      ),
      data: trials.map(({ likelihood, run }) => ({ likelihood, ...run('beta-1')?.studies.reencoding })),
    },
    {
      id: 'figure-04',
      title: 'Figure 4. Latent space of a VAE, and the posterior of one image',
      caption: `Above, means of q(z|x) of the ${n} test images at β = 1. Below, the density of q(z|x) of the first of them, and one draw. Seed 1, last epoch.`,
      svg: sideBySide(planes('beta-1'), trials.map(posterior)),
      data: {
        points: points(trials, 'beta-1'),
        posteriors: trials.map(({ after }) => picturesOf(after('beta-1')).posterior),
      },
    },
  ]
}

const empty = { shape: [0, 1, 1], bytes: '' }

/** Packed numbers of a plane. */
function points(trials: readonly ExperimentRun[], model: string) {
  return trials.map(({ likelihood, after }) => ({ likelihood, ...picturesOf(after(model)).points }))
}

function posterior({ after }: ExperimentRun): string {
  const { mean, standardDeviation, draw } = picturesOf(after('beta-1')).posterior
  return density({
    mean: pair(mean),
    standardDeviation: pair(standardDeviation),
    draw: pair(draw),
    family: 'gaussian',
    width: whole.width,
  })
}

function pair([x = 0, y = 0]: readonly number[]): [number, number] {
  return [x, y]
}

/** Draws two graphs of f(z): the draw between φ and f, and beside that path. */
function trick(): string {
  const node = (x: number, y: number, text: string, random = false) =>
    `<circle cx="${x}" cy="${y}" r="22" fill="${random ? 'currentColor' : 'none'}" fill-opacity="${random ? 0.12 : 1}" stroke="currentColor"/>${label(text, x, y + 5, { anchor: 'middle', size: 14 })}`
  const arrow = (x1: number, y1: number, x2: number, y2: number) => {
    const length = Math.hypot(x2 - x1, y2 - y1)
    const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length]
    const [tipX, tipY] = [x2 - 24 * ux, y2 - 24 * uy]
    const head = `M${tipX} ${tipY}l${-9 * ux - 4 * uy} ${-9 * uy + 4 * ux}l${8 * uy} ${-8 * ux}z`
    return `<path d="M${x1 + 22 * ux} ${y1 + 22 * uy}L${tipX - 6 * ux} ${tipY - 6 * uy}" stroke="currentColor" fill="none"/><path d="${head}" fill="currentColor"/>`
  }
  const graph = (left: number, reparameterised: boolean) => {
    const [f, z] = [
      [left + 130, 60],
      [left + 130, 150],
    ] as const
    const phi = [left + 60, 240] as const
    const x = [left + 130, 240] as const
    const epsilon = [left + 200, 240] as const
    return [
      arrow(...z, ...f),
      arrow(...phi, ...z),
      arrow(...x, ...z),
      node(...f, 'f'),
      node(...z, 'z', !reparameterised),
      node(...phi, 'φ'),
      node(...x, 'x'),
      reparameterised ? arrow(...epsilon, ...z) + node(...epsilon, 'ε', true) : '',
      label(reparameterised ? 'z = g(φ, x, ε)' : 'z ~ q(z|φ, x)', left + 160, 155, { size: 13 }),
      label(reparameterised ? 'reparameterised' : 'as written', left + 130, 24, {
        anchor: 'middle',
        size: 13,
        bold: true,
      }),
      label(reparameterised ? '∂f/∂φ goes through z' : 'no ∂f/∂φ: a draw has none', left + 130, 292, {
        anchor: 'middle',
      }),
    ].join('')
  }
  return drawing(560, 310, graph(10, false) + graph(290, true))
}
