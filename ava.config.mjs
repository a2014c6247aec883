export default {
  files: ['__test__/**/*.spec.ts', '__test__/**/*.spec.tsx'],
  extensions: { ts: 'module', tsx: 'module' },
  nodeArguments: ['--import=tsx'],
  // Each file in its own process: tsx cannot hook into worker threads on Node 20, and an addon that crashes then takes
  // one file down, not all.
  workerThreads: false,
  // Only a test that hangs is silent for so long, even on a slow or busy machine.
  timeout: '15m',
}
