/**
 * CPU per record of the whole system, listener included, with several workers flooding one file; and what the journal
 * takes of it.
 *
 * Every contender runs in turn, for several rounds; figures are medians, ratios are taken within a round.
 *
 *     node bench/studies/journal.mjs [--rounds 5] [--records 200000] [--workers 2]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMachine } from '../kit/machine.mjs'
import { startListener } from './start-listener.mjs'
import { median, spread } from '../kit/statistics.mjs'
import { runWorker } from './flooding-worker.mjs'

const PEER = 'destination-sync'
const CONTENDERS = {
  [PEER]: { kind: 'destination-sync' },
  funnel: { kind: 'funnel-mapped', journal: 'on' },
  'without journal': { kind: 'funnel-mapped', journal: 'off' },
}

const { values } = parseArgs({
  options: { rounds: { type: 'string' }, records: { type: 'string' }, workers: { type: 'string' } },
})
const rounds = Number(values.rounds ?? 5)
const records = Number(values.records ?? 200_000)
const workers = Number(values.workers ?? 2)

const results = new Map(Object.keys(CONTENDERS).map((name) => [name, []]))
for (let round = 0; round < rounds; round += 1) {
  for (const [name, contender] of Object.entries(CONTENDERS)) results.get(name).push(await run(contender))
}
print()

/** @returns ns of CPU per record, of all processes together */
async function run({ kind, journal }) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-'))
  const file = join(directory, 'logs', 'app.log')
  mkdirSync(join(directory, 'logs'))
  try {
    const listener = journal === undefined ? undefined : await startListener(file, journal)
    const used = await Promise.all(Array.from({ length: workers }, () => runWorker(kind, file, records)))
    if (listener) used.push(await listener.finish())
    return (used.reduce((sum, cpu) => sum + cpu, 0) * 1000) / (records * workers)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function print() {
  console.log(describeMachine())
  console.log(`${workers} workers × ${records} records into one file, ${rounds} rounds\n`)
  console.log(`${'contender'.padEnd(20)}${'ns of CPU per record'.padEnd(24)}vs sync`)
  for (const [name, runs] of results) {
    const ratio = median(runs.map((cpu, round) => cpu / results.get(PEER)[round]))
    console.log(`${name.padEnd(20)}${spread(runs).padEnd(24)}${ratio.toFixed(2)}`)
  }
  const cost = median(results.get('funnel').map((cpu, round) => cpu / results.get('without journal')[round]))
  console.log(`\njournal on against off: ${cost.toFixed(3)}`)
}
