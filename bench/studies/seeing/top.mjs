/**
 * What do `top` and `metrics` take: CPU and memory of the picture with many workers, and the CPU of the listener while it is
 * asked for metrics, against while it is not?
 *
 *     node bench/studies/seeing/top.mjs [--workers 100] [--seconds 30] [--rate 10] [--flood 4]
 *
 * Each of the workers logs so many records a second. For the listener, as many workers as `flood` says log as fast as they
 * can, in turns with and without questions.
 */
import { fork, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as elapsed } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openChannel, readListenerRecord } from '@pino-funnel/channel'
import { Exporter } from '@pino-funnel/observe/metrics'
import { describeMachine } from '../../kit/machine.mjs'
import { median } from '../../kit/statistics.mjs'

const NUMBER = { type: 'string' }
const { values } = parseArgs({ options: { workers: NUMBER, seconds: NUMBER, rate: NUMBER, flood: NUMBER } })
const {
  workers = 100,
  seconds = 30,
  rate = 10,
  flood = 4,
} = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]))
/** Turns with and without questions. */
const TURNS = 5
const TURN_MS = 5000
/** As often as Prometheus does at most, usually. */
const ASK_MS = 1000
const TICKS_PER_SECOND = 100

console.log(describeMachine())
await inDirectory(async (logs) => {
  const children = await start(logs, workers, rate)
  console.log(`top with ${workers} workers of ${rate} records a second: ${await watch(logs)}`)
  for (const child of children) child.kill('SIGKILL')
})
await inDirectory(async (logs) => {
  const children = await start(logs, flood, Infinity)
  console.log(`the listener with ${flood} workers at full load, asked for metrics each second: ${await asked(logs)}`)
  for (const child of children) child.kill('SIGKILL')
})

async function inDirectory(work) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-study-'))
  await work(directory)
  // The listener writes what is left.
  await elapsed(3000)
  rmSync(directory, { recursive: true, maxRetries: 20, retryDelay: 200 })
}

async function start(logs, count, each) {
  const program = fileURLToPath(new URL('top-worker.mjs', import.meta.url))
  const children = Array.from({ length: count }, () => fork(program, [join(logs, 'app.log'), String(each)]))
  await Promise.all(children.map((child) => new Promise((resolve) => child.once('message', resolve))))
  return children
}

async function watch(logs) {
  const program = fileURLToPath(new URL('watch.mjs', import.meta.url))
  const child = spawn(process.execPath, [program, logs, String(seconds)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (more) => (text += more))
  await new Promise((resolve) => child.once('close', resolve))
  const { share, mb } = JSON.parse(text)
  return `${(share * 100).toFixed(1)} % of a core, ${Math.round(mb)} MB at most`
}

/** CPU of the listener for each record, with questions against without. */
async function asked(logs) {
  const channel = openChannel(join(logs, '.pino-funnel'))
  const exporter = new Exporter(channel, () => Promise.resolve([]))
  const ratios = []
  for (let turn = 0; turn < TURNS; turn += 1) {
    const quiet = await turnOf(channel, async () => {})
    const busy = await turnOf(channel, () => exporter.metrics('prometheus'))
    ratios.push(busy / quiet)
  }
  await exporter.close()
  const shown = ratios.map((ratio) => ratio.toFixed(3)).join(', ')
  return `${median(ratios).toFixed(3)} of its CPU for each byte without questions (${shown})`
}

async function turnOf(channel, question) {
  const { pid } = readListenerRecord(channel)
  const before = { cpu: cpuOf(pid), bytes: bytesOf(pid) }
  for (const end = performance.now() + TURN_MS; performance.now() < end; await elapsed(ASK_MS)) await question()
  return (cpuOf(pid) - before.cpu) / (bytesOf(pid) - before.bytes)
}

/** Seconds: proc(5), stat. */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** What it has written: proc(5), io. */
function bytesOf(pid) {
  return Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))[1])
}
