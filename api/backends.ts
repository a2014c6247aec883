import { type Cuda, cuda } from './cuda.js'
import type { Isa } from './events.js'
import { backends } from './native.js'

/** The CPU, as this library computes with it. */
export interface CpuBackend {
  /** The vector instructions that are used unless `VAE_NATIVE_ISA` names others. */
  readonly isa: Isa
  /** All that there are here, the fastest last. */
  readonly levels: readonly Isa[]
  /** Threads that the process may use. */
  readonly threads: number
}

/** What can be computed with here. */
export interface Backends {
  readonly cpu: CpuBackend
  readonly cuda: Cuda
}

/**
 * What this machine and this installation offer to compute with.
 *
 * ```ts
 * const { cuda } = getBackends()
 * console.log(cuda.available ? cuda.gpu?.name : cuda.reason)
 * ```
 */
export function getBackends(): Backends {
  const { isa, levels, threads } = JSON.parse(backends()) as CpuBackend
  return { cpu: { isa, levels, threads }, cuda }
}
