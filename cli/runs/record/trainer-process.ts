/** Training process of a run folder, from the lock that the engine writes. */
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** A training process. */
export interface TrainerProcess {
  readonly pid?: number
  readonly host?: string
}

/**
 * Returns the process that trains in a folder; undefined if there is none. Ignores the lock of a killed process. A lock
 * of another machine counts, because its process cannot be checked from here.
 */
export async function trainerOf(folder: string): Promise<TrainerProcess | undefined> {
  try {
    const { pid, host } = JSON.parse(await readFile(join(folder, '.lock'), 'utf8')) as Required<TrainerProcess>
    return host !== hostname() || isAlive(pid) ? { pid, host } : undefined
  } catch (error) {
    // On Windows a file locked by another process cannot be read, so that process exists.
    return (error as NodeJS.ErrnoException).code === 'EBUSY' ? {} : undefined
  }
}

/** Describes a process, for messages. */
export function describeProcess({ pid, host }: TrainerProcess): string {
  return pid === undefined ? 'another process' : `process ${pid} on ${host}`
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // It exists, and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
