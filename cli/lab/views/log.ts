/** Last lines of the log. */
import type { Role, Style } from '../../base/style.js'
import { applyInk, fit, pad, width } from '../../base/text.js'
import type { Size } from '../../charts/text/surface.js'
import type { LogLine } from '../state/lab.js'
import { wrap } from './fitting.js'

const roles: Readonly<Record<LogLine['tone'], Role | undefined>> = {
  plain: undefined,
  good: 'good',
  warning: 'warning',
  bad: 'bad',
}

/** Draws the newest lines that fit, the newest last; long lines wrap. */
export function logRows(log: readonly LogLine[], { columns, rows }: Size, style: Style): string[] {
  return log
    .slice(Math.max(0, log.length - rows))
    .flatMap((line) => lineRows(line, columns, style))
    .slice(-Math.max(1, rows))
}

function lineRows({ time, run, text, tone }: LogLine, columns: number, style: Style): string[] {
  const role = roles[tone]
  const head = `${time.toTimeString().slice(0, 8)} ${run === undefined ? '' : `${pad(run, 10)} `}`
  return wrap(text, Math.max(20, columns - width(head))).map((words, i) => {
    const coloured = role === undefined ? words : applyInk(words, style.ink[role])
    return fit(`${i === 0 ? style.dim(head) : ' '.repeat(width(head))}${coloured}`, columns)
  })
}
