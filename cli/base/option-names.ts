/** Command-line spelling of options. The library's messages name them in back-ticks: `latentDim`, `scale: 'unit'`. */

/** Library options that are positional arguments of the command line. */
const positional = ['n', 'data']

/** Environment variable, spelled the same everywhere. */
const variable = /^[A-Z_]+$/

/** Options whose flag differs from the option name. */
const renamedOptions: Readonly<Record<string, string>> = {
  dir: 'dataDir',
  earlyStopping: 'earlyStoppingPatience',
  'estimator.type': 'estimator',
}

/** Converts a name to kebab-case: `learningRate` → `learning-rate`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** Flag of an option: `adam.beta1` → `--adam-beta1`, `vary.learningRate` → `--vary learning-rate`. */
export function flagName(option: string): string {
  const [, dimension] = /^vary\.(\w+)/.exec(option) ?? []
  if (dimension !== undefined) return `--vary ${kebab(dimension)}`
  if (positional.includes(option) || variable.test(option)) return option
  const words = (renamedOptions[option] ?? option)
    .replace(/^(beta|prior|learningRate)\..*/, '$1')
    .replace(/^(estimator|likelihood)\./, '')
    .replaceAll('.', '-')
  return `--${kebab(words)}`
}

/** An option in back-ticks, with or without a value. */
const optionPattern = /`([\w.]+)(?:: ([^`]+))?`/g

/** Replaces the options in a library message by flags: "set `onError: 'skip'`" → `set --on-error skip`. */
export function withFlagNames(sentence: string): string {
  return sentence.replace(optionPattern, (_, option: string, value?: string) => {
    const flag = flagName(option)
    if (value === undefined || value === 'true') return flag
    if (value === 'false') return flag.replace(/^--/, '--no-')
    return `${flag} ${shellQuote(value.replaceAll("'", ''))}`
  })
}

/** Quotes a word for the shell if necessary. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
