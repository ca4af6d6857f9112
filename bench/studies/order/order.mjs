/**
 * What does `order: 'time'` cost? The CPU per record of the whole system, listener included, with several workers flooding
 * one file, as a ratio to the same without it, taken within a round.
 *
 *     node bench/studies/order/order.mjs [--rounds 5] [--records 200000] [--workers 2] [--window 300]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMachine } from '../../kit/machine.mjs'
import { startListener } from './start-listener.mjs'
import { median, spread } from '../../kit/statistics.mjs'
import { runWorker } from './flooding-worker.mjs'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    records: { type: 'string' },
    workers: { type: 'string' },
    window: { type: 'string' },
  },
})
const rounds = Number(values.rounds ?? 5)
const records = Number(values.records ?? 200_000)
const workers = Number(values.workers ?? 2)
const window = Number(values.window ?? 300)

const contenders = { off: {}, on: { order: { by: 'time', window } } }
const results = { off: [], on: [] }
for (let round = 0; round < rounds; round += 1)
  for (const [name, options] of Object.entries(contenders)) results[name].push(await run(options))

console.log(describeMachine())
console.log(`${workers} workers × ${records} records into one file, a window of ${window} ms, ${rounds} rounds\n`)
console.log(`${'order'.padEnd(10)}${'CPU of all, ns per record'.padEnd(30)}of that, the listener`)
for (const [name, runs] of Object.entries(results)) {
  const all = spread(runs.map((one) => one.all))
  console.log(`${name.padEnd(10)}${all.padEnd(30)}${spread(runs.map((one) => one.listener))}`)
}
for (const figure of ['all', 'listener']) {
  const ratio = median(results.on.map((one, round) => one[figure] / results.off[round][figure]))
  console.log(`on against off, ${figure}: ${ratio.toFixed(2)}`)
}

/** @returns ns of CPU per record: of all processes together, and of the listener */
async function run(options) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-'))
  const file = join(directory, 'logs', 'app.log')
  mkdirSync(join(directory, 'logs'))
  try {
    const process = await startListener(file, options)
    const used = await Promise.all(
      Array.from({ length: workers }, () => runWorker('funnel-mapped', file, records, options)),
    )
    const listener = await process.finish()
    const perRecord = 1000 / (records * workers)
    return { all: (used.reduce((sum, cpu) => sum + cpu, 0) + listener) * perRecord, listener: listener * perRecord }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
