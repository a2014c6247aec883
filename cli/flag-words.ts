/** Options as they are typed here. The library's sentences name them as programs write them: `latentDim`, `scale: 'unit'`. */

/** Options of the library that are arguments here, typed without a flag. */
const bare = ['n', 'data']

/** A variable of the environment, which is spelled alike everywhere. */
const variable = /^[A-Z_]+$/

/** The option as it is typed here: `adam.beta1` → `--adam-beta1`; what is varied `--vary learning-rate`. */
export function flagName(option: string): string {
  if (option.startsWith('vary.')) return `--vary ${flagName(option.slice('vary.'.length)).slice(2)}`
  if (bare.includes(option) || variable.test(option)) return option
  const words = option
    .replace(/^(beta|prior)\..*|^(estimator)\.type$/, '$1$2')
    .replace('estimator.', '')
    .replace('likelihood.', '')
    .replaceAll('.', '-')
  return `--${words.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** Names that are no words of English: wherever they stand, the option is meant. */
const unmistakable =
  /\b(latentDim|hiddenDims|batchSize|learningRate|estimator\.samples|checkpointEvery|onError|labelColumn|limitBytes)\b/g
/** Names that are words as well: options with a value behind them … */
const valued =
  /\b(likelihood|posterior|scale|binarize|fit|keep|device|onError|size|channels|beta)(?::| to| at)? (?:'([\w-]+)'|(?<=: )(\d+)(?![\d×]))/g
/** … or after a word that asks for them. */
const asked = /\b([Ss]et|[Cc]hoose|with|and|lower|smaller|or) (size|channels|columns|key|validation|out|resume|beta)\b/g

/** A sentence of the library with its options spelled as flags: `set onError to 'skip'` → `set --on-error skip`. */
export function inFlags(sentence: string): string {
  return sentence
    .replace(valued, (_, option: string, word?: string, number?: string) => `${flagName(option)} ${word ?? number}`)
    .replace(/\bearlyStopping\b/g, '--early-stopping-patience')
    .replace(unmistakable, (option) => flagName(option))
    .replace(asked, (_, verb: string, option: string) => `${verb} ${flagName(option)}`)
}
