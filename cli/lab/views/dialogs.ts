/** Dialogs over the view: the list of keys, a question, a prompt. */

import type { Style } from '../../base/style.js'
import { fit, pad, width } from '../../base/text.js'
import { count } from '../../charts/format.js'
import { beside, overlayCentred } from '../../charts/text/layout.js'
import { panel } from '../../charts/text/panel.js'
import type { Size } from '../../charts/text/surface.js'
import type { Binding } from '../actions/press.js'
import type { Dialog, Prompt, Question } from '../state/dialog.js'
import type { FrameTimes } from '../state/frame-times.js'
import type { Lab } from '../state/lab.js'
import { wrap } from './fitting.js'

/** Draws the dialog over the view. */
export function withDialog(
  rows: readonly string[],
  dialog: Dialog,
  lab: Lab,
  bindings: readonly Binding[],
  size: Size,
  style: Style,
): string[] {
  return overlayCentred(rows, box(dialog, lab, bindings, size, style))
}

function box(dialog: Dialog, lab: Lab, bindings: readonly Binding[], size: Size, style: Style): string[] {
  if (dialog.kind === 'help') return framed(`keys: ${lab.view}`, helpRows(lab, bindings, size, style), size, style)
  if (dialog.kind === 'question') return framed(dialog.title, questionRows(dialog, style), size, style)
  return framed(dialog.title, promptRows(dialog, size, style), size, style)
}

/** Frames rows at the width of the widest, if there is room. */
function framed(title: string, rows: readonly string[], size: Size, style: Style): string[] {
  const widest = Math.max(width(title) + 4, ...rows.map(width)) + 4
  const columns = Math.min(size.columns, widest)
  return panel(
    { title, rows: rows.map((row) => ` ${row}`), focused: true },
    { columns, rows: Math.min(size.rows, rows.length + 2) },
    style,
  )
}

function questionRows({ lines, answers }: Question, style: Style): string[] {
  return [
    '',
    ...lines,
    '',
    ...answers.map(({ key, label }) => `${style.bold(key)}  ${label}`),
    `${style.bold('esc')}  nothing`,
    '',
  ]
}

function promptRows({ text, hint, inputError }: Prompt, { columns }: Size, style: Style): string[] {
  const room = Math.max(20, Math.min(72, columns - 8))
  // Show the end of a long line, where the user types.
  const visible = width(text) >= room ? `…${[...text].slice(-(room - 2)).join('')}` : text
  const wrong = inputError === undefined ? [] : wrap(inputError, room).map(style.yellow)
  return [
    '',
    pad(`> ${visible}${style.depth === 1 ? '_' : `\u001b[7m \u001b[0m`}`, room),
    '',
    ...wrong,
    style.dim(hint),
    '',
  ]
}

/** Keys of this view by group, in as many columns as fit, and the frame times. */
function helpRows({ view, times }: Lab, bindings: readonly Binding[], size: Size, style: Style): string[] {
  const active = bindings.filter(({ views }) => views === undefined || views.includes(view))
  const groups = [...new Set(active.map(({ group }) => group))]
  const lines = groups.flatMap((group) => [
    style.dim(group),
    ...active
      .filter((one) => one.group === group)
      .map(({ keys, label }) => `  ${style.bold(pad(keySymbols(keys), 10))} ${label}`),
  ])
  const room = Math.max(1, size.rows - 6)
  const across = Math.min(3, Math.ceil(lines.length / room))
  const each = Math.ceil(lines.length / across)
  const cells = Math.min(Math.max(...lines.map(width)), Math.floor((size.columns - 6) / across) - 2)
  const blocks = Array.from({ length: across }, (_, i) =>
    lines.slice(i * each, (i + 1) * each).map((line) => fit(line, cells)),
  )
  return [...beside(blocks, 2), '', style.dim(frameTimesText(times))]
}

/** Frame times: `1,234 frames, half below 2.1 ms, 99 of 100 below 5.0 ms`. */
function frameTimesText(times: FrameTimes): string {
  const below = (share: number) => `below ${times.quantile(share).toFixed(1)} ms`
  return `${count(times.frames)} frames, half ${below(0.5)}, 99 of 100 ${below(0.99)}`
}

/** Symbols of keys: `↑ k`, `⏎`. */
function keySymbols(keys: readonly string[]): string {
  const names: Readonly<Record<string, string>> = {
    up: '↑',
    down: '↓',
    left: '←',
    right: '→',
    enter: '⏎',
    escape: 'esc',
  }
  return keys.map((key) => names[key] ?? key.replace('shift-', '⇧').replace('ctrl-', '^')).join(' ')
}
