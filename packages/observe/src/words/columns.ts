import { styleText } from 'node:util'

export type Style = Parameters<typeof styleText>[0]

/** A text, or one in a style. */
export type Cell = string | readonly [text: string, style: Style]

/** What stands in a row, one after another. */
export type Line = readonly Cell[]

export interface Column {
  readonly title: string
  /** Numbers stand on the right. */
  readonly align: 'left' | 'right'
}

/** Gives texts their styles, or leaves them as they are where the terminal has no colors. */
export type Paint = (style: Style, text: string) => string

export function painter(hasColors: boolean): Paint {
  // Whether the terminal has colors was asked already.
  return (style, text) => (hasColors && text !== '' ? styleText(style, text, { validateStream: false }) : text)
}

/**
 * A table with a line of titles, each column as wide as its longest cell.
 *
 * @returns lines without spaces at their ends
 */
export function alignColumns(columns: readonly Column[], rows: readonly (readonly Cell[])[], paint: Paint): string[] {
  const widths = columns.map(({ title }, index) =>
    rows.reduce((width, row) => Math.max(width, textOf(row[index] ?? '').length), title.length),
  )
  const line = (cells: readonly Cell[]): string => {
    const padded = columns.map(({ align }, index) => pad(cells[index] ?? '', widths[index] ?? 0, align, paint))
    return padded.join('  ').trimEnd()
  }
  return [paint('dim', line(columns.map(({ title }) => title))), ...rows.map(line)]
}

/** A text that is at most so long; one that is longer ends with `…`. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`
}

function pad(cell: Cell, width: number, align: Column['align'], paint: Paint): string {
  const text = textOf(cell)
  const space = ' '.repeat(Math.max(0, width - text.length))
  const shown = typeof cell === 'string' ? text : paint(cell[1], text)
  return align === 'left' ? shown + space : space + shown
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell[0]
}
