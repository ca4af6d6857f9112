/** The script of a timeline's page: zooms, moves, and says how many records a bar has. It has no `</script`. */
export const PAGE_SCRIPT = `'use strict'
const data = JSON.parse(document.getElementById('data').textContent)
const { plot, width } = data
const whole = { from: data.from, to: Math.max(data.to, data.from + 1) }
const view = document.getElementById('view')
const svg = view.querySelector('svg')
const bars = document.getElementById('plot')
const ticks = document.getElementById('ticks')
const tip = document.getElementById('tip')
let shown = { ...whole }

const height = Number(bars.getAttribute('height'))
const two = (value) => String(value).padStart(2, '0')
function clock(ms, fine) {
  const date = new Date(ms)
  const text = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  return fine ? text + '.' + String(date.getMilliseconds()).padStart(3, '0') : text
}
function xOf(time) {
  return plot.left + ((time - shown.from) / (shown.to - shown.from)) * plot.width
}
function timeAt(event) {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse())
  return { time: shown.from + ((point.x - plot.left) / plot.width) * (shown.to - shown.from), y: point.y }
}
function show(from, to) {
  const span = Math.min(Math.max(to - from, 10), whole.to - whole.from)
  const begin = Math.min(Math.max(from, whole.from), whole.to - span)
  shown = { from: begin, to: begin + span }
  bars.setAttribute('viewBox', [begin - whole.from, 0, span, height].join(' '))
  for (const mark of document.querySelectorAll('#marks path')) {
    const at = Number(mark.dataset.at)
    mark.style.display = at < shown.from || at > shown.to ? 'none' : ''
    const y = mark.getAttribute('transform').split(/[ )]/)[1]
    mark.setAttribute('transform', 'translate(' + xOf(at) + ' ' + y + ')')
  }
  const texts = ticks.querySelectorAll('text')
  texts.forEach((text, index) => {
    text.textContent = clock(shown.from + (index / (texts.length - 1)) * span, span < 60000)
  })
}
function zoom(factor, around) {
  const middle = around ?? (shown.from + shown.to) / 2
  show(middle - (middle - shown.from) * factor, middle + (shown.to - middle) * factor)
}
function move(share) {
  const by = (shown.to - shown.from) * share
  show(shown.from + by, shown.to + by)
}

view.addEventListener('wheel', (event) => {
  event.preventDefault()
  zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(event).time)
}, { passive: false })
let held
view.addEventListener('pointerdown', (event) => {
  held = { x: event.clientX, ...shown }
  view.setPointerCapture(event.pointerId)
})
view.addEventListener('pointerup', () => { held = undefined })
view.addEventListener('pointermove', (event) => {
  if (held) {
    const scale = (held.to - held.from) / plot.width / svg.getScreenCTM().a
    const by = (held.x - event.clientX) * scale
    show(held.from + by, held.to + by)
    return
  }
  const { time, y } = timeAt(event)
  const lane = data.lanes[Math.floor((y - plot.top) / plot.lane)]
  const bucket = Math.floor((time - whole.from) / width)
  const count = lane && lane.counts[bucket]
  tip.textContent = count === undefined ? '' :
    lane.name + ', ' + clock(whole.from + bucket * width, width < 1000) + ': ' + count + (count === 1 ? ' record' : ' records')
})
const keys = { '+': () => zoom(0.5), '=': () => zoom(0.5), '-': () => zoom(2), 0: () => show(whole.from, whole.to),
  ArrowLeft: () => move(-0.2), ArrowRight: () => move(0.2) }
document.addEventListener('keydown', (event) => {
  const act = keys[event.key]
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  act()
})
document.getElementById('in').addEventListener('click', keys['+'])
document.getElementById('out').addEventListener('click', keys['-'])
document.getElementById('all').addEventListener('click', keys[0])
`
