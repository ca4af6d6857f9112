/**
 * How fast does `query` find a rare text, beside `zcat | grep` and `grep`? And how long does `tail` take to start, beside
 * Node.js itself? The two of a pair run in turn, in rounds, on a log that is in the page cache.
 *
 *     node bench/studies/reading/query.mjs [--rounds 5] [--megabytes 1000] [--files 40]
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { describeMachine } from '../../kit/machine.mjs'
import { pairedRatio, spread } from '../../kit/statistics.mjs'

const manifest = createRequire(import.meta.url).resolve('pino-funnel/package.json')
const command = [process.execPath, join(dirname(manifest), 'bin', 'pino-funnel.js')]
const needle = 'a needle in the middle'
const messages = ['request completed', 'cache miss', 'slow query', 'user signed in', 'job finished']

if (process.argv[1] === fileURLToPath(import.meta.url)) print()

function print() {
  const NUMBER = { type: 'string' }
  const { values } = parseArgs({ options: { rounds: NUMBER, megabytes: NUMBER, files: NUMBER } })
  const {
    rounds = 5,
    megabytes = 1000,
    files = 40,
  } = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]))
  const figures = queryRounds({ rounds, megabytes, files })
  console.log(describeMachine())
  console.log(`${megabytes} MB in ${files} files, ${rounds} rounds; the start of the process counts\n`)
  console.log(`${' '.repeat(17)}ms, ours            ms, the other       times as fast`)
  const names = { gzip: 'query of gzip', plain: 'query of plain', tail: 'tail -n 100' }
  for (const [pair, { ours, other }] of Object.entries(figures)) {
    const columns = [spread(ours), spread(other), pairedRatio(other, ours).toFixed(2)]
    console.log(`${names[pair].padEnd(17)}${columns.map((text) => text.padEnd(20)).join('')}`.trimEnd())
  }
}

/** @returns ms of each round: of `query`, of compressed and of plain files, and of `tail`, each beside another program */
export function queryRounds({ rounds, megabytes, files }) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-reading-'))
  try {
    const log = (name, suffix) => makeLog(join(directory, name), suffix, { bytes: megabytes * 1e6, files })
    const [gzip, plain] = [log('gzip', '.gz'), log('plain', '')]
    const query = (path) => [...command, 'query', '--count', '--grep', needle, path]
    const pairs = {
      gzip: [query(gzip), ['sh', '-c', `zcat ${join(directory, 'gzip')}.*.log.gz | grep -c '${needle}'`]],
      plain: [query(plain), ['sh', '-c', `grep -c '${needle}' ${join(directory, 'plain')}.*.log`]],
      tail: [
        [...command, 'tail', '-n', '100', plain],
        [process.execPath, '-e', '0'],
      ],
    }
    const figures = {}
    for (const [name, [ours, other]] of Object.entries(pairs)) {
      figures[name] = { ours: [], other: [] }
      for (let round = 0; round < rounds; round += 1) {
        figures[name].ours.push(time(ours))
        figures[name].other.push(time(other))
      }
    }
    return figures
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** @param base - of the names of its files */
function makeLog(base, suffix, { bytes, files }) {
  for (let number = 1; number <= files; number += 1) {
    const lines = linesOf(bytes / files, number)
    writeFileSync(`${base}.${number}.log${suffix}`, suffix === '' ? lines : gzipSync(lines))
  }
  writeFileSync(`${base}.log`, linesOf(1e6, 0))
  return `${base}.log`
}

/** Ids and numbers that gzip can't foresee, as in the log of a service. */
function linesOf(bytes, number) {
  const random = randomFrom(number)
  const lines = []
  for (let length = 0, n = 0; length < bytes; n += 1) {
    const msg = number === 1 && n === 1000 ? needle : messages[random(messages.length)]
    const req = { id: random(1e9).toString(16), method: 'GET', url: `/items/${random(1e5)}` }
    const pid = 9145 + random(8)
    const line = `${JSON.stringify({ level: 30, time: 1.795e12 + n, pid, hostname: 'web-1', req, ms: random(900), msg })}\n`
    lines.push(line)
    length += line.length
  }
  return lines.join('')
}

/** The same numbers in each run: a linear congruential generator. */
function randomFrom(seed) {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % below
  }
}

function time([program, ...args]) {
  const begin = performance.now()
  const { status, stderr } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${status}: ${String(stderr)}`)
  return performance.now() - begin
}
