/** The last lines of the log. */
import type { Role, Style } from '../../render/style.js'
import type { Size } from '../../render/surface.js'
import { fit, inked, pad } from '../../render/text.js'
import type { LogLine } from '../lab.js'

const roles: Readonly<Record<LogLine['tone'], Role | undefined>> = {
  plain: undefined,
  good: 'good',
  warning: 'warning',
  bad: 'bad',
}

/** The newest lines that there is room for, the newest last. */
export function logRows(log: readonly LogLine[], { columns, rows }: Size, style: Style): string[] {
  return log.slice(Math.max(0, log.length - rows)).map(({ time, run, text, tone }) => {
    const role = roles[tone]
    const words = role === undefined ? text : inked(text, style.ink[role])
    return fit(
      `${style.dim(time.toTimeString().slice(0, 8))} ${run === undefined ? '' : `${pad(run, 10)} `}${words}`,
      columns,
    )
  })
}
