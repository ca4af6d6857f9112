/**
 * What does a sink that hangs cost the log at full load? The throughput into the file with and without it, in turn; the
 * most memory of the listener; and whether records in the log account for each record that the sink did not get.
 *
 *     node bench/studies/sinks/hung-sink.mjs [--seconds 10] [--rounds 3]
 */
import { spawnSync } from 'node:child_process'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine } from '../../kit/machine.mjs'
import { median, spread } from '../../kit/statistics.mjs'

const CONTENDERS = ['none', 'hangs']
const NEWLINE = 0x0a

const { values } = parseArgs({ options: { seconds: { type: 'string' }, rounds: { type: 'string' } } })
const seconds = Number(values.seconds ?? 10)
const rounds = Number(values.rounds ?? 3)

/** @type {Map<string, { rate: number, memory: number, records: number, found: number, dropped: number, reported: number, own: number }[]>} */
const runs = new Map(CONTENDERS.map((name) => [name, []]))
for (let round = 0; round < rounds; round += 1) {
  for (const name of CONTENDERS) runs.get(name).push(await run(name))
}

console.log(describeMachine())
console.log(`one worker at full load for ${seconds} s, ${rounds} rounds`)
console.log(
  `\n${'sink'.padEnd(8)}${'records/s into the file'.padEnd(32)}${'vs none'.padEnd(10)}most MB of the listener`,
)
for (const [name, results] of runs) {
  const ratio = median(results.map(({ rate }, round) => rate / runs.get('none')[round].rate))
  const rate = spread(results.map((result) => result.rate))
  const memory = spread(results.map((result) => result.memory / 2 ** 20))
  console.log(`${name.padEnd(8)}${rate.padEnd(32)}${ratio.toFixed(2).padEnd(10)}${memory}`)
}
for (const { records, found, dropped, reported, own } of runs.get('hangs')) {
  // The sink is also offered the records of pino-funnel, except for the last ones.
  const isWhole = found === records && reported >= records && reported <= records + own
  const verdict = isWhole ? 'all accounted for' : 'NOT ALL ACCOUNTED FOR'
  console.log('\nthe records of one run:')
  console.table({ logged: records, 'in the file': found, 'dropped for the sink at the end of the load': dropped })
  console.table({ 'reported by records in the log': reported, "of these, pino-funnel's own, at most": own, verdict })
  if (!isWhole) process.exitCode = 1
}

/** One contender for one round, in a directory of its own. */
async function run(name) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-'))
  try {
    const file = join(directory, 'app.log')
    const worker = fileURLToPath(new URL('hung-sink-worker.mjs', import.meta.url))
    const { status, stdout, stderr } = spawnSync(process.execPath, [worker, name, file, String(seconds)], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`${name} failed: ${stderr}`)
    return { ...JSON.parse(stdout), ...(await inLog(file)) }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Counts the records of the worker in the log, and the drops that records of pino-funnel report. */
async function inLog(file) {
  const counts = { found: 0, reported: 0, own: 0 }
  let rest = Buffer.alloc(0)
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) {
    const bytes = Buffer.concat([rest, chunk])
    const end = bytes.lastIndexOf(NEWLINE) + 1
    count(bytes.subarray(0, end), counts)
    rest = bytes.subarray(end)
  }
  return counts
}

function count(lines, counts) {
  const notices = []
  for (let at = lines.indexOf('"funnel":'); at !== -1; at = lines.indexOf('"funnel":', at + 1)) {
    const from = lines.lastIndexOf(NEWLINE, at) + 1
    notices.push(JSON.parse(lines.toString('utf8', from, lines.indexOf(NEWLINE, at))).funnel)
  }
  const dropped = notices.filter(({ event }) => event === 'sink-dropped')
  for (let at = lines.indexOf(NEWLINE); at !== -1; at = lines.indexOf(NEWLINE, at + 1)) counts.found += 1
  counts.found -= notices.length
  counts.own += notices.length
  for (const { count: records } of dropped) counts.reported += records
}
