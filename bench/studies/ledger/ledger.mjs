/**
 * What part of the listener's CPU is the ledger's, while workers flood a log that is rotated? And what would it take to read
 * each rotated file once more for its levels and times, as is done for logs with `compress` or `limit`?
 *
 *     node bench/studies/ledger/ledger.mjs [--rounds 3] [--records 1000000] [--workers 2] [--size 10m]
 *
 * The methods of the ledger are wrapped in the process of the listener, and the kernel is asked for the CPU time of each.
 * The question takes 2 µs, which count as the ledger's.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMachine } from '../../kit/machine.mjs'
import { runWorker } from '../order/flooding-worker.mjs'
import { startListener } from './counted-listener.mjs'

const TEXT = { type: 'string' }
const { values } = parseArgs({ options: { rounds: TEXT, records: TEXT, workers: TEXT, size: TEXT } })
const [rounds, records, workers] = [values.rounds ?? 3, values.records ?? 1_000_000, values.workers ?? 2].map(Number)
const size = String(values.size ?? '10m')

const require = createRequire(import.meta.url)
const listener = dirname(require.resolve('@pino-funnel/listener/package.json'))
const { contentOf } = require(join(listener, 'dist/ledger/file-content.js'))

console.log(describeMachine())
console.log(`${workers} workers × ${records} records, size: '${size}', ${rounds} rounds\n`)
const runs = []
for (let round = 0; round < rounds; round += 1) runs.push(await run())
const each = (pick, digits = 1) => {
  const sorted = runs.map(pick).sort((one, other) => one - other)
  const [least, middle, most] = [0, Math.floor(sorted.length / 2), sorted.length - 1].map((at) => sorted[at])
  return `${middle.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`
}
console.log(`rotations                                  ${each((one) => one.rotations, 0)}`)
console.log(`listener, ns of CPU for a byte of the log  ${each((one) => (one.cpu * 1000) / one.bytes)}`)
console.log(`ledger, µs for a rotation                  ${each((one) => one.rotating / one.rotations, 0)}`)
console.log(`ledger, µs for an append                   ${each((one) => one.appending / one.appends)}`)
console.log(
  `ledger, % of the listener's CPU            ${each((one) => ((one.rotating + one.appending) / one.cpu) * 100)}`,
)
console.log(`levels and times, ns of CPU for a byte     ${each((one) => (one.reading * 1000) / one.read)}`)
console.log(
  `levels and times, % of the listener's CPU  ${each((one) => ((one.reading / one.read) * one.bytes * 100) / one.cpu, 0)}`,
)

async function run() {
  const root = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-'))
  const logs = join(root, 'logs')
  mkdirSync(logs)
  const file = join(logs, 'app.log')
  try {
    const counted = await startListener(file, { size })
    await Promise.all(Array.from({ length: workers }, () => runWorker('funnel', file, records, { size })))
    const counts = await counted.finish()
    const rotated = readdirSync(logs).filter((name) => /^app\.\d+\.log$/.test(name))
    const bytes = [...rotated, 'app.log'].reduce((sum, name) => sum + statSync(join(logs, name)).size, 0)
    const before = process.cpuUsage()
    for (const name of rotated) await contentOf(join(logs, name), new AbortController().signal)
    const { user, system } = process.cpuUsage(before)
    const read = rotated.reduce((sum, name) => sum + statSync(join(logs, name)).size, 0)
    return { ...counts, bytes, rotations: rotated.length, reading: user + system, read }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
