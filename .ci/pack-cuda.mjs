#!/usr/bin/env node
// Makes the folder cuda-tests: an archive with all that a machine with a GPU needs to test and measure the CUDA addon,
// Node included, and a script that unpacks and runs it. `npm run pack:cuda`, after `npm run build:cuda`; to include the
// candle peer, also after `npm run build:cuda -- --peer`.
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './command.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'cuda-tests')
const addons = 'crates/vae-node'
const files = [
  'package.json',
  'dist',
  `${addons}/binding.js`,
  `${addons}/vae-native.linux-x64-gnu.node`,
  `${addons}/vae-native.linux-x64-gnu-cuda.node`,
  '__test__/cuda',
  'bench/cuda.mjs',
]

const missing = files.find((file) => !existsSync(join(root, file)))
if (missing) {
  console.error(`${missing} is not there: run npm start and npm run build:cuda first`)
  process.exit(1)
}
rmSync(folder, { recursive: true, force: true })
const content = join(folder, 'content')
for (const file of files) {
  mkdirSync(dirname(join(content, file)), { recursive: true })
  cpSync(join(root, file), join(content, file), { recursive: true })
}
copyFileSync(process.execPath, join(content, 'node'))
const peer = join(root, 'bench/peers/candle/target/cuda/candle-vae')
if (existsSync(peer)) copyFileSync(peer, join(content, 'candle-vae'))
const archive = join(folder, 'content.tar.xz')
const { status, output } = await run(['tar', '-C', content, '-cJf', archive, '.'], {
  env: { ...process.env, XZ_OPT: '-3' },
})
if (status !== 0) throw new Error(`tar: ${output}`)
rmSync(content, { recursive: true })
copyFileSync(fileURLToPath(new URL('run-cuda-tests.sh', import.meta.url)), join(folder, 'run.sh'))
chmodSync(join(folder, 'run.sh'), 0o755)
console.log(`${folder}: ${(statSync(archive).size / 1e6).toFixed(1)} MB; there: cuda-tests/run.sh [FOLDER OF MNIST]`)
