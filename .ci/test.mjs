#!/usr/bin/env node
// Runs every test, Rust and TypeScript, names each skipped one with its reason, and closes with `N passed, N failed`.
//
// Both suites run at once, because each has single-threaded tests and tests that wait. Output of the second is held
// until the first has ended. candle, which splits even the smallest products over all cores, runs the Rust tests on
// one: that takes a fifth of the processor time.
//
// A Rust test is skipped by `#[ignore = "reason"]`, a spec by `test.skip`. A test that can only decide at run time (no
// MNIST, no Chromium, no GPU) appends a line `name: reason` to the file named by the environment variable
// VAE_NATIVE_SKIPPED_LOG, or calls `t.log('SKIPPED: reason')`, and returns; it then does not count as passed. With
// VAE_NATIVE_TOOLS=required it fails instead if a tool is missing.
//
// Failures are printed again at the end, next to the totals.
//
// Tests sample large grids and many repetitions; with VAE_NATIVE_CHECK=all they check everything.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cargoEnvironment, run } from './command.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'vae-native-test-'))
const skippedLog = join(scratch, 'skipped')
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))

/** Counts of one runner; `skipped` holds `name: reason`, `failures` the lines about failed tests. */
const newTotals = () => ({ passed: 0, failed: 0, skipped: [], failures: [] })

/** Reads libtest's output: every test binary closes with its own result line. */
function readRust(totals, print) {
  let failing = false
  return (line) => {
    const result = line.match(/^test result: \w+\. (\d+) passed; (\d+) failed; /)
    if (result) {
      totals.passed += Number(result[1])
      totals.failed += Number(result[2])
      failing = false
    }
    failing ||= line === 'failures:'
    const ignored = line.match(/^test (.+?) \.\.\. ignored(?:, (.+))?$/)
    if (ignored) totals.skipped.push(`${ignored[1]}: ${ignored[2] ?? 'no reason given'}`)
    const isEmpty =
      line === '' || line === 'running 0 tests' || line.startsWith('test result: ok. 0 passed; 0 failed; 0 ignored')
    if (isEmpty) return
    if (failing) totals.failures.push(line)
    print(line)
  }
}

/** Reads AVA's TAP: one line per test, its log or failure below. */
function readAva(totals, print) {
  let last = ''
  let failing = false
  return (line) => {
    const test = line.match(/^(ok|not ok) \d+ - (.*?)( # (?:SKIP|TODO).*)?$/)
    const late = line.match(/^#\s+SKIPPED: (.+)$/)
    if (test) {
      last = test[2]
      failing = test[1] === 'not ok' && !test[3]
      if (failing) totals.failures.push(`✘ ${last}`)
      if (test[3]) totals.skipped.push(`${last}: marked ${test[3].trim().slice(2)} in its spec`)
      else totals[test[1] === 'ok' ? 'passed' : 'failed'] += 1
      print(`${test[3] ? '-' : test[1] === 'ok' ? '✔' : '✘'} ${last}`)
    } else if (late) {
      totals.passed -= 1
      totals.skipped.push(`${last}: ${late[1]}`)
    } else if (!/^(TAP version|1\.\.\d+|# (tests|pass|skip|fail|todo) |$)/.test(line)) {
      if (failing) totals.failures.push(line)
      print(line)
    }
  }
}

async function suite(title, command, env, totals, print, onLine) {
  print(`\n${title}`)
  const { status } = await run(command, { cwd: root, env: { ...environment, ...env }, onLine })
  // A runner that fails without naming a test (it did not compile, it crashed) is a failure too.
  if (status !== 0 && totals.failed === 0) {
    print(`${title}: ended with exit code ${status}`)
    totals.failed = 1
  }
  return totals
}

const environment = { ...(await cargoEnvironment()), VAE_NATIVE_SKIPPED_LOG: skippedLog }
const rust = newTotals()
const specs = newTotals()
const print = (line) => process.stdout.write(`${line}\n`)
let kept = []
const printLater = (line) => (kept ? kept.push(line) : print(line))
const cargo = ['cargo', 'test', '--release', '--workspace', '--no-fail-fast']
const ava = [process.execPath, join(root, 'node_modules/ava/entrypoints/cli.mjs'), '--tap']
await Promise.all([
  suite('Rust', cargo, { RAYON_NUM_THREADS: '1' }, rust, print, readRust(rust, print)).then(() => {
    for (const line of kept) print(line)
    kept = undefined
  }),
  suite('TypeScript', ava, {}, specs, printLater, readAva(specs, printLater)),
])

const late = existsSync(skippedLog) ? readFileSync(skippedLog, 'utf8').split('\n').filter(Boolean) : []
const skipped = [...rust.skipped, ...specs.skipped, ...late]
const passed = rust.passed + specs.passed - late.length
const failed = rust.failed + specs.failed
process.stdout.write('\n')
for (const line of [...rust.failures, ...specs.failures]) print(line)
for (const line of skipped) print(`skipped  ${line}`)
process.stdout.write(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}\n`)
process.exitCode = failed > 0 ? 1 : 0
