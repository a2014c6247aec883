/**
 * Every key of the lab. Lower case acts on the selected run, capitals go further, escape leads back, and nothing that is
 * lost for good happens without a question. The list of keys (`?`) and the line at the foot are made of this table.
 */

import { again, askFork, askTrial, copyCommand, keepScreen, leave } from '../actions/actions.js'
import { checkpoint, pauseOrResume, scaleBeta, scaleLearningRate, setBeta, step, stop } from '../actions/controls.js'
import type { Binding } from '../actions/press.js'
import { scrub } from '../actions/scrub.js'
import { compareBindings } from '../compare/bindings.js'
import { explorerBindings } from '../latent-view/bindings.js'
import type { Host } from '../state/host.js'
import { type ChartSettings, type Lab, type View, views } from '../state/lab.js'

/** A key press changes β or η by a tenth. */
const factor = 1.1

/** The keys that hold everywhere, and those of the overview and the run view; the host has the screen. */
export function keymap(host: Host): readonly Binding[] {
  const steered: readonly View[] = ['overview', 'run', 'compare']
  const listed: readonly View[] = ['overview', 'compare']
  return [
    // In their views these keys mean other things than everywhere else.
    ...explorerBindings,
    ...compareBindings,
    { group: 'look', keys: ['up', 'k'], words: 'the run above', views: steered, does: (lab) => lab.move(-1) },
    { group: 'look', keys: ['down', 'j'], words: 'the run below', views: steered, does: (lab) => lab.move(1) },
    { group: 'look', keys: ['enter'], words: 'open the run', views: listed, does: (lab) => lab.show('run') },
    { group: 'look', keys: ['escape'], words: 'back', does: back },
    ...views.map((view, i) => ({
      group: 'look',
      keys: [String(i + 1)],
      words: view,
      does: (lab: Lab) => lab.show(view),
    })),
    { group: 'look', keys: ['e'], words: 'explore the latent space', does: (lab) => lab.show('explorer') },
    { group: 'look', keys: ['c'], words: 'compare', views: ['overview', 'run'], does: (lab) => lab.show('compare') },
    { group: 'look', keys: ['space'], words: 'mark to compare', views: listed, does: mark },
    { group: 'look', keys: ['/'], words: 'filter the list', views: listed, does: askFilter },
    {
      group: 'charts',
      keys: ['l'],
      words: 'logarithmic axis',
      views: steered,
      does: (lab) => chart(lab, { log: !lab.charts.log }),
    },
    { group: 'charts', keys: ['m'], words: 'smoother', views: steered, does: smoother },
    {
      group: 'charts',
      keys: ['tab'],
      words: 'reconstructions or samples',
      views: ['run', 'overview'],
      does: otherPictures,
    },
    {
      group: 'charts',
      keys: ['['],
      words: 'the epoch before',
      views: ['run', 'explorer'],
      does: (lab) => scrub(lab, -1),
    },
    {
      group: 'charts',
      keys: [']'],
      words: 'the epoch after',
      views: ['run', 'explorer'],
      does: (lab) => scrub(lab, 1),
    },
    { group: 'train', keys: ['b'], words: 'β a tenth down', views: steered, does: (lab) => scaleBeta(lab, 1 / factor) },
    { group: 'train', keys: ['B'], words: 'β a tenth up', views: steered, does: (lab) => scaleBeta(lab, factor) },
    { group: 'train', keys: ['='], words: 'type β, or target-kl:10', views: steered, does: askBeta },
    {
      group: 'train',
      keys: ['r'],
      words: 'η a tenth down',
      views: steered,
      does: (lab) => scaleLearningRate(lab, 1 / factor),
    },
    {
      group: 'train',
      keys: ['R'],
      words: 'η a tenth up',
      views: steered,
      does: (lab) => scaleLearningRate(lab, factor),
    },
    { group: 'train', keys: ['p'], words: 'pause, go on', views: steered, does: pauseOrResume },
    { group: 'train', keys: ['.'], words: 'one step', views: steered, does: step },
    { group: 'train', keys: ['s'], words: 'save a checkpoint', views: steered, does: checkpoint },
    { group: 'train', keys: ['x'], words: 'stop (asks)', views: steered, does: stop },
    {
      group: 'train',
      keys: ['f'],
      words: 'fork here with another β',
      views: steered,
      does: askFork,
    },
    {
      group: 'train',
      keys: ['t'],
      words: 'train again from the start',
      views: steered,
      does: again,
    },
    { group: 'train', keys: ['n'], words: 'a new trial', views: steered, does: askTrial },
    { group: 'keep', keys: ['w'], words: 'write this screen as SVG', does: (lab) => keepScreen(lab, host) },
    { group: 'keep', keys: ['y'], words: 'copy the command line', does: (lab) => copyCommand(lab, host) },
    { group: 'lab', keys: ['?'], words: 'all keys', does: help },
    { group: 'lab', keys: ['ctrl-z'], words: 'to the shell; fg comes back', does: () => host.suspend() },
    { group: 'lab', keys: ['q', 'ctrl-c'], words: 'leave (asks)', does: (lab) => leave(lab, host) },
  ]
}

function back(lab: Lab): void {
  if (lab.view === 'overview' && lab.filter !== '') lab.filter = ''
  lab.show(lab.view === 'explorer' ? 'run' : 'overview')
}

function mark(lab: Lab): void {
  const { selected, marked } = lab
  if (selected === undefined) return
  if (!marked.delete(selected)) marked.add(selected)
  lab.changed()
}

function chart(lab: Lab, settings: Partial<ChartSettings>): void {
  lab.charts = { ...lab.charts, ...settings }
  lab.changed()
}

/** None, some, much, and none again. */
function smoother(lab: Lab): void {
  const steps = [0, 0.6, 0.9, 0.97]
  chart(lab, { smoothing: steps[(steps.indexOf(lab.charts.smoothing) + 1) % steps.length] ?? 0 })
}

function otherPictures(lab: Lab): void {
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
