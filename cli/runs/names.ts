/** Pronounceable names for runs: `warm-fox`. */

const first = words(`
  amber bare bold brave bright brisk calm clear cold cosy crisp deep eager early fair fast firm fond fresh glad
  grand green hazy high hot keen kind late light lively loud lucky mellow merry mild neat new noble pale plain
  proud quick quiet rare red ripe round sharp shy silent slow small smooth soft still sunny sweet swift tall tidy
  vivid warm wide wise
`)

const second = words(`
  ant badger bat bear beaver bee bison boar carp cat clam cobra cod crab crane crow deer dove duck eagle eel elk
  falcon finch fox frog gecko goat goose gull hare hawk heron horse ibex jay koala lark lemur lion lynx mole moose
  moth mouse newt otter owl panda perch pike puma quail raven robin seal shrew stork swan tern toad trout wolf
  wren
`)

/** Draws a two-word name; `random` returns numbers in [0, 1). */
export function runName(random: () => number = Math.random): string {
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)] ?? ''
  return `${pick(first)}-${pick(second)}`
}

/** Draws a name that is not taken; after 20 attempts a number makes it unique. */
export function freeName(taken: (name: string) => boolean, random: () => number = Math.random): string {
  for (let attempt = 0; attempt < 20; attempt++) {
    const name = runName(random)
    if (!taken(name)) return name
  }
  const name = runName(random)
  for (let number = 2; ; number++) if (!taken(`${name}-${number}`)) return `${name}-${number}`
}

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}
