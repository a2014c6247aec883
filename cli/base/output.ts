/** The output law: results on stdout, progress on stderr, and with `--json` one object a line on stdout instead. */
import type { Command } from 'commander'
import type { ColorDepth } from './colour.js'
import { sentence } from './exit.js'
import { plainArrays } from './files.js'
import { type Charset, charsetOf, colorDepth, type Style, styleOf } from './style.js'

/** The flags that every command takes. */
export interface OutputFlags {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly color?: boolean
  readonly tui?: boolean
  readonly charset?: Charset
}

/** Where a command writes; nothing else in `cli/` touches the streams. */
export interface Output {
  readonly json: boolean
  readonly quiet: boolean
  /** A terminal for the lab: stdin and stderr are one, and neither a flag nor the environment forbids it. */
  readonly live: boolean
  /** A person looks at stdout: pictures are worth drawing. */
  readonly terminal: boolean
  /** The width of stdout in cells, 80 where it is no terminal. */
  readonly columns: number
  /** How to draw on stdout. */
  readonly paint: Style
  /** How to draw on stderr. */
  readonly progressPaint: Style
  /** Lines of the result, for a person: nothing with `--json`. */
  result(...lines: readonly string[]): void
  /** A line about what is going on: nothing with `--json` or `--quiet`. */
  progress(...lines: readonly string[]): void
  /** A line that must not be missed, on stderr: with `--quiet` too. */
  notice(line: string): void
  /** One object as a line of JSON, with `--json` only; `v` says which schema it follows. */
  event(object: object): void
}

/** The output of this process under these flags. */
export function createOutput(flags: OutputFlags): Output {
  const { stdout, stderr, env } = process
  const json = flags.json === true
  const quiet = flags.quiet === true
  const colour = flags.color !== false
  const charset = flags.charset ?? charsetOf(env, process.platform)
  const depth = (stream: NodeJS.WriteStream): ColorDepth => colorDepth(stream, env, colour)
  const terminal = process.stdin.isTTY === true && stderr.isTTY === true
  const write = (stream: NodeJS.WriteStream, lines: readonly string[]) => {
    if (lines.length > 0) stream.write(`${lines.join('\n')}\n`)
  }
  return {
    json,
    quiet,
    live: terminal && !json && !quiet && flags.tui !== false && env.TERM !== 'dumb' && !continuous(env),
    terminal: stdout.isTTY === true && !json,
    columns: stdout.columns ?? 80,
    paint: styleOf(depth(stdout), charset),
    progressPaint: styleOf(depth(stderr), charset),
    result: (...lines) => {
      if (!json) write(stdout, lines)
    },
    progress: (...lines) => {
      if (!json && !quiet) write(stderr, lines)
    },
    notice: (line) => write(stderr, [line]),
    event: (object) => {
      if (json) write(stdout, [toJson(object)])
    },
  }
}

/** A CI machine may offer a terminal that nobody watches; Ink draws nothing there, so lines are better. */
function continuous(env: NodeJS.ProcessEnv): boolean {
  return env.CI !== undefined && env.CI !== '0' && env.CI !== 'false'
}

/** A line of JSON with the schema's version first: typed arrays as plain arrays, errors as data, NaN as null. */
export function toJson(object: object): string {
  return JSON.stringify({ v: 1, ...object }, (key, value: unknown) =>
    value instanceof Error ? errorData(value) : plainArrays(key, value),
  )
}

/** What a program can read of an error; a model that it carries stays behind. */
export function errorData(error: unknown): object {
  const fields: Record<string, unknown> = { message: sentence(error) }
  for (const name of ['code', 'option', 'path', 'index', 'expected', 'received', 'remedy']) {
    const value = (error as Record<string, unknown> | undefined)?.[name]
    if (value !== undefined) fields[name] = value
  }
  return fields
}

/** The output that a command's own flags and the global ones ask for. */
export function outputOf(command: Command): Output {
  return createOutput(command.optsWithGlobals<OutputFlags>())
}
