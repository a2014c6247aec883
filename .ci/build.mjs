#!/usr/bin/env node
// Brings a clone up to date before `npm start` and `npm test`: installs packages, builds the addon, emits dist/.
//
// Plain Node without dependencies, because a fresh clone has none. A step is skipped if the hash of its inputs equals
// the stamp of its last success and its results still exist.
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { holdLock } from './build-lock.mjs'
import { npm, run } from './command.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const stampFile = join(root, '.build-stamp.json')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const addon = join(root, 'crates/vae-node')

/** Failure that the user can fix: one sentence, no stack. */
class Refusal extends Error {}

/** Lists all files below these paths, in a fixed order. */
function files(places) {
  return places.flatMap((place) => {
    const path = join(root, place)
    if (!existsSync(path)) return []
    const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
    return entries.flatMap((entry) => {
      const inside = `${place}/${entry.name}`
      if (entry.isDirectory()) return entry.name === 'target' ? [] : files([inside])
      return [inside]
    })
  })
}

function hash(paths, ...more) {
  const sum = createHash('sha256')
  for (const path of paths) {
    if (existsSync(join(root, path)))
      sum
        .update(`${path}\0`)
        .update(readFileSync(join(root, path)))
        .update('\0')
  }
  return sum.update(JSON.stringify([process.platform, process.arch, ...more])).digest('hex')
}

/** Compares dotted numbers: 1.100.0 is at least 1.95. */
function isAtLeast(version, minimum) {
  const [found, required] = [version, minimum].map((text) => text.split('.').map(Number))
  const index = required.findIndex((part, at) => part !== (found[at] ?? 0))
  return index < 0 || (found[index] ?? 0) > required[index]
}

function requireNode() {
  const minimum = manifest.engines.node.replace('>=', '')
  if (isAtLeast(process.versions.node, minimum)) return
  throw new Refusal(
    `vae-native needs Node ${minimum} or newer, and this is ${process.versions.node}: install one from https://nodejs.org.`,
  )
}

async function requireRust() {
  const minimum = readFileSync(join(root, 'Cargo.toml'), 'utf8').match(/rust-version = "([\d.]+)"/)[1]
  const { status, output } = await run(['cargo', '--version'], { cwd: root })
  if (status !== 0) {
    throw new Refusal(
      `vae-native is built with Rust ${minimum} or newer, and cargo was not found: install it from https://rustup.rs and run this again.`,
    )
  }
  const version = output.match(/cargo (\d+\.\d+\.\d+)/)?.[1]
  if (version && !isAtLeast(version, minimum)) {
    throw new Refusal(
      `vae-native is built with Rust ${minimum} or newer, and this is ${version}: run \`rustup update stable\` and run this again.`,
    )
  }
}

/** Runs one step; shows cargo's progress on a terminal, elsewhere one line at the start and one at the end. */
async function step(title, command, env = {}) {
  const started = Date.now()
  const terminal = process.stderr.isTTY
  let crates = 0
  process.stderr.write(terminal ? `${title} …` : `${title} …\n`)
  const { status, output } = await run(command, {
    cwd: root,
    env: { ...process.env, ...env },
    onLine(line) {
      const crate = line.match(/^\s*Compiling (\S+)/)?.[1]
      if (crate && terminal) process.stderr.write(`\r\x1b[K${title} … ${++crates} crates (${crate})`)
    },
  })
  if (terminal) process.stderr.write('\r\x1b[K')
  if (status !== 0) {
    process.stderr.write(`${output}\n`)
    throw new Refusal(`${title}: failed (exit code ${status}); see its output above.`)
  }
  process.stderr.write(`${title}: done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`)
}

const install = {
  name: 'install',
  key: () => hash(['package-lock.json', '.npmrc']),
  isThere: () => existsSync(join(root, 'node_modules/.package-lock.json')),
  // Tests and the build need the development packages regardless of NODE_ENV; no package may run a script.
  make: () => step('installing packages', npm('ci', '--include=dev', '--ignore-scripts', '--loglevel=error')),
}

const native = {
  name: 'native',
  key: () =>
    hash(
      [
        'Cargo.toml',
        'Cargo.lock',
        'rust-toolchain.toml',
        ...files(['.cargo', 'crates']).filter((path) => !/binding\.(js|d\.ts)$|\.node$/.test(path)),
      ],
      manifest.napi,
      manifest.scripts['build:native'],
      manifest.version,
    ),
  isThere: () =>
    ['binding.js', 'binding.d.ts'].every((name) => existsSync(join(addon, name))) &&
    readdirSync(addon).some((name) => name.endsWith('.node') && !name.endsWith('-cuda.node')),
  async make() {
    await requireRust()
    await step('building the Rust addon (minutes the first time)', npm('run', '--silent', 'build:native'))
    // An addon built from other sources must not be loaded instead of this one.
    const stale = join(addon, 'vae-native.linux-x64-gnu-cuda.node')
    if (!existsSync(stale)) return
    rmSync(stale)
    process.stderr.write('removed the CUDA addon, which is of older sources: npm run build:cuda rebuilds it\n')
  },
}

const typescript = {
  name: 'typescript',
  key: () =>
    hash([
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.build.json',
      'index.ts',
      'research.ts',
      'crates/vae-node/binding.d.ts',
      ...files(['api', 'cli']),
    ]),
  isThere: () =>
    [manifest.exports['.'].default, ...Object.values(manifest.bin), 'dist/cli/report/client/main.js'].every((path) =>
      existsSync(join(root, path)),
    ),
  async make() {
    // Output of deleted sources must not stay importable.
    rmSync(join(root, 'dist'), { recursive: true, force: true })
    await step('compiling TypeScript', npm('run', '--silent', 'build:ts'))
    for (const path of Object.values(manifest.bin)) chmodSync(join(root, path), 0o755)
  },
}

function readStamps() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'))
  } catch {
    return {}
  }
}

function isFresh(part) {
  return part.isThere() && readStamps()[part.name] === part.key()
}

async function build() {
  requireNode()
  const parts = [install, native, typescript]
  if (parts.every(isFresh)) return
  await holdLock(join(root, '.build-stamp.lock'), () => {
    process.stderr.write('another build of this folder is under way: waiting for it\n')
  })
  for (const part of parts) {
    if (isFresh(part)) continue
    // Computes the key first, so that a source saved meanwhile triggers another build.
    const key = part.key()
    await part.make()
    writeFileSync(`${stampFile}-${process.pid}`, JSON.stringify({ ...readStamps(), [part.name]: key }))
    renameSync(`${stampFile}-${process.pid}`, stampFile)
  }
}

try {
  await build()
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
