/** Command output: results on stdout, progress on stderr; with `--json` one object per line on stdout instead. */
import type { Command } from 'commander'
import type { ColorDepth } from './colour.js'
import { sentence } from './exit.js'
import { plainArrays } from './files.js'
import { type Charset, charsetOf, colorDepth, type Style, styleOf } from './style.js'

/** Output flags of every command. */
export interface OutputFlags {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly color?: boolean
  readonly tui?: boolean
  readonly charset?: Charset
}

/** Output of a command; nothing else in `cli/` writes to the streams. */
export interface Output {
  readonly json: boolean
  readonly quiet: boolean
  /** True if the lab can run: stdin and stderr are terminals, and no flag or environment variable forbids it. */
  readonly live: boolean
  /** True if stdout is a terminal, so that pictures are drawn. */
  readonly terminal: boolean
  /** Width of stdout in cells; 80 if it is no terminal. */
  readonly columns: number
  /** Style of stdout. */
  readonly paint: Style
  /** Style of stderr. */
  readonly progressPaint: Style
  /** Writes result lines for a person; nothing with `--json`. */
  result(...lines: readonly string[]): void
  /** Writes progress lines; nothing with `--json` or `--quiet`. */
  progress(...lines: readonly string[]): void
  /** Writes an important line to stderr, with `--quiet` too. */
  notice(line: string): void
  /** Writes one object as a line of JSON, with `--json` only; `v` is the schema version. */
  event(object: object): void
}

/** Output of this process under these flags. */
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
    live: terminal && !json && !quiet && flags.tui !== false && env.TERM !== 'dumb' && !isCi(env),
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

/** True on a CI machine: it may have a terminal, but Ink draws nothing there, so plain lines are better. */
function isCi(env: NodeJS.ProcessEnv): boolean {
  return env.CI !== undefined && env.CI !== '0' && env.CI !== 'false'
}

/** Line of JSON with the schema version first: typed arrays as plain arrays, errors as data, NaN as null. */
export function toJson(object: object): string {
  return JSON.stringify({ v: 1, ...object }, (key, value: unknown) =>
    value instanceof Error ? errorData(value) : plainArrays(key, value),
  )
}

/** Fields of an error for JSON; without the model that it may hold. */
export function errorData(error: unknown): object {
  const fields: Record<string, unknown> = { message: sentence(error) }
  for (const name of ['code', 'option', 'path', 'index', 'expected', 'received', 'remedy']) {
    const value = (error as Record<string, unknown> | undefined)?.[name]
    if (value !== undefined) fields[name] = value
  }
  return fields
}

/** Output for a command's own and the global flags. */
export function outputOf(command: Command): Output {
  return createOutput(command.optsWithGlobals<OutputFlags>())
}
