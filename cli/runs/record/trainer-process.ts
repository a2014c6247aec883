/** Who trains in a run folder: what the engine writes into its lock. */
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** A process that trains. */
export interface TrainerProcess {
  readonly pid?: number
  readonly host?: string
}

/**
 * The process that trains in a folder; undefined if there is none. What a killed process left behind counts as none; of
 * another machine's processes nobody here can know, so that their word is taken.
 */
export async function trainerOf(folder: string): Promise<TrainerProcess | undefined> {
  try {
    const { pid, host } = JSON.parse(await readFile(join(folder, '.lock'), 'utf8')) as Required<TrainerProcess>
    return host !== hostname() || isAlive(pid) ? { pid, host } : undefined
  } catch (error) {
    // Windows lets nobody read what another process has locked; there is somebody, then.
    return (error as NodeJS.ErrnoException).code === 'EBUSY' ? {} : undefined
  }
}

/** A process in words. */
export function spoken({ pid, host }: TrainerProcess): string {
  return pid === undefined ? 'another process' : `process ${pid} on ${host}`
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
