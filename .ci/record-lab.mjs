#!/usr/bin/env node
// Records the lab for the README: runs the built program in a real terminal (tmux), sends keys, and saves the screens
// as one animated SVG.
//
//   node .ci/record-lab.mjs [--data digits] [--out cli/lab/recording.svg]
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { toAnimatedSvg } from '../dist/cli/charts/screenshot/document.js'

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'digits' },
    out: { type: 'string', default: 'cli/lab/recording.svg' },
  },
})
const program = fileURLToPath(new URL('../dist/cli/cli.js', import.meta.url))
const data = values.data === 'digits' ? 'digits' : resolve(values.data)
const training = `lab --data ${data} --epochs 12 --hidden-dims 256 --out sweeps/beta`
const [columns, rows] = [100, 30]

/** Keys to press, and seconds to record after them. */
const scenes = [
  { seconds: 9 },
  { keys: ['j'], seconds: 4 },
  { keys: ['Enter'], seconds: 6 },
  // β from 1 to 11 by hand: the plane contracts.
  ...Array.from({ length: 5 }, () => ({ keys: ['B', 'B', 'B', 'B', 'B'], seconds: 1.2 })),
  { seconds: 6 },
  { keys: ['c'], seconds: 4 },
  { keys: ['Escape'], seconds: 0.5 },
  { keys: ['k', 'e'], seconds: 3 },
  ...['L', 'L', 'K', 'K', 'H', 'H', 'H', 'J', 'J', 'J', 'L', 'L'].map((key) => ({ keys: [key], seconds: 0.6 })),
  { keys: ['o'], seconds: 3 },
  { keys: ['g'], seconds: 4 },
]

const folder = mkdtempSync(join(tmpdir(), 'vae-native-recording-'))
const tmux = (...words) => spawnSync('tmux', ['-L', `recording-${process.pid}`, ...words], { encoding: 'utf8' }).stdout
const typed = `env -u CI -u NO_COLOR COLORTERM=truecolor LC_ALL=C.UTF-8 "${process.execPath}" "${program}" ${training}`
tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', folder, typed)

const frames = []
for (const { keys = [], seconds } of scenes) {
  for (const key of keys) {
    tmux('send-keys', key)
    await sleep(30)
  }
  // About one picture per second: more would make the file large and show nothing new.
  const pictures = Math.max(1, Math.round(seconds))
  for (let i = 0; i < pictures; i++) {
    await sleep((1000 * seconds) / pictures)
    frames.push({ rows: tmux('capture-pane', '-p', '-e').trimEnd().split('\n'), seconds: seconds / pictures })
  }
}
tmux('kill-server')
rmSync(folder, { recursive: true })
const svg = toAnimatedSvg(frames, {
  title: 'vae-native lab: four β learn MNIST, one is moved by hand, its latent space is explored',
})
writeFileSync(values.out, svg)
console.log(`${values.out}: ${frames.length} frames, ${Math.round(svg.length / 1000)} kB`)
