// Runs cargo for a build with CUDA.
import { join } from 'node:path'
import { cargoEnvironment, run } from './command.mjs'
import { cacheFolder, cudaToolkit, linking, standIns } from './cuda-toolkit.mjs'

/** Search path for CUDA's libraries (rpath), besides LD_LIBRARY_PATH and the system's own paths. */
const places = ['$ORIGIN', '/usr/local/cuda/lib64', '/usr/local/cuda-13/lib64', '/usr/local/cuda-13.0/lib64']

/**
 * Builds the crate in `folder` in release mode with its feature `cuda` and these cargo `options`. Resolves to the
 * output folder, or to the `reason` for a failure.
 */
export async function buildWithCuda(folder, options) {
  const { environment, reason } = await cudaToolkit()
  if (reason) return { reason }
  const failure = await standIns()
  if (failure) return { reason: failure }

  const cargo = await cargoEnvironment()
  // A separate folder: with the feature, most of candle's dependencies are different builds.
  const target = process.env.CARGO_TARGET_DIR ?? join(cacheFolder, 'target-cuda')
  // The stub libraries define no symbols; linking an executable, unlike a library, needs a flag for that.
  const link = [
    'strip=symbols',
    `link-arg=-Wl,-rpath,${places.join(':')}`,
    `link-arg=${linking.options}`,
    'link-arg=-Wl,--unresolved-symbols=ignore-all',
  ]
  const rustc = link.flatMap((to) => ['-C', to])
  const env = {
    ...cargo,
    ...environment,
    // No flags for this machine's CPU: the result must run elsewhere.
    CARGO_ENCODED_RUSTFLAGS: '',
    CARGO_TARGET_DIR: target,
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER: linking.linker,
    CUDA_COMPUTE_CAP: '80',
  }
  const onLine = (line) => /^\s*(Compiling (candle|cudarc|vae)|warning|error)/.test(line) && console.error(line)
  const command = ['cargo', 'rustc', '--release', '--features', 'cuda', ...options, '--', ...rustc]
  const { status, output } = await run(command, { cwd: folder, env, onLine })
  if (status !== 0) return { reason: `cargo ended with exit code ${status}:\n${output}` }
  return { built: join(target, cargo.CARGO_BUILD_TARGET, 'release') }
}
