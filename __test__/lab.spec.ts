import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { render } from 'ink-testing-library'
import { createElement } from 'react'
import { styleOf } from '../cli/base/style.js'
import { plain, width } from '../cli/base/text.js'
import { press } from '../cli/lab/actions/press.js'
import { keymap } from '../cli/lab/keys/keymap.js'
import { keyNames } from '../cli/lab/keys/use-keys.js'
import { Lab as LabView } from '../cli/lab/loop/Lab.js'
import { labRows } from '../cli/lab/loop/rows.js'
import { Screen, type ScreenOutput } from '../cli/lab/loop/screen.js'
import { typedOptions } from '../cli/lab/loop/typed-options.js'
import { LossCurve } from '../cli/lab/state/curve.js'
import { typed } from '../cli/lab/state/dialog.js'
import { FrameTimes } from '../cli/lab/state/frame-times.js'
import { History } from '../cli/lab/state/history.js'
import { Lab } from '../cli/lab/state/lab.js'
import type { Control, EpochEvent, StartEvent, StepEvent } from '../index.js'
import { evaluation, losses } from './fixtures/losses.js'

const start: StartEvent = {
  type: 'start',
  step: 0,
  epoch: 1,
  seconds: 0,
  options: {
    latentDim: 2,
    hiddenDims: [512, 256],
    likelihood: 'bernoulli',
    beta: 5,
    epochs: 20,
    seed: 1,
    learningRate: 1e-3,
  },
  effectiveBeta: 5,
  floor: 45.5,
  ceiling: 205.8,
  scaling: 'u8 / 255',
  engine: { device: 'cpu', path: 'fused', isa: 'avx2', threads: 1 },
}

const step = (number: number): StepEvent => ({
  type: 'step',
  step: number,
  epoch: 1,
  seconds: number / 100,
  train: losses(200 - number / 100, 6, 5),
  examplesPerSecond: 11240,
  coalesced: 0,
})

const epoch = (number: number): EpochEvent => ({
  type: 'epoch',
  step: number * 100,
  epoch: number,
  seconds: number,
  train: losses(150 - number, 6, 5),
  validation: evaluation(losses(140 - number, 6.52, 5)),
  examplesPerSecond: 11240,
  best: true,
})

const control = (name: Control['name'], seconds: number, from?: number, to?: number): Control => ({
  type: 'control',
  name,
  step: seconds * 100,
  epoch: 1,
  seconds,
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
  by: 'api',
})

const noHost = { rows: () => [], copy: () => {}, suspend: () => {}, close: () => {} }

/** Lab with two runs after two epochs. */
function twoRuns(): Lab {
  const lab = new Lab()
  for (const name of ['warm-fox', 'calm-owl']) {
    const run = lab.add({ name, folder: `runs/${name}` })
    for (const event of [start, step(50), epoch(1), step(150), epoch(2)]) lab.onEvent(run, event)
  }
  return lab
}

test('what was taken for what is logged once, in flags', (t) => {
  const lab = new Lab()
  for (const name of ['warm-fox', 'calm-owl']) {
    const run = lab.add({ name, folder: `runs/${name}` })
    lab.onEvent(run, { ...start, notes: ["cells are separated by `separator: ';'`", 'the decimal sign is a comma'] })
  }
  t.deepEqual(
    lab.log.map(({ text }) => text),
    ["cells are separated by --separator ';'", 'the decimal sign is a comma'],
  )
})

test('a curve keeps the mean of everything in a bounded number of points', (t) => {
  const curve = new LossCurve()
  const steps = 10_000
  for (let i = 0; i < steps; i++) curve.add(step(i))
  t.true(curve.points.length <= 1024)
  t.is(
    curve.points.reduce((sum, { n }) => sum + n, 0),
    steps,
  )
  // The mean of 200 − i/100 over i = 0 … 9,999 is 200 − 9,999/200.
  const mean = curve.points.reduce((sum, { n, reconstruction }) => sum + n * reconstruction, 0) / steps
  t.true(Math.abs(mean - (200 - 9999 / 200)) < 1e-9)
  t.is(curve.points.at(-1)?.step, steps - 1)
})

test('the learning rate is that of the newest step, and a schedule is one mark', (t) => {
  const history = new History()
  const cosine = { type: 'cosine', from: 1e-3, to: 0, epochs: 2 } as const
  history.onEvent({ ...start, options: { ...start.options, learningRate: cosine } })
  t.is(history.learningRate, 1e-3)
  history.onEvent({ ...step(50), learningRate: 5e-4 })
  t.is(history.learningRate, 5e-4)
  const at = { type: 'control', step: 60, epoch: 1, seconds: 1, by: 'api' } as const
  history.onEvent({ ...at, name: 'learningRate', from: 5e-4, to: 1e-3, rule: cosine })
  t.deepEqual(
    history.marks.map(({ label }) => label),
    ['η cosine'],
  )
})

test('a key that is held down is one mark, from the first value to the last', (t) => {
  const history = new History()
  history.onEvent(start)
  history.onEvent(control('beta', 1, 5, 4.5))
  history.onEvent(control('beta', 1.1, 4.5, 4.05))
  history.onEvent(control('beta', 9, 4.05, 3))
  t.deepEqual(
    history.marks.map(({ label }) => label),
    ['β 5→4.05', 'β 4.05→3'],
  )
  t.is(history.beta, 3)
})

test('epochs repeated by a resumed run replace the first ones', (t) => {
  const history = new History()
  for (const event of [start, epoch(1), epoch(2), epoch(3), epoch(2), epoch(3)]) history.onEvent(event)
  t.deepEqual(
    history.epochs.map((one) => one.epoch),
    [1, 2, 3],
  )
})

test('every view has exactly the size of the terminal, whatever that is', (t) => {
  const lab = twoRuns()
  const bindings = keymap(noHost)
  for (const view of ['overview', 'run', 'explorer', 'compare'] as const) {
    lab.view = view
    for (const [columns, rows] of [
      [10, 3],
      [60, 16],
      [80, 24],
      [121, 41],
      [200, 60],
    ] as const)
      for (const style of [styleOf(24), styleOf(8, 'block'), styleOf(1, 'ascii')]) {
        const drawn = labRows(lab, bindings, { columns, rows }, style)
        t.is(drawn.length, rows, `${view} ${columns}×${rows}`)
        for (const row of drawn) t.is(width(row), columns, `${view} ${columns}×${rows}: ${plain(row)}`)
      }
  }
})

test('a terminal that is too small shows a message', (t) => {
  const text = labRows(twoRuns(), [], { columns: 59, rows: 16 }, styleOf(1)).join('\n')
  t.true(text.includes('needs 60×16'))
  t.true(text.includes('has 59×16'))
})

test('letters of vim and arrows move the selection, around the end', (t) => {
  const lab = twoRuns()
  const bindings = keymap(noHost)
  const names = ['j', 'down', 'k', 'up'].map((key) => {
    press(lab, key, bindings)
    return lab.selected?.name
  })
  t.deepEqual(names, ['calm-owl', 'warm-fox', 'calm-owl', 'warm-fox'])
})

test('the list of keys holds every key of the view', (t) => {
  const lab = twoRuns()
  const bindings = keymap(noHost)
  lab.view = 'run'
  press(lab, '?', bindings)
  const text = labRows(lab, bindings, { columns: 120, rows: 40 }, styleOf(1)).join('\n')
  for (const { label, views } of bindings)
    if (views === undefined || views.includes('run')) t.true(text.includes(label), label)
  press(lab, 'x', bindings)
  t.is(lab.dialog, undefined)
})

test('keys without a run to control are reported and do no harm', (t) => {
  const lab = twoRuns()
  const bindings = keymap(noHost)
  for (const key of ['b', 'B', 'r', 'R', 'p', '.', 's', 'x', 'f', 't', 'n']) press(lab, key, bindings)
  t.is(lab.dialog, undefined)
  t.is(lab.log.filter(({ text }) => text.startsWith('nothing to change')).length, 8)
  t.is(lab.log.filter(({ text }) => text.startsWith('this lab only watches')).length, 3)
})

test('β that is mistyped is refused in place, and the line can be mended', (t) => {
  const lab = twoRuns()
  const bindings = keymap(noHost)
  for (const key of ['=', 'x', 'enter']) press(lab, key, bindings)
  t.is(lab.dialog?.kind, 'prompt')
  t.regex(
    lab.dialog?.kind === 'prompt' ? (lab.dialog.inputError ?? '') : '',
    /^β: expected a number or one of linear:from/,
  )
  press(lab, 'backspace', bindings)
  t.is(lab.dialog?.kind === 'prompt' ? lab.dialog.text : undefined, '')
  press(lab, 'escape', bindings)
  t.is(lab.dialog, undefined)
})

test('Ctrl-C asks, and Ctrl-C again stops and keeps', (t) => {
  const lab = twoRuns()
  const left: string[] = []
  const bindings = keymap({ ...noHost, close: (how) => left.push(how) })
  press(lab, 'ctrl-c', bindings)
  t.deepEqual(left, ['end'], 'nothing goes on, so there is nothing to ask')
  lab.trainer = { fork: async () => {}, trainAgain: async () => {}, leave: async () => {} }
  for (const run of lab.runs) run.run = { state: 'running' } as never
  press(lab, 'ctrl-c', bindings)
  t.is(lab.dialog?.kind, 'question')
  t.is(left.length, 1)
  press(lab, 'ctrl-c', bindings)
  t.deepEqual(left, ['end', 'stop'])
})

test('the filter lists only the runs that it fits, and selects one of them', (t) => {
  const lab = twoRuns()
  const bindings = keymap(noHost)
  for (const key of ['/', 'o', 'w', 'l', 'enter']) press(lab, key, bindings)
  t.deepEqual(
    lab.listed.map(({ name }) => name),
    ['calm-owl'],
  )
  t.is(lab.selected?.name, 'calm-owl')
})

test('flags that are typed are options, or a sentence', (t) => {
  t.deepEqual(typedOptions('--beta 3  --latent-dim 10'), { beta: 3, latentDim: 10 })
  t.deepEqual(typedOptions(''), {})
  t.throws(() => typedOptions('--beta'), { message: '--beta: expected a value, got none' })
  t.throws(() => typedOptions('--bta 3'), { message: /unknown option --bta/ })
  t.throws(() => typedOptions('--validation 0.1'), { message: /same data/ })
})

test('text that is pasted comes as its characters', (t) => {
  const none = {
    upArrow: false, downArrow: false, leftArrow: false, rightArrow: false, pageDown: false, pageUp: false, home: false, end: false,
    return: false, escape: false, ctrl: false, shift: false, tab: false, backspace: false, delete: false, meta: false,
  } // biome-ignore format: a record of what is not pressed
  t.deepEqual(keyNames('3 4\r', none as never), ['3', 'space', '4', 'enter'])
  t.deepEqual(keyNames('\t\t', none as never), ['tab', 'tab'])
  t.deepEqual(keyNames('q', { ...none, meta: true } as never), ['escape', 'q'])
  t.deepEqual(keyNames('c', { ...none, ctrl: true } as never), ['ctrl-c'])
})

test('a prompt takes characters, loses them, and ignores the rest', (t) => {
  const prompt = { kind: 'prompt', title: '', hint: '', text: 'ab', enter: () => {} } as const
  t.is(typed(prompt, 'c').text, 'abc')
  t.is(typed(prompt, 'backspace').text, 'a')
  t.is(typed(prompt, 'ctrl-u').text, '')
  t.is(typed(prompt, 'up').text, 'ab')
})

/** Terminal that records its output. */
class Terminal implements ScreenOutput {
  columns = 80
  rows = 24
  writableNeedDrain = false
  written: string[] = []
  write(text: string): boolean {
    this.written.push(text)
    return true
  }
}

test('bytes of a terminal are keys, and keys change what is drawn', async (t) => {
  const lab = twoRuns()
  const terminal = new Terminal()
  const screen = new Screen(terminal)
  const bindings = keymap(noHost)
  const rows = () => labRows(lab, bindings, screen.size, styleOf(1))
  screen.open()
  const { stdin, unmount } = render(createElement(LabView, { lab, bindings, screen, rows }))
  t.teardown(unmount)
  const typed = async (bytes: string, changes = true) => {
    terminal.written = []
    stdin.write(bytes)
    for (let tries = 0; tries < (changes ? 30_000 : 5) && terminal.written.length === 0; tries++) await sleep(10)
    return terminal.written.join('')
  }
  // Keys pressed before Ink listens are lost.
  while (stdin.listenerCount('readable') === 0) await sleep(10)
  t.regex(await typed('\u001b[B'), /calm-owl/)
  t.is(lab.selected?.name, 'calm-owl')
  t.regex(await typed('\r'), /784-512|calm-owl/)
  t.is(lab.view, 'run')
  await typed('\u001b')
  t.is(lab.view, 'overview')
  t.is(await typed('Y', false), '')
  t.true(lab.times.frames >= 4)
})

test('a screen writes only the rows that changed, all after a resize, and waits for a slow line', (t) => {
  const terminal = new Terminal()
  const screen = new Screen(terminal)
  screen.draw(['before it is open'])
  t.deepEqual(terminal.written, [])
  screen.open()
  screen.draw(['one', 'two'])
  terminal.written = []
  screen.draw(['one', '2'])
  t.deepEqual(terminal.written, ['\u001b[?2026h\u001b[2;1H2\u001b[0m\u001b[?2026l'])
  screen.draw(['one', '2'])
  t.is(terminal.written.length, 1)
  terminal.writableNeedDrain = true
  screen.draw(['1', '2'])
  t.is(terminal.written.length, 1)
  terminal.writableNeedDrain = false
  screen.resized()
  screen.draw(['1', '2'])
  t.is(terminal.written.at(-1), '\u001b[?2026h\u001b[2J\u001b[1;1H1\u001b[0m\u001b[2;1H2\u001b[0m\u001b[?2026l')
  screen.close()
  screen.close()
  t.is(terminal.written.length, 3)
  t.regex(terminal.written.at(-1) ?? '', /\?25h.*\?1049l$/)
})

test('the unchanged end of a changed row is left alone', (t) => {
  const terminal = new Terminal()
  const screen = new Screen(terminal)
  const [red, green, off] = ['\u001b[31m', '\u001b[32m', '\u001b[0m']
  const written = (row: string) => {
    terminal.written = []
    screen.draw([row])
    return terminal.written.join('').slice('\u001b[?2026h\u001b[1;1H'.length, -'\u001b[?2026l'.length)
  }
  screen.open()
  screen.draw([`a${red}bcd${off}efg${green}h${off}ij`])
  t.is(written(`A${red}bcd${off}efg${green}h${off}ij`), `A${red}bcd${off}`)
  t.is(written(`A${green}bcd${off}efg${green}h${off}ij`), `A${green}bcd${off}`, 'another ink alone')
  t.is(written(`A${green}bcd${off}efG${green}h${off}ij`), `A${green}bcd${off}efG${green}h${off}`)
  t.is(written(`A${green}bcd${off}efG${green}h${off}iJ`), `A${green}bcd${off}efG${green}h${off}iJ${off}`)
})

test('the time of most frames', (t) => {
  const times = new FrameTimes()
  for (let i = 0; i < 100; i++) times.time(() => {})
  t.is(times.frames, 100)
  t.true(times.quantile(0.99) <= 200)
  t.true(times.quantile(0.5) <= times.quantile(0.99))
})
