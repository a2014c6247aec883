/** Rewords commander's messages, such as `error: unknown option '--epoch'\n(Did you mean --epochs?)`. */
export function usageSentence(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)$/, '. Did you mean $1?')
    .replace(/^option '(?:-\w, )?(--[^ ']*)[^']*' argument missing$/, '$1: expected a value, got none')
    .replace(/^option '(?:-\w, )?(--[^ ']*)[^']*' argument '(.*)' is invalid\. /, '$1 ($2): ')
    .replace(/^command-argument value '(.*)' is invalid for argument '(.*)'\. /, '$2 ($1): ')
    .replace(/^(\S+) \((.*)\): Allowed choices are (.*)\.$/, '$1: expected one of $3, got $2')
    .replace(/^(\S+) \(.*\): expected/, '$1: expected')
    .replaceAll("'", '')
}
