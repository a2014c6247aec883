import { createRequire } from 'node:module'

/** The version of the package that this file belongs to. */
export function version(): string {
  const require = createRequire(import.meta.url)
  return (require('vae-native/package.json') as { version: string }).version
}
