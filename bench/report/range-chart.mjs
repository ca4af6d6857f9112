import { circle, COLORS, line, logScale, svg, text } from './svg.mjs'

const WIDTH = 820
const LEFT = 210
const RIGHT = 90
const TOP = 62
const ROW = 26

/**
 * A row for each contender, on a logarithmic scale: a dot at its median, a line to a high quantile, a thin line to the
 * maximum.
 *
 * @param {string} title
 * @param {{ name: string, isOurs: boolean, dot: number, high: number, most: number }[]} rows
 * @param {(value: number) => string} unit - how a value is written
 * @param {string} legend - the meaning of dot and lines
 */
export function rangeChart(title, rows, unit, legend) {
  const all = rows.flatMap(({ dot, most }) => [dot, most])
  const height = TOP + rows.length * ROW + 14
  const { at, ticks } = logScale([Math.min(...all) * 0.8, Math.max(...all)], [LEFT, WIDTH - RIGHT])
  const grid = ticks.flatMap((tick) => [
    line(at(tick), TOP - 6, at(tick), height - 10, COLORS.faint),
    text(at(tick), TOP - 10, unit(tick), { anchor: 'middle', color: COLORS.peer, size: 10 }),
  ])
  const marks = rows.flatMap(({ name, isOurs, dot, high, most }, index) => {
    const y = TOP + index * ROW + ROW / 2
    const color = isOurs ? COLORS.ours : COLORS.peer
    return [
      text(LEFT - 10, y + 4, name, { anchor: 'end', color, weight: isOurs ? 600 : 400 }),
      line(at(dot), y, at(most), y, color, 1),
      line(at(dot), y, at(high), y, color, 5),
      circle(at(dot), y, 5, color),
      text(at(most) + 6, y + 4, `${unit(dot)} … ${unit(high)}`, { color, size: 10 }),
    ]
  })
  return svg(WIDTH, height, title, [text(12, 38, legend, { color: COLORS.peer, size: 11 }), ...grid, ...marks])
}
