/**
 * What do metrics cost the listener?
 *
 *     node bench/studies/seeing/metrics.mjs [--questions 1000] [--flood 4] [--workers 100]
 *
 * The listener does the same for each question, however much is logged. So its CPU for many questions is measured while
 * the workers are silent, and its CPU at full load without questions: the share follows from both. Both are counted by the
 * kernel in ns. A comparison of the CPU at full load with and without questions shows nothing: how many records the
 * listener takes at a time, and so its CPU for each, differs more from turn to turn.
 */
import { setTimeout as elapsed } from 'node:timers/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openChannel, readListenerRecord } from '@pino-funnel/channel'
import { Exporter } from '@pino-funnel/observe/metrics'
import { describeMachine } from '../../kit/machine.mjs'
import { cpuOf, withWorkers } from './crowd.mjs'

const NUMBER = { type: 'string' }
const { values } = parseArgs({ options: { questions: NUMBER, flood: NUMBER, workers: NUMBER } })
const {
  questions = 1000,
  flood = 4,
  workers = 100,
} = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]))
const IDLE_MS = 10_000
const LOAD_MS = 20_000
/** As Prometheus does by default, and as often as anyone does. */
const EVERY_S = [15, 1]

console.log(describeMachine())
const load = await withWorkers(flood, Infinity, async (logs) => cpuDuring(logs, () => elapsed(LOAD_MS)))
const full = load.cpu / load.seconds
console.log(`full load, ${flood} workers: the listener takes ${percent(full)} of a core`)
for (const count of [flood, workers]) {
  const { each, unasked, alone } = await withWorkers(count, 0, (logs) => asked(logs))
  const shares = EVERY_S.map((every) => `${percent(each / every / full)} of that each ${every} s`)
  console.log(`${count} workers: ${(each * 1e6).toFixed(0)} µs for a question: ${shares.join(', ')}`)
  console.log(
    `  without a question: ${percent(unasked)} of a core while metrics run, ${percent(alone)} while they do not`,
  )
}

async function asked(logs) {
  const alone = await cpuDuring(logs, () => elapsed(IDLE_MS))
  const exporter = new Exporter(openChannel(join(logs, '.pino-funnel')), () => Promise.resolve([join(logs, 'app.log')]))
  await exporter.start()
  const unasked = await cpuDuring(logs, () => elapsed(IDLE_MS))
  const busy = await cpuDuring(logs, async () => {
    for (let n = 0; n < questions; n += 1) await exporter.metrics('prometheus')
  })
  await exporter.close()
  const idle = alone.cpu / alone.seconds
  return { each: (busy.cpu - idle * busy.seconds) / questions, unasked: unasked.cpu / unasked.seconds, alone: idle }
}

/** CPU of the listener. */
async function cpuDuring(logs, work) {
  const channel = openChannel(join(logs, '.pino-funnel'))
  while (!readListenerRecord(channel)) await elapsed(50)
  const { pid } = readListenerRecord(channel)
  const [cpu, began] = [cpuOf(pid), performance.now()]
  await work()
  return { cpu: cpuOf(pid) - cpu, seconds: (performance.now() - began) / 1000 }
}

function percent(share) {
  return `${(share * 100).toFixed(3)} %`
}
