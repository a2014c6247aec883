/** The table that data come from: what is needed to write such a table again. */
export interface Table {
  /** The columns that hold the values of an example, in their order. */
  readonly columns: readonly Column[]
  /** True if the names come from a header; otherwise they are the positions 1, 2, 3 … */
  readonly header: boolean
  /** The character between cells; a blank stands for any number of blanks. */
  readonly separator: string
  /** The decimal sign. */
  readonly decimal: '.' | ','
}

/** A column of a {@link Table}. */
export interface Column {
  readonly name: string
  /** The narrowest kind of its cells: True and False (1 and 0 as values), whole numbers, or numbers. */
  readonly type: 'boolean' | 'integer' | 'number'
}

/** Names of a table's columns, if a header gave them. */
export function columnNames(table: Table | undefined): readonly string[] | undefined {
  return table?.header ? table.columns.map(({ name }) => name) : undefined
}
