import { withoutNulls } from './json.js'
import { defaultOptions } from './native.js'
import type { TrainOptions } from './options.js'

/** What {@link trainVae} takes for an option that is not given; the values stand in the core alone. */
export const defaults: Readonly<TrainOptions> = Object.freeze(
  withoutNulls(JSON.parse(defaultOptions()) as TrainOptions),
)
