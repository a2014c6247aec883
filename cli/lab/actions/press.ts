/** Key bindings and their dispatch. */

import { sentence } from '../../base/exit.js'
import { withFlagNames } from '../../base/option-names.js'
import { typed } from '../state/dialog.js'
import type { Key } from '../state/key.js'
import type { Lab, View } from '../state/lab.js'

/** Binding of keys to an action, in some views or all. */
export interface Binding {
  /** Alternative keys: arrows and vim's letters. */
  readonly keys: readonly Key[]
  /** Description in the list of keys. */
  readonly label: string
  /** Heading in the list of keys. */
  readonly group: string
  /** Views in which it is active; all by default. */
  readonly views?: readonly View[]
  action(lab: Lab): void
}

/** Passes the key to the open dialog, or runs the first binding that is active in this view. */
export function press(lab: Lab, key: Key, bindings: readonly Binding[]): void {
  if (lab.dialog !== undefined) {
    answer(lab, key)
    return
  }
  const isActive = ({ keys, views }: Binding) => keys.includes(key) && (views === undefined || views.includes(lab.view))
  bindings.find(isActive)?.action(lab)
}

function answer(lab: Lab, key: Key): void {
  const { dialog } = lab
  lab.dialog = undefined
  if (dialog?.kind === 'question' && key !== 'escape') {
    const chosen = dialog.answers.find((one) => one.key === key || one.also === key)
    if (chosen === undefined) lab.dialog = dialog
    else chosen.action()
  }
  if (dialog?.kind === 'prompt' && key !== 'escape' && key !== 'ctrl-c') {
    if (key !== 'enter') lab.dialog = typed(dialog, key)
    else {
      try {
        dialog.enter(dialog.text.trim())
      } catch (error) {
        lab.dialog = { ...dialog, inputError: withFlagNames(sentence(error)) }
      }
    }
  }
  lab.changed()
}
