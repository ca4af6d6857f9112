/** The SVG elements that the charts need. */

export const COLORS = { ours: '#0b6e4f', peer: '#5b6b7a', text: '#1f2933', faint: '#d9dee3', bad: '#c0392b' }
const FONT = 'font-family="system-ui, sans-serif" font-size="12"'

/** @param {string[]} parts */
export function svg(width, height, title, parts) {
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" ${FONT}>`
  const background = `<rect width="${width}" height="${height}" fill="white"/>`
  const heading = text(12, 22, title, { weight: 600, size: 14 })
  return `${[open, `<title>${escape(title)}</title>`, background, heading, ...parts].join('\n')}\n</svg>\n`
}

export function text(x, y, content, { anchor = 'start', color = COLORS.text, weight = 400, size = 12 } = {}) {
  const style = `text-anchor="${anchor}" fill="${color}" font-weight="${weight}" font-size="${size}"`
  return `<text x="${round(x)}" y="${round(y)}" ${style}>${escape(content)}</text>`
}

export function line(x1, y1, x2, y2, color, width = 1) {
  const points = `x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"`
  return `<line ${points} stroke="${color}" stroke-width="${width}"/>`
}

export function circle(x, y, radius, color) {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" fill="${color}"/>`
}

export function rectangle(x, y, width, height, color) {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${color}"/>`
}

export function path(points, color, width) {
  const steps = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('')
  return `<path d="${steps}" fill="none" stroke="${color}" stroke-width="${width}"/>`
}

/** Maps values to pixels by their logarithm. Its ticks are the powers of ten within. */
export function logScale([least, most], [from, to]) {
  const low = Math.log10(least)
  const width = Math.log10(most) - low || 1
  const at = (value) => from + ((Math.log10(Math.max(value, least)) - low) / width) * (to - from)
  const ticks = []
  for (let power = Math.ceil(low); 10 ** power <= most; power += 1) ticks.push(10 ** power)
  return { at, ticks }
}

function round(pixels) {
  return Math.round(pixels * 10) / 10
}

function escape(content) {
  return String(content).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
