// Lock for one build at a time in this folder, even if two commands start together or one is killed.
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

/** True if the owner is gone: by process id on the same machine, elsewhere by a missing heartbeat. */
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

/** Removes a dead owner's lock. If two processes try, the rename succeeds for one; it then checks the owner again. */
function evict(path, seen) {
  const aside = `${path}-${process.pid}`
  try {
    renameSync(path, aside)
    const owner = readFileSync(aside, 'utf8')
    if (owner !== seen.owner) take(path, owner)
  } catch {
    // Another process was faster: the next attempt finds its lock.
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
 * Waits for the lock and takes it until this process exits.
 * @param {string} path the lock file
 * @param {() => void} onWait called once if another build holds the lock
 */
export async function holdLock(path, onWait) {
  const owner = `${hostname()} ${process.pid} ${Date.now()}`
  let reported = false
  while (!take(path, owner)) {
    const holder = read(path)
    if (holder && isStale(holder)) {
      evict(path, holder)
    } else if (holder) {
      if (!reported) onWait()
      reported = true
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
