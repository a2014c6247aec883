/** Dialogs over the view, which receive the keys: the list of keys, a question, or a prompt. */
import type { Key } from './key.js'

/** Answer to a question. */
export interface Answer {
  readonly key: Key
  /** Second key, not listed. */
  readonly also?: Key
  readonly label: string
  action(): void
}

/** List of all keys, in columns; any key closes it. */
export interface Help {
  readonly kind: 'help'
}

/** Question before an action. */
export interface Question {
  readonly kind: 'question'
  readonly title: string
  readonly lines: readonly string[]
  /** Possible answers; escape always cancels. */
  readonly answers: readonly Answer[]
}

/** Line of text to type. */
export interface Prompt {
  readonly kind: 'prompt'
  readonly title: string
  readonly hint: string
  readonly text: string
  /** Error of the last input. */
  readonly inputError?: string
  /** Handles the typed text; throws if it is invalid. */
  enter(text: string): void
}

export type Dialog = Help | Question | Prompt

/** Returns the prompt after a key press. */
export function typed(prompt: Prompt, key: Key): Prompt {
  const { inputError: _, ...rest } = prompt
  if (key === 'backspace') return { ...rest, text: [...prompt.text].slice(0, -1).join('') }
  if (key === 'ctrl-u') return { ...rest, text: '' }
  if (key === 'space') return { ...rest, text: `${prompt.text} ` }
  return [...key].length === 1 ? { ...rest, text: prompt.text + key } : prompt
}
