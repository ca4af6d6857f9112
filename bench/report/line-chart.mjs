import { circle, COLORS, line, logScale, path, svg, text } from './svg.mjs'

const WIDTH = 820
const HEIGHT = 380
const LEFT = 70
const RIGHT = 190
const TOP = 60
const BOTTOM = 40
const LABEL_ROOM = 13

/**
 * A line for each contender, both axes logarithmic.
 *
 * @param {string} title
 * @param {string} legend - what the axes are
 * @param {{ name: string, isOurs: boolean, points: [number, number][] }[]} lines
 * @param {(value: number) => string} unit - how a value of the vertical axis is written
 */
export function lineChart(title, legend, lines, unit) {
  const points = lines.flatMap((each) => each.points)
  const bounds = (index, room) => {
    const values = points.map((point) => point[index])
    return [Math.min(...values) / room, Math.max(...values) * room]
  }
  const horizontal = logScale(bounds(0, 1), [LEFT, WIDTH - RIGHT])
  const vertical = logScale(bounds(1, 1.3), [HEIGHT - BOTTOM, TOP])
  const columns = [...new Set(points.map(([x]) => x))]
  const grid = [
    ...columns.map((x) => text(horizontal.at(x), HEIGHT - BOTTOM + 18, x, { anchor: 'middle', size: 10 })),
    ...vertical.ticks.flatMap((y) => [
      line(LEFT, vertical.at(y), WIDTH - RIGHT, vertical.at(y), COLORS.faint),
      text(LEFT - 8, vertical.at(y) + 4, unit(y), { anchor: 'end', size: 10 }),
    ]),
  ]
  const drawn = lines.flatMap(({ isOurs, points: own }) => {
    const color = isOurs ? COLORS.ours : COLORS.peer
    const places = own.map(([x, y]) => [horizontal.at(x), vertical.at(y)])
    return [path(places, color, isOurs ? 3 : 1.2), ...places.map(([x, y]) => circle(x, y, isOurs ? 4 : 2.5, color))]
  })
  const labels = labelsOf(lines, vertical)
  return svg(WIDTH, HEIGHT, title, [
    text(12, 38, legend, { color: COLORS.peer, size: 11 }),
    ...grid,
    ...drawn,
    ...labels,
  ])
}

/** The labels at the ends of the lines, from top to bottom, with space between them. */
function labelsOf(lines, { at }) {
  let lowest = -Infinity
  return lines
    .map(({ name, isOurs, points }) => ({ name, isOurs, y: at(points.at(-1)[1]) + 4 }))
    .sort((a, b) => a.y - b.y)
    .map(({ name, isOurs, y }) => {
      lowest = Math.max(y, lowest + LABEL_ROOM)
      const color = isOurs ? COLORS.ours : COLORS.peer
      return text(WIDTH - RIGHT + 12, lowest, name, { color, weight: isOurs ? 600 : 400, size: 11 })
    })
}
