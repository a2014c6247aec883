// Runs a program and passes on its output line by line; shared by the build, the tests and the checks.
import { spawn } from 'node:child_process'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'

// Finds cargo even if a fresh rustup has not yet changed the path of this shell.
const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo')
process.env.PATH = `${process.env.PATH}${delimiter}${join(cargoHome, 'bin')}`

const children = new Set()
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, () => {
    for (const child of children) child.kill(signal)
    process.exit(code)
  })
}

/**
 * @param {string[]} command the program and its arguments
 * @param {{ cwd?: string, env?: object, onLine?: (line: string) => void }} options `onLine` gets stdout and stderr
 * @returns {Promise<{ status: number, output: string }>} `status` is 127 if the program is missing
 */
export function run([program, ...args], { onLine = () => {}, ...options } = {}) {
  return new Promise((resolve) => {
    const lines = []
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
    children.add(child)
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
        lines.push(line)
        onLine(line)
      })
    }
    const finish = (code) => {
      children.delete(child)
      resolve({ status: code, output: lines.join('\n') })
    }
    child.once('error', () => finish(127))
    child.once('close', (code) => finish(code ?? 1))
  })
}

/** Command line of npm: the npm that runs this script, or the one on the path. */
export function npm(...args) {
  const script = process.env.npm_execpath
  return script?.endsWith('npm-cli.js') ? [process.execPath, script, ...args] : ['npm', ...args]
}

/**
 * Environment in which all cargo commands share build results: napi sets the target, so all must.
 * @returns {Promise<object>}
 */
export async function cargoEnvironment() {
  const { output } = await run(['rustc', '-vV'])
  const host = output.match(/^host: (.+)$/m)?.[1]
  return { CARGO_TERM_COLOR: 'never', ...(host && { CARGO_BUILD_TARGET: host }), ...process.env }
}
