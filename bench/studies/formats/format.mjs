/**
 * What does it cost the listener to render a record, for each format of the log file?
 *
 * The floor is JSON.parse of the line: rendering needs its fields. All contenders run in turn in one process, for several
 * rounds. Figures are medians, and ratios are taken within a round.
 *
 *     node bench/studies/formats/format.mjs [--rounds 9] [--records 100000]
 */
import { createRenderer } from '@pino-funnel/listener/internal'
import pino from 'pino'
import { parseArgs } from 'node:util'
import { describeMachine } from '../../kit/machine.mjs'
import { median, spread } from '../../kit/statistics.mjs'

const FLOOR = 'JSON.parse'
const FORMATS = {
  'template, five fields': text('{time:yyyy-MM-dd HH:mm:ss,SSS} {worker} {name} {level:python} {msg}'),
  'template, all fields': text('{time} {level:LABEL} {name} {msg} {*}'),
  pretty: { type: 'pretty', options: {} },
}

const { values } = parseArgs({ options: { rounds: { type: 'string' }, records: { type: 'string' } } })
const rounds = Number(values.rounds ?? 9)
const records = Number(values.records ?? 100_000)

const lines = pinoLines(10_000)
const contenders = new Map([[FLOOR, (line) => JSON.parse(line.toString('utf8'))]])
for (const [name, format] of Object.entries(FORMATS)) {
  const renderer = createRenderer(format)
  contenders.set(name, (line) => renderer.render(line))
}

// The first round is the warm-up.
const results = new Map([...contenders.keys()].map((name) => [name, []]))
for (let round = 0; round <= rounds; round += 1) {
  for (const [name, run] of contenders) results.get(name).push(measure(run))
}
print(new Map([...results].map(([name, runs]) => [name, runs.slice(1)])))

function text(template) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  return { type: 'text', template, timeZone, customLevels: {} }
}

/** Lines as pino writes them, a thousand to a second. */
function pinoLines(count) {
  const made = []
  let time = Date.UTC(2026, 10, 21, 6, 44)
  const log = pino(
    { name: 'app.db', timestamp: () => `,"time":${(time += 1)}` },
    { write: (line) => made.push(Buffer.from(line)) },
  ).child({ worker: 'worker-3' })
  for (let n = 0; n < count; n += 1) log.warn({ n, user: 'u-1024', path: '/orders' }, 'request completed')
  return made
}

/** @returns ns of CPU per record */
function measure(run) {
  const before = process.cpuUsage()
  for (let n = 0; n < records; n += 1) run(lines[n % lines.length])
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / records
}

function print(figures) {
  console.log(describeMachine())
  console.log(`${records} records, ${rounds} rounds\n`)
  console.log(`${'format'.padEnd(24)}${'ns of CPU per record'.padEnd(24)}vs ${FLOOR}`)
  for (const [name, runs] of figures) {
    const ratio = median(runs.map((run, round) => run / figures.get(FLOOR)[round]))
    console.log(`${name.padEnd(24)}${spread(runs).padEnd(24)}${ratio.toFixed(2)}`)
  }
}
