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
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { describeMachine } from '../../kit/machine.mjs'
import { pairedRatio, spread } from '../../kit/statistics.mjs'

const { values } = parseArgs({
  options: { rounds: { type: 'string' }, megabytes: { type: 'string' }, files: { type: 'string' } },
})
const rounds = Number(values.rounds ?? 5)
const megabytes = Number(values.megabytes ?? 1000)
const files = Number(values.files ?? 40)

const manifest = createRequire(import.meta.url).resolve('pino-funnel/package.json')
const command = [process.execPath, join(dirname(manifest), 'bin', 'pino-funnel.js')]
const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-reading-'))
const needle = 'a needle in the middle'
const messages = ['request completed', 'cache miss', 'slow query', 'user signed in', 'job finished']

try {
  const logs = { gzip: makeLog('gzip', '.gz'), plain: makeLog('plain', '') }
  const gzip = [...command, 'query', '--count', '--grep', needle, logs.gzip]
  const plain = [...command, 'query', '--count', '--grep', needle, logs.plain]
  const pairs = {
    'query of gzip': [gzip, ['sh', '-c', `zcat ${join(directory, 'gzip')}.*.log.gz | grep -c '${needle}'`]],
    'query of plain': [plain, ['sh', '-c', `grep -c '${needle}' ${join(directory, 'plain')}.*.log`]],
    'tail -n 100': [
      [...command, 'tail', '-n', '100', logs.plain],
      [process.execPath, '-e', '0'],
    ],
  }
  console.log(describeMachine())
  console.log(`${megabytes} MB in ${files} files, ${rounds} rounds; the start of the process counts\n`)
  console.log(`${' '.repeat(17)}ms, ours            ms, the other       times as fast`)
  for (const [name, [ours, other]] of Object.entries(pairs)) {
    const taken = { ours: [], other: [] }
    for (let round = 0; round < rounds; round += 1) {
      taken.ours.push(time(ours))
      taken.other.push(time(other))
    }
    const columns = [spread(taken.ours), spread(taken.other), pairedRatio(taken.other, taken.ours).toFixed(2)]
    console.log(
      `${name.padEnd(17)}${columns
        .map((text) => text.padEnd(20))
        .join('')
        .trimEnd()}`,
    )
  }
} finally {
  rmSync(directory, { recursive: true })
}

function makeLog(name, suffix) {
  const bytes = (megabytes * 1e6) / files
  for (let number = 1; number <= files; number += 1) {
    const lines = linesOf(bytes, number)
    const path = join(directory, `${name}.${number}.log${suffix}`)
    writeFileSync(path, suffix === '' ? lines : gzipSync(lines))
  }
  const live = join(directory, `${name}.log`)
  writeFileSync(live, linesOf(1e6, 0))
  return live
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
