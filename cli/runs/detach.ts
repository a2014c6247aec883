/** Training that goes on without whoever began it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { CliError, exitCode } from '../base/exit.js'
import { readRun, sourceOf } from './folder.js'
import { trainerOf } from './record/trainer-process.js'

const program = fileURLToPath(new URL('../cli.js', import.meta.url))
const lookEvery = 50

/**
 * Trains the run of a folder on in a process of its own, which outlives this one and its terminal; what it says goes to
 * `train.log` in the folder. The run must have been stopped: as a resumed run goes on bit for bit, there is no seam.
 *
 * @returns Once the process trains, or has ended because there was nothing left to do.
 */
export async function detach(folder: string): Promise<{ pid: number }> {
  // What the other process could not find either is better said here.
  sourceOf((await readRun(folder)).data, folder)
  return goOn('train', folder)
}

/** The same for a sweep that was stopped: `sweep.log` has what is said. */
export async function detachSweep(folder: string): Promise<{ pid: number }> {
  return goOn('sweep', folder)
}

/** `vae-native COMMAND --resume FOLDER`, detached. */
async function goOn(command: 'train' | 'sweep', folder: string): Promise<{ pid: number }> {
  const log = join(folder, `${command}.log`)
  const file = await open(log, 'a')
  const child = spawn(process.execPath, [program, command, '--resume', folder], {
    detached: true,
    stdio: ['ignore', file.fd, file.fd],
    windowsHide: true,
  })
  await once(child, 'spawn').finally(() => file.close())
  child.unref()
  const { pid = Number.NaN } = child
  while (child.exitCode === null && child.signalCode === null && (await trainerOf(folder))?.pid !== pid)
    await setTimeout(lookEvery)
  if (child.signalCode !== null || (child.exitCode ?? 0) !== 0) {
    const said = (await readFile(log, 'utf8')).trim().split('\n').at(-1)
    throw new CliError(`${folder}: training did not go on: ${said || `see ${log}`}`, exitCode.failed)
  }
  return { pid }
}
