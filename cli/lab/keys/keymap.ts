/**
 * Key map of the lab. Lower-case keys act on the selected run, capitals go further, escape goes back, and irreversible
 * actions ask first. The list of keys (`?`) is built from this table.
 */

import { askFork, askTrial, copyCommand, leave, saveScreen, trainAgain } from '../actions/actions.js'
import { checkpoint, pauseOrResume, scaleBeta, scaleLearningRate, setBeta, step, stop } from '../actions/controls.js'
import type { Binding } from '../actions/press.js'
import { scrub } from '../actions/scrub.js'
import { compareBindings } from '../compare/bindings.js'
import { explorerBindings } from '../latent-view/bindings.js'
import type { Host } from '../state/host.js'
import type { Key } from '../state/key.js'
import { type ChartSettings, type Lab, type View, views } from '../state/lab.js'

/** Factor by which a key press changes β or η. */
const factor = 1.1

/** Views in which keys control the selected run. */
const controlled: readonly View[] = ['overview', 'run', 'compare']

/** Views that list the runs. */
const listing: readonly View[] = ['overview', 'compare']

/** Returns all bindings in order of precedence; `host` gives access to the terminal. */
export function keymap(host: Host): readonly Binding[] {
  return [
    // These override the general keys in their views.
    ...explorerBindings,
    ...compareBindings,
    on('look', ['up', 'k'], 'the run above', (lab) => lab.move(-1), controlled),
    on('look', ['down', 'j'], 'the run below', (lab) => lab.move(1), controlled),
    on('look', ['enter'], 'open the run', (lab) => lab.show('run'), listing),
    on('look', ['escape'], 'back', goBack),
    ...views.map((view, i) => on('look', [String(i + 1)], view, (lab) => lab.show(view))),
    on('look', ['e'], 'explore the latent space', (lab) => lab.show('explorer')),
    on('look', ['c'], 'compare', (lab) => lab.show('compare'), ['overview', 'run']),
    on('look', ['space'], 'mark to compare', toggleMark, listing),
    on('look', ['/'], 'filter the list', askFilter, listing),
    on('charts', ['l'], 'logarithmic axis', (lab) => chart(lab, { log: !lab.charts.log }), controlled),
    on('charts', ['m'], 'smoothing', cycleSmoothing, controlled),
    on('charts', ['tab'], 'reconstructions or samples', cyclePictures, ['run', 'overview']),
    on('charts', ['['], 'previous epoch', (lab) => scrub(lab, -1), ['run', 'explorer']),
    on('charts', [']'], 'next epoch', (lab) => scrub(lab, 1), ['run', 'explorer']),
    on('train', ['b'], 'β a tenth down', (lab) => scaleBeta(lab, 1 / factor), controlled),
    on('train', ['B'], 'β a tenth up', (lab) => scaleBeta(lab, factor), controlled),
    on('train', ['='], 'type β, or target-kl:10', askBeta, controlled),
    on('train', ['r'], 'η a tenth down', (lab) => scaleLearningRate(lab, 1 / factor), controlled),
    on('train', ['R'], 'η a tenth up', (lab) => scaleLearningRate(lab, factor), controlled),
    on('train', ['p'], 'pause or resume', pauseOrResume, controlled),
    on('train', ['.'], 'one step', step, controlled),
    on('train', ['s'], 'save a checkpoint', checkpoint, controlled),
    on('train', ['x'], 'stop (asks)', stop, controlled),
    on('train', ['f'], 'fork here with another β', askFork, controlled),
    on('train', ['t'], 'train again from the start', trainAgain, controlled),
    on('train', ['n'], 'a new trial', askTrial, controlled),
    on('keep', ['w'], 'write this screen as SVG', (lab) => saveScreen(lab, host)),
    on('keep', ['y'], 'copy the command line', (lab) => copyCommand(lab, host)),
    on('lab', ['?'], 'all keys', help),
    on('lab', ['ctrl-z'], 'suspend; fg resumes', () => host.suspend()),
    on('lab', ['q', 'ctrl-c'], 'leave (asks)', (lab) => leave(lab, host)),
  ]
}

/** Binding in these views; in all unless given. */
function on(
  group: string,
  keys: readonly Key[],
  label: string,
  action: (lab: Lab) => void,
  views?: readonly View[],
): Binding {
  return { group, keys, label, action, ...(views && { views }) }
}

function goBack(lab: Lab): void {
  if (lab.view === 'overview' && lab.filter !== '') lab.filter = ''
  lab.show(lab.view === 'explorer' ? 'run' : 'overview')
}

function toggleMark(lab: Lab): void {
  const { selected, marked } = lab
  if (selected === undefined) return
  if (!marked.delete(selected)) marked.add(selected)
  lab.changed()
}

function chart(lab: Lab, settings: Partial<ChartSettings>): void {
  lab.charts = { ...lab.charts, ...settings }
  lab.changed()
}

/** Cycles the smoothing: none, some, much. */
function cycleSmoothing(lab: Lab): void {
  const steps = [0, 0.6, 0.9, 0.97]
  chart(lab, { smoothing: steps[(steps.indexOf(lab.charts.smoothing) + 1) % steps.length] ?? 0 })
}

function cyclePictures(lab: Lab): void {
  const order = ['curves', 'reconstructions', 'samples'] as const
  lab.pictures = order[(order.indexOf(lab.pictures) + 1) % order.length] ?? 'curves'
  lab.changed()
}

function help(lab: Lab): void {
  lab.dialog = { kind: 'help' }
  lab.changed()
}

function askBeta(lab: Lab): void {
  if (lab.selected === undefined) return
  lab.dialog = {
    kind: 'prompt',
    title: `β of ${lab.selected.name}`,
    hint: '3, linear:0:4:10, capacity:10:5, target-kl:10 …',
    text: '',
    enter: (text) => setBeta(lab, text),
  }
  lab.changed()
}

function askFilter(lab: Lab): void {
  lab.dialog = {
    kind: 'prompt',
    title: 'runs whose name or β holds',
    hint: 'nothing = all',
    text: lab.filter,
    enter: (text) => {
      lab.filter = text
      if (lab.selected !== undefined && !lab.listed.includes(lab.selected)) lab.select(lab.listed[0])
    },
  }
  lab.changed()
}
