import { type Cuda, cuda } from './cuda.js'
import type { Isa } from './events.js'
import { backends } from './native.js'

/** The CPU backend. */
export interface CpuBackend {
  /** Vector instructions in use, unless `VAE_NATIVE_ISA` names others. */
  readonly isa: Isa
  /** All vector instructions available here, the fastest last. */
  readonly levels: readonly Isa[]
  /** Number of threads that the process may use. */
  readonly threads: number
}

/** Backends that this machine and this installation offer. */
export interface Backends {
  readonly cpu: CpuBackend
  readonly cuda: Cuda
}

/**
 * Returns the backends that this machine and this installation offer.
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
