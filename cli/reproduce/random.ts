/** Random numbers for what no claim depends on: a picture of noise, a point on a density. */

/** Numbers from [0, 1), always the same: a linear congruential generator. */
export function uniform(seed = 1): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** Draws from N(0, 1), by Box and Muller. */
export function standardNormal(seed = 1): () => number {
  const next = uniform(seed)
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}
