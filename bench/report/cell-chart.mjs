import { COLORS, rectangle, svg, text } from './svg.mjs'

const LEFT = 210
const COLUMN = 140
const TOP = 62
const ROW = 26
const NOTHING = '#eef1f4'

/**
 * A table whose cells are filled by their share.
 *
 * @param {string} title
 * @param {string[]} columns
 * @param {{ name: string, isOurs: boolean, cells: ({ share: number, label: string } | undefined)[] }[]} rows
 */
export function cellChart(title, columns, rows) {
  const width = LEFT + columns.length * COLUMN + 10
  const height = TOP + rows.length * ROW + 12
  const headings = columns.map((column, index) => text(LEFT + index * COLUMN, TOP - 12, column, { size: 11 }))
  const drawn = rows.flatMap(({ name, isOurs, cells }, row) => {
    const y = TOP + row * ROW
    const color = isOurs ? COLORS.ours : COLORS.text
    return [
      text(LEFT - 10, y + 15, name, { anchor: 'end', color, weight: isOurs ? 600 : 400 }),
      ...cells.flatMap((cell, column) => drawCell(LEFT + column * COLUMN, y, cell)),
    ]
  })
  return svg(width, height, title, [...headings, ...drawn])
}

function drawCell(x, y, cell) {
  const width = COLUMN - 8
  if (!cell) return [text(x + 6, y + 15, '—', { color: COLORS.peer })]
  const isWhole = cell.share >= 1
  return [
    rectangle(x, y, width, ROW - 5, isWhole ? NOTHING : '#f7dedb'),
    rectangle(x, y, width * Math.min(1, cell.share), ROW - 5, isWhole ? COLORS.ours : COLORS.bad),
    text(x + 6, y + 15, cell.label, { color: cell.share > 0.4 ? 'white' : COLORS.text, size: 11 }),
  ]
}
