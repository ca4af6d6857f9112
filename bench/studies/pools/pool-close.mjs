/**
 * How much longer does a pool take to close, and its process to end, when its workers log? In turn with the same pool that
 * logs nowhere, as ratios.
 *
 *     node bench/studies/pools/pool-close.mjs [--rounds 15] [--size 4]
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { poolEnvironment } from 'pino-funnel'
import { describeMachine } from '../../kit/machine.mjs'
import { MARK, marked } from '../../kit/processes.mjs'
import { median, spread } from '../../kit/statistics.mjs'

/** Libraries that keep their workers until the pool is closed. */
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
    // The second run of a pair finds warmer caches, so the order alternates.
    const pair = {}
    for (const kind of round % 2 === 0 ? ['silent', 'logging'] : ['logging', 'silent'])
      pair[kind] = await run(library, kind)
    pairs.push(pair)
  }
  const ratio = (figure) => median(pairs.map(({ silent, logging }) => logging[figure] / silent[figure])).toFixed(2)
  const shown = (kind) => spread(pairs.map((pair) => pair[kind].ended)).padEnd(22)
  console.log(
    `${library.padEnd(22)}${shown('silent')}${shown('logging')}${ratio('closed').padEnd(10)}${ratio('ended')}`,
  )
}

/** @returns {Promise<{ closed: number, ended: number }>} ms */
async function run(library, kind) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-'))
  try {
    const ledgers = join(directory, 'ledgers')
    mkdirSync(ledgers)
    const logs = poolEnvironment({ file: join(directory, 'logs', 'app.log'), linger: 0 })
    const settings = JSON.stringify({ library, size, ledgers, quiet: kind === 'silent' })
    const env = { ...process.env, ...logs, [MARK]: directory }
    const lines = execFileSync(process.execPath, [script, settings], { env, encoding: 'utf8' }).trim().split('\n')
    // The listener exits by itself, and must not run during the next run.
    while (marked(directory).length > 0) await pause(20)
    return JSON.parse(lines.at(-1) ?? '')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
