/**
 * What does a reader cost that follows a log of 100,000 records/s across rotations, and how late does it see a record?
 *
 *     node bench/studies/reading/follow.mjs [--seconds 10] [--rate 100000]
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readLog } from '@pino-funnel/reader'
import { describeMachine } from '../../kit/machine.mjs'
import { quantile } from '../../kit/statistics.mjs'

const WRITE_MS = 10
const ROTATE_BYTES = 50e6
/** Records of one write at most: they have the time at which it begins, and its duration counts as lateness. */
const WRITTEN = 1000
/** The time of each so many records is compared with the clock. */
const SAMPLED = 500

const SELF = fileURLToPath(import.meta.url)
if (process.argv[1] === SELF) {
  const TEXT = { type: 'string' }
  const { values } = parseArgs({ options: { seconds: TEXT, rate: TEXT, write: TEXT } })
  const [seconds, rate] = [Number(values.seconds ?? 10), Number(values.rate ?? 100_000)]
  if (values.write === undefined) await print(seconds, rate)
  else write(values.write, seconds, rate)
}

async function print(seconds, rate) {
  const { count, share, late } = await follow({ seconds, rate })
  console.log(describeMachine())
  console.log(`${count} records in ${seconds} s: ${(share * 100).toFixed(1)} % of a core`)
  console.log(`late, ms: median ${late.median}, p99 ${late.p99}, most ${late.most}`)
}

/** @returns the reader's share of a core, and how late it was, ms */
export async function follow({ seconds, rate }) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-bench-following-'))
  const log = join(directory, 'app.log')
  writeFileSync(log, '')
  spawn(process.execPath, [SELF, '--write', log, '--seconds', String(seconds), '--rate', String(rate)], {
    stdio: 'inherit',
  })
  try {
    const late = []
    let count = 0
    let begin
    for await (const { bytes, text } of readLog(log, { follow: true })) {
      begin ??= { cpu: process.cpuUsage(), time: performance.now() }
      if (bytes.length < 20) break
      count += 1
      if (count % SAMPLED === 0) late.push(Date.now() - JSON.parse(text).time)
    }
    const { user, system } = process.cpuUsage(begin.cpu)
    const share = (user + system) / 1000 / (performance.now() - begin.time)
    const [middle, p99, most] = [0.5, 0.99, 1].map((each) => quantile(late, each))
    return { count, share, late: { median: middle, p99, most } }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function write(log, seconds, rate) {
  let file = openSync(log, 'a')
  let count = 0
  let size = 0
  let rotations = 0
  const begin = Date.now()
  const timer = setInterval(() => {
    const due = Math.min(seconds, (Date.now() - begin) / 1000) * rate
    while (count < due) {
      const end = Math.min(due, count + WRITTEN)
      const time = Date.now()
      let lines = ''
      for (; count < end; count += 1) lines += lineOf(time, count)
      size += writeSync(file, lines)
    }
    if (due === seconds * rate) {
      clearInterval(timer)
      console.log(`the writer took ${((Date.now() - begin) / 1000).toFixed(2)} s`)
      writeSync(file, '{"end":true}\n')
    } else if (size > ROTATE_BYTES) {
      rotations += 1
      renameSync(log, log.replace('app.log', `app.${rotations}.log`))
      file = openSync(log, 'a')
      size = 0
    }
  }, WRITE_MS)
}

/** What pino makes of a record of usual size. It costs little, or the writer would be what is measured. */
function lineOf(time, n) {
  return `{"level":30,"time":${time},"pid":9145,"hostname":"web-1","n":${n},"req":{"id":"8f3c2a1b","method":"GET","url":"/items/13300"},"ms":293,"msg":"request completed"}\n`
}
