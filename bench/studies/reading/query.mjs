/**
 * How fast does `query` find a rare text, beside `zcat | grep` and `grep`? And how long does `tail` take to start? Each
 * in turn, in rounds, on a log that is in the page cache.
 *
 *     node bench/studies/reading/query.mjs [--rounds 5] [--megabytes 200] [--files 8]
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { describeMachine } from '../../kit/machine.mjs'
import { spread } from '../../kit/statistics.mjs'

const { values } = parseArgs({
  options: { rounds: { type: 'string' }, megabytes: { type: 'string' }, files: { type: 'string' } },
})
const rounds = Number(values.rounds ?? 5)
const megabytes = Number(values.megabytes ?? 200)
const files = Number(values.files ?? 8)

const manifest = createRequire(import.meta.url).resolve('pino-funnel/package.json')
const command = [process.execPath, join(dirname(manifest), 'bin', 'pino-funnel.js')]
const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-reading-'))
const needle = 'a needle in the middle'

try {
  const logs = { gzip: makeLog('gzip', '.gz'), plain: makeLog('plain', '') }
  const contenders = {
    'query, gzip': [...command, 'query', '--count', '--grep', needle, logs.gzip],
    'zcat | grep': ['sh', '-c', `zcat ${join(directory, 'gzip')}.*.log.gz | grep -c '${needle}'`],
    'query, plain': [...command, 'query', '--count', '--grep', needle, logs.plain],
    grep: ['sh', '-c', `cat ${join(directory, 'plain')}.*.log | grep -c '${needle}'`],
    'tail -n 100': [...command, 'tail', '-n', '100', logs.plain],
  }
  const seconds = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1)
    for (const [name, line] of Object.entries(contenders)) seconds[name].push(time(line))

  console.log(describeMachine())
  console.log(`${megabytes} MB in ${files} files, ${rounds} rounds; the start of the process counts\n`)
  for (const [name, runs] of Object.entries(seconds)) {
    console.log(`${name.padEnd(16)}${spread(runs.map((each) => each * 1000))} ms`)
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

function linesOf(bytes, number) {
  const lines = []
  for (let length = 0, n = 0; length < bytes; n += 1) {
    const msg = number === 1 && n === 1000 ? needle : 'request completed'
    const line = `${JSON.stringify({ level: 30, time: 1.795e12 + n, pid: 9145, hostname: 'web-1', req: { id: n * 7919, method: 'GET' }, ms: n % 813, msg })}\n`
    lines.push(line)
    length += line.length
  }
  return lines.join('')
}

function time([program, ...args]) {
  const begin = performance.now()
  const { status, stderr } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${status}: ${String(stderr)}`)
  return (performance.now() - begin) / 1000
}
