import { styleText } from 'node:util'
import { textWidth, withinWidth } from './text-width.ts'

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
    rows.reduce((width, row) => Math.max(width, textWidth(textOf(row[index] ?? ''))), title.length),
  )
  const line = (cells: readonly Cell[]): string => {
    const padded = columns.map(({ align }, index) => pad(cells[index] ?? '', widths[index] ?? 0, align, paint))
    return padded.join('  ').trimEnd()
  }
  return [paint('dim', line(columns.map(({ title }) => title))), ...rows.map(line)]
}

/**
 * A text that takes at most so many columns; `…` stands for what is left out.
 *
 * @param omitted - where: the end of a path says more than its beginning
 */
export function cut(text: string, columns: number, omitted: 'beginning' | 'end' = 'end'): string {
  const width = textWidth(text)
  if (width <= columns) return text
  if (omitted === 'end') return `${withinWidth(text, columns - 1)}…`
  const dropped = withinWidth(text, width - columns + 1)
  const rest = text.slice(dropped.length)
  // A wide character may be in the way.
  return textWidth(rest) < columns ? `…${rest}` : `…${rest.slice(withinWidth(rest, 2).length)}`
}

/** A text with spaces, so that it takes at least so many columns. */
export function filled(text: string, columns: number, align: Column['align']): string {
  const space = ' '.repeat(Math.max(0, columns - textWidth(text)))
  return align === 'left' ? text + space : space + text
}

/** The spaces have no style: an underline or a background would show on them. */
function pad(cell: Cell, width: number, align: Column['align'], paint: Paint): string {
  const text = textOf(cell)
  const space = ' '.repeat(Math.max(0, width - textWidth(text)))
  const shown = typeof cell === 'string' ? text : paint(cell[1], text)
  return align === 'left' ? shown + space : space + shown
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell[0]
}
