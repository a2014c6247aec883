/** Options as they are typed here. The library's sentences name them in back-ticks: `latentDim`, `scale: 'unit'`. */

/** Options of the library that are arguments here, typed without a flag. */
const bare = ['n', 'data']

/** A variable of the environment, which is spelled alike everywhere. */
const variable = /^[A-Z_]+$/

/** Options whose flag has another name than the option, or that of a part. */
const others: Readonly<Record<string, string>> = {
  dir: 'dataDir',
  earlyStopping: 'earlyStoppingPatience',
  'estimator.type': 'estimator',
}

/** A name in kebab-case: `learningRate` → `learning-rate`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** The option as it is typed here: `adam.beta1` → `--adam-beta1`; what is varied `--vary learning-rate`. */
export function flagName(option: string): string {
  const [, dimension] = /^vary\.(\w+)/.exec(option) ?? []
  if (dimension !== undefined) return `--vary ${kebab(dimension)}`
  if (bare.includes(option) || variable.test(option)) return option
  const words = (others[option] ?? option)
    .replace(/^(beta|prior|learningRate)\..*/, '$1')
    .replace(/^(estimator|likelihood)\./, '')
    .replaceAll('.', '-')
  return `--${kebab(words)}`
}

/** An option in back-ticks, with a value or without one. */
const named = /`([\w.]+)(?:: ([^`]+))?`/g

/** A sentence of the library with its options spelled as flags: "set `onError: 'skip'`" → `set --on-error skip`. */
export function inFlags(sentence: string): string {
  return sentence.replace(named, (_, option: string, value?: string) =>
    [flagName(option), ...(value === undefined ? [] : [value.replaceAll("'", '')])].join(' '),
  )
}
