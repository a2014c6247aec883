import { availableParallelism, cpus, freemem, totalmem } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { Command } from 'commander'
import { exitCode, exitCodeOf, sentence } from '../base/exit.js'
import { outputOf } from '../base/output.js'
import { colorDepth } from '../base/style.js'
import { version } from '../base/version.js'
import { bytes, engineName } from '../charts/format.js'

/** Result of one check. */
interface Check {
  readonly name: string
  readonly good: boolean
  readonly text: string
  /** Fix for a failed check. */
  readonly remedy?: string
}

/** `doctor`: checks the machine and the installation; exit 1 if training would not work here. */
export function define(command: Command): void {
  command.action(async () => {
    const output = outputOf(command)
    const findings = [package_(), node(), await addon(), processor(), await cuda(), memory(), terminal()]
    const { green, red } = output.paint
    for (const { name, good, text, remedy } of findings) {
      output.result(`${good ? green('✔') : red('✖')} ${name.padEnd(9)} ${text}`)
      if (remedy !== undefined) output.result(`            ${remedy}`)
    }
    const good = findings.every((finding) => finding.good)
    output.event({ type: 'doctor', good, findings })
    if (!good) process.exitCode = exitCode.failed
  })
}

function package_(): Check {
  return { name: 'version', good: true, text: `vae-native ${version()}` }
}

function node(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const good = major > 20 || (major === 20 && minor >= 19)
  const libc = process.platform === 'linux' ? ` ${glibc()}` : ''
  const text = `${process.version} on ${process.platform}-${process.arch}${libc}`
  return { name: 'node', good, text, ...(!good && { remedy: 'vae-native needs Node 20.19 or later' }) }
}

/** C library of a Linux system, as reported by Node. */
function glibc(): string {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined
  const found = report?.header?.glibcVersionRuntime
  return found === undefined ? 'musl' : `glibc ${found}`
}

/** Loads the addon and trains on a few digits, since an addon that loads may still fail to compute. */
async function addon(): Promise<Check> {
  const name = 'addon'
  const start = performance.now()
  try {
    const { datasets, trainVae } = await import('../../index.js')
    const loaded = performance.now() - start
    const { train } = await datasets.load('digits')
    let engine = ''
    const run = trainVae(train.slice(0, 256), { epochs: 1, hiddenDims: [16], probe: false })
    for await (const event of run)
      if (event.type === 'start') {
        const { reason } = event.engine
        engine = `${engineName(event.engine)}${reason === undefined ? '' : ` (${reason})`}`
      }
    return { name, good: true, text: `loaded in ${loaded.toFixed(0)} ms, trains: ${engine}` }
  } catch (error) {
    const remedy = 'reinstall the package on this machine; npm leaves out optional packages with --omit=optional'
    // An addon that rejects a setting of the environment is installed correctly.
    const refused = exitCodeOf(error) === exitCode.usage
    return { name, good: false, text: sentence(error), ...(!refused && { remedy }) }
  }
}

function processor(): Check {
  const model = cpus()[0]?.model.trim() ?? 'unknown'
  return {
    name: 'cpu',
    good: true,
    text: `${model}, ${availableParallelism()} of ${cpus().length} cores for this process`,
  }
}

/** Checks CUDA, which is optional: a missing part is reported, and is no failure. */
async function cuda(): Promise<Check> {
  const name = 'cuda'
  try {
    const { getBackends } = await import('../../index.js')
    const { gpu, reason, remedy, addon } = getBackends().cuda
    if (gpu === undefined) {
      const attempt = addon === undefined ? '' : ` (tried ${addon})`
      return { name, good: true, text: `none: ${reason}${attempt}`, ...(remedy !== undefined && { remedy }) }
    }
    const { computeCapability, memory, freeMemory } = gpu
    const text = `${gpu.name}, compute capability ${computeCapability}, ${bytes(memory)}, ${bytes(freeMemory)} free`
    return { name, good: true, text }
  } catch {
    // The check of the addon reports the reason.
    return { name, good: true, text: 'not checked' }
  }
}

function memory(): Check {
  // A container's limit, if there is one; otherwise Node returns a huge number.
  const limit = process.constrainedMemory?.() ?? 0
  const total = limit > 0 && limit < totalmem() ? limit : totalmem()
  return { name: 'memory', good: true, text: `${bytes(total)}, ${bytes(Math.min(freemem(), total))} free` }
}

function terminal(): Check {
  const { stdout, env } = process
  if (stdout.isTTY !== true) return { name: 'terminal', good: true, text: 'none (output is piped): plain lines' }
  const depth = colorDepth(stdout, env)
  const colors = { 1: 'no colour', 4: '16 colours', 8: '256 colours', 24: '24-bit colour' }[depth]
  const pictures = depth >= 8 ? 'pictures in half blocks' : 'pictures in shades'
  return { name: 'terminal', good: true, text: `${stdout.columns}×${stdout.rows}, ${colors}, ${pictures}` }
}
