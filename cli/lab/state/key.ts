/** Typed character, or name of a key: `up`, `enter`, `escape`, `tab`, `space`, `backspace`, `ctrl-c` … */
export type Key = string
