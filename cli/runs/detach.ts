/** Continues training in a detached process. */
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
const pollInterval = 50

/**
 * Continues the run of a folder in a process that outlives this one and its terminal; its output goes to `train.log` in
 * the folder. The run must have been stopped. A resumed run continues bit for bit.
 *
 * @returns Once the process trains, or has ended because nothing was left to do.
 */
export async function detach(folder: string): Promise<{ pid: number }> {
  // Reports missing data here rather than in the log of the other process.
  sourceOf((await readRun(folder)).data, folder)
  return resumeDetached('train', folder)
}

/** The same for a stopped sweep; its output goes to `sweep.log`. */
export async function detachSweep(folder: string): Promise<{ pid: number }> {
  return resumeDetached('sweep', folder)
}

/** Starts `vae-native COMMAND --resume FOLDER`, detached. */
async function resumeDetached(command: 'train' | 'sweep', folder: string): Promise<{ pid: number }> {
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
    await setTimeout(pollInterval)
  if (child.signalCode !== null || (child.exitCode ?? 0) !== 0) {
    const lastLine = (await readFile(log, 'utf8')).trim().split('\n').at(-1)
    throw new CliError(`${folder}: training did not continue: ${lastLine || `see ${log}`}`, exitCode.failed)
  }
  return { pid }
}
