import { withoutNulls } from './json.js'
import { defaultOptions } from './native.js'
import type { TrainOptions } from './options.js'

/** Default options of {@link trainVae}; the core alone defines the values. */
export const defaults: Readonly<TrainOptions> = Object.freeze(
  withoutNulls(JSON.parse(defaultOptions()) as TrainOptions),
)
