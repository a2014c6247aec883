// Runs commands in turns (A B C, A B C, …) and compares their results round by round: on a machine whose speed varies,
// consecutive runs have nearly the same conditions, so their ratio is reliable where figures are not.
import { spawnSync } from 'node:child_process'

/**
 * @typedef {object} Command
 * @property {string | string[]} run a line for the shell, or a program and its arguments
 * @property {string} [cwd]
 * @property {object} [env] on top of this process's own
 */

/**
 * Runs a command that ends with a line of JSON.
 * @param {Command} command
 * @returns {{ line: object } | { failure: string }} the last line, or the reason for a failure, in a sentence or two
 */
export function runOnce({ run, cwd, env }) {
  const [program, ...args] = Array.isArray(run) ? run : [run]
  const { error, status, signal, stdout, stderr } = spawnSync(program, args, {
    shell: !Array.isArray(run),
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (error) return { failure: error.message }
  if (signal) return { failure: `ended by ${signal}` }
  const last = (text) => text.trim().split('\n').at(-1) ?? ''
  if (status !== 0) return { failure: reason(stderr) || `ended with ${status}` }
  try {
    return { line: JSON.parse(last(stdout)) }
  } catch {
    return { failure: 'its last line is not JSON' }
  }
}

/** Most informative line of stderr: the last that names an error, else the last. */
function reason(stderr) {
  const lines = stderr.split('\n').filter((line) => line.trim())
  const named = lines.filter((line) => /^\S*(error|fault)\b.*: ./i.test(line))
  return (named.at(-1) ?? lines.at(-1) ?? '').trim()
}

/**
 * Runs every command once per round. One that fails is left out of later rounds.
 * @param {Command[]} commands
 * @param {number} rounds
 * @param {(command: Command, failure: string) => void} [onFailure] called immediately
 * @returns {{ lines: object[], failure?: string }[]} for each command its lines, one per round
 */
export function inTurns(commands, rounds, onFailure = () => {}) {
  const results = commands.map(() => ({ lines: [] }))
  for (let round = 0; round < rounds; round++) {
    for (const [i, command] of commands.entries()) {
      if (results[i].failure) continue
      const { line, failure } = runOnce(command)
      if (line) results[i].lines.push(line)
      else {
        results[i].failure = failure
        onFailure(command, failure)
      }
    }
  }
  return results
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Median and range of some numbers; `undefined` if there are none. */
export function spread(numbers) {
  if (numbers.length === 0) return undefined
  return { median: median(numbers), lowest: Math.min(...numbers), highest: Math.max(...numbers) }
}

/** Ratios of two commands' figures, round by round. */
export function ratios(figures, others) {
  return spread(others.map((other, round) => figures[round] / other))
}
