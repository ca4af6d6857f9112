/**
 * How long a pool takes to close, and its process to end, when its workers log and when they do not: in turn, as ratios.
 *
 *     node studies/pool-close.mjs [--rounds 15] [--size 4]
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { poolEnvironment } from 'pino-funnel'
import { describeMachine } from '../kit/machine.mjs'
import { median, spread } from '../kit/statistics.mjs'

const LIBRARIES = [
  'cluster',
  'fork',
  'worker_threads',
  'piscina',
  'tinypool-threads',
  'tinypool-process',
  'workerpool-threads',
  'workerpool-process',
  'jest-worker-threads',
  'jest-worker-process',
]

const { values } = parseArgs({ options: { rounds: { type: 'string' }, size: { type: 'string' } } })
const rounds = Number(values.rounds ?? 15)
const size = Number(values.size ?? 4)
const script = fileURLToPath(new URL('pool-close-run.mjs', import.meta.url))

console.log(describeMachine())
console.log(`${rounds} rounds, ${size} workers; ms to the end of the process, from the call that closes the pool\n`)
console.log(`${'pool'.padEnd(22)}${'silent'.padEnd(22)}${'logging'.padEnd(22)}${'closed'.padEnd(10)}ended`)
for (const library of LIBRARIES) {
  const pairs = Array.from({ length: rounds }, (_, round) => {
    // Whoever comes second finds warmer caches.
    const order = round % 2 === 0 ? [true, false] : [false, true]
    const [first, second] = order.map((quiet) => [quiet, run(library, quiet)])
    return Object.fromEntries([first, second].map(([quiet, result]) => [quiet ? 'silent' : 'logging', result]))
  })
  const ratio = (figure) => median(pairs.map(({ silent, logging }) => logging[figure] / silent[figure])).toFixed(2)
  const shown = (who) => spread(pairs.map((pair) => pair[who].ended)).padEnd(22)
  console.log(
    `${library.padEnd(22)}${shown('silent')}${shown('logging')}${ratio('closed').padEnd(10)}${ratio('ended')}`,
  )
}

/** @returns {{ closed: number, ended: number }} ms */
function run(library, quiet) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-'))
  try {
    const ledgers = join(directory, 'ledgers')
    mkdirSync(ledgers)
    const env = { ...process.env, ...poolEnvironment({ file: join(directory, 'logs', 'app.log'), linger: 0 }) }
    const settings = JSON.stringify({ library, size, ledgers, quiet })
    const lines = execFileSync(process.execPath, [script, settings], { env, encoding: 'utf8' }).trim().split('\n')
    return JSON.parse(lines.at(-1))
  } finally {
    // The listener takes an instant to leave.
    rmSync(directory, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 })
  }
}
