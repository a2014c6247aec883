// Round trip of a cache line from one core to another and back, as JSON: {"nanoseconds":121}.
//
// Threads that share a computation depend on it, and on a virtual machine it varies: two virtual cores are now on
// neighbours that share a cache, now on opposite ends of the processor. A step then takes twice as long, although the
// arithmetic of each core is as fast as before. The table shows the round trip of its rounds.
import { availableParallelism } from 'node:os'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

const TRIPS = 300_000

/** Waits for each odd number and replies with the next even one, or the other way round. */
function play(ball, mine, theirs) {
  for (let trip = 0; trip < TRIPS; trip++) {
    if (mine === 1) Atomics.store(ball, 0, 2 * trip + mine)
    while (Atomics.load(ball, 0) !== 2 * trip + theirs);
    if (mine === 2) Atomics.store(ball, 0, 2 * trip + mine)
  }
}

if (isMainThread && availableParallelism() < 2) {
  console.error('there is one core only')
  process.exitCode = 1
} else if (isMainThread) {
  const ball = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL(import.meta.url), { workerData: ball })
  // The first call compiles the loops and is not timed.
  worker.once('online', () => {
    play(ball, 1, 2)
    Atomics.store(ball, 0, 0)
    const start = process.hrtime.bigint()
    play(ball, 1, 2)
    const nanoseconds = Number(process.hrtime.bigint() - start) / TRIPS
    console.log(JSON.stringify({ nanoseconds: Math.round(nanoseconds) }))
  })
} else {
  play(workerData, 2, 1)
  play(workerData, 2, 1)
}
