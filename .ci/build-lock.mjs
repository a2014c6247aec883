// One build at a time in this folder, also when two commands start together or one of them was killed.
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'

const heartbeatMs = 2_000
const silenceMs = 60_000

function read(path) {
  try {
    return { owner: readFileSync(path, 'utf8'), silentMs: Date.now() - statSync(path).mtimeMs }
  } catch {
    return undefined
  }
}

/** Is the process gone? Its id means something only on its own machine; elsewhere its silence has to tell. */
function isStale({ owner, silentMs }) {
  if (silentMs > silenceMs) return true
  const [host, pid] = owner.split(' ')
  if (host !== hostname()) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

/** Removes a dead owner's lock. Two may try: renaming lets one win, and what it took must be what it saw. */
function evict(path, seen) {
  const aside = `${path}-${process.pid}`
  try {
    renameSync(path, aside)
    const owner = readFileSync(aside, 'utf8')
    if (owner !== seen.owner) take(path, owner)
  } catch {
    // Another process was faster: the next attempt sees its lock.
  }
  rmSync(aside, { force: true })
}

/** Creates the lock file, if there is none. */
function take(path, owner) {
  try {
    writeFileSync(path, owner, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/**
 * Waits for the lock and takes it; it is released when this process exits.
 * @param {string} path the lock file
 * @param {() => void} onWait called once if another build holds the lock
 */
export async function holdLock(path, onWait) {
  const owner = `${hostname()} ${process.pid} ${Date.now()}`
  let said = false
  while (!take(path, owner)) {
    const holder = read(path)
    if (holder && isStale(holder)) {
      evict(path, holder)
    } else if (holder) {
      if (!said) onWait()
      said = true
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  const beat = setInterval(() => {
    const now = new Date()
    if (read(path)?.owner === owner) utimesSync(path, now, now)
  }, heartbeatMs)
  beat.unref()
  process.once('exit', () => {
    if (read(path)?.owner === owner) rmSync(path, { force: true })
  })
}
