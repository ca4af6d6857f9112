/**
 * How long a pool takes to close, and its process to end, when its workers log and when they log nowhere: in turn, as ratios.
 *
 *     node studies/pool-close.mjs [--rounds 15] [--size 4]
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { poolEnvironment } from 'pino-funnel'
import { describeMachine } from '../kit/machine.mjs'
import { MARK, marked } from '../kit/processes.mjs'
import { median, spread } from '../kit/statistics.mjs'

/** Those that keep workers until the pool is closed. */
const LIBRARIES = [
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
  const pairs = []
  for (let round = 0; round < rounds; round += 1) {
    // Whoever comes second finds warmer caches.
    const pair = {}
    for (const who of round % 2 === 0 ? ['silent', 'logging'] : ['logging', 'silent'])
      pair[who] = await run(library, who)
    pairs.push(pair)
  }
  const ratio = (figure) => median(pairs.map(({ silent, logging }) => logging[figure] / silent[figure])).toFixed(2)
  const shown = (who) => spread(pairs.map((pair) => pair[who].ended)).padEnd(22)
  console.log(
    `${library.padEnd(22)}${shown('silent')}${shown('logging')}${ratio('closed').padEnd(10)}${ratio('ended')}`,
  )
}

/** @returns {Promise<{ closed: number, ended: number }>} ms */
async function run(library, who) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-'))
  try {
    const ledgers = join(directory, 'ledgers')
    mkdirSync(ledgers)
    const logs = poolEnvironment({ file: join(directory, 'logs', 'app.log'), linger: 0 })
    const settings = JSON.stringify({ library, size, ledgers, quiet: who === 'silent' })
    const env = { ...process.env, ...logs, [MARK]: directory }
    const lines = execFileSync(process.execPath, [script, settings], { env, encoding: 'utf8' }).trim().split('\n')
    // The listener leaves by itself, and must not be at work in the next run.
    while (marked(directory).length > 0) await pause(20)
    return JSON.parse(lines.at(-1) ?? '')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
