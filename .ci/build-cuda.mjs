#!/usr/bin/env node
// Builds the CUDA addon beside the CPU one: `npm run build:cuda`. Downloads the toolkit; needs neither an installation
// of CUDA nor a GPU. With --peer it builds bench/peers/candle, the addon's point of comparison.
import { copyFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildWithCuda } from './cuda-cargo.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const peer = join(root, 'bench/peers/candle')
const { what, folder, options, from, to } = process.argv.includes('--peer')
  ? { what: 'candle peer', folder: peer, options: [], from: 'candle-vae', to: join(peer, 'target/cuda/candle-vae') }
  : {
      what: 'CUDA addon',
      folder: root,
      options: ['--package', 'vae-node'],
      from: 'libvae_node.so',
      to: join(root, 'crates/vae-node/vae-native.linux-x64-gnu-cuda.node'),
    }

const started = Date.now()
console.error(`building the ${what} (a quarter of an hour the first time) …`)
const { built, reason } = await buildWithCuda(folder, options)
if (reason) {
  console.error(`the ${what} was not built: ${reason}`)
  process.exit(1)
}
mkdirSync(dirname(to), { recursive: true })
copyFileSync(join(built, from), `${to}-${process.pid}`)
renameSync(`${to}-${process.pid}`, to)
const [seconds, mebibytes] = [(Date.now() - started) / 1000, statSync(to).size / 2 ** 20]
console.log(`${to}: ${mebibytes.toFixed(1)} MiB, built in ${seconds.toFixed(0)} s`)
