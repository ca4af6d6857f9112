/** The command `pino-funnel ship`, as an operator runs it: its start, catching up, its memory, and how late a record is. */
import { extentOf } from '@pino-funnel/reader'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { endMarked, MARK, marked, memoryOf } from '../../kit/processes.mjs'

const MANIFEST = createRequire(import.meta.url).resolve('pino-funnel/package.json')
const COMMAND = join(dirname(MANIFEST), 'bin', 'pino-funnel.js')
const WORKER = fileURLToPath(new URL('../programs/steady-worker.mjs', import.meta.url))
const POLL_MS = 50

/**
 * @returns `plain`, `gzip`: bytes per second and most bytes of memory while catching up; `lateness`: ms from a log call to
 * the store, for each record; `starts`: ms from the start of a shipper whose predecessor was killed to its first message
 */
export async function commandRounds(nats, rounds, plan) {
  const results = { plain: [], gzip: [], lateness: [], starts: [] }
  await withLog({ count: plan.backlog, size: '8m' }, async (plain) => {
    await withLog({ count: plan.backlog, size: '8m', compress: true }, async (gzip) => {
      for (let round = 0; round < rounds; round += 1) {
        results.plain.push(await caughtUp(nats, plain, `plain-${round}`))
        results.gzip.push(await caughtUp(nats, gzip, `gzip-${round}`))
      }
    })
  })
  results.lateness = await lateness(nats, plan)
  for (let round = 0; round < rounds; round += 1) results.starts.push(await startAfterKill(nats, `starts-${round}`))
  return results
}

/** Ships all of a log from its beginning. */
async function caughtUp(nats, log, name) {
  const shipper = log.ship(nats, name)
  const { end } = extentOf(log.file)
  while ((await nats.endOf(subjectOf(name))) < end) await polled(shipper)
  const { most } = memoryOf(shipper.pid)
  await killed(shipper)
  const messages = await nats.messages(subjectOf(name))
  await nats.purge()
  const [first, last] = [messages[0], messages.at(-1)]
  return { perSecond: ((last.to - first.to) * 1000) / Math.max(1, last.at - first.at), memory: most }
}

async function lateness(nats, { slowRecords, slowMs, wait }) {
  return withLog({ slowMs }, async (log) => {
    const shipper = log.ship(nats, 'late', { batch: { wait } })
    // Those that were logged before it has started are late for another reason.
    while ((await nats.endOf(subjectOf('late'))) === 0) await polled(shipper)
    await pause((slowRecords + 1) * slowMs)
    await killed(shipper)
    const [, ...messages] = await nats.messages(subjectOf('late'))
    return messages.flatMap(({ at, lines }) => timesIn(lines).map((time) => at - time))
  })
}

async function startAfterKill(nats, name) {
  return withLog({ slowMs: 5 }, async (log) => {
    const first = log.ship(nats, name)
    while ((await nats.endOf(subjectOf(name))) === 0) await polled(first)
    await killed(first)
    const begin = Date.now()
    const shipped = await nats.endOf(subjectOf(name))
    const second = log.ship(nats, name)
    while ((await nats.endOf(subjectOf(name))) === shipped) await polled(second)
    await killed(second)
    const next = (await nats.messages(subjectOf(name))).find(({ to }) => to > shipped)
    return next.at - begin
  })
}

function timesIn(lines) {
  const records = lines.toString().trimEnd().split('\n')
  return records.map((line) => JSON.parse(line)).flatMap(({ msg, time }) => (msg === 'shipped' ? [time] : []))
}

function subjectOf(name) {
  return `logs.${name}`
}

/** @throws Error when the program has ended: nothing would come of it */
async function polled(program) {
  if (program.exitCode !== null) throw new Error(`A shipper has ended with code ${program.exitCode}`)
  await pause(POLL_MS)
}

async function killed(shipper) {
  const gone = once(shipper, 'exit')
  shipper.kill('SIGKILL')
  await gone
}

/** A log that a worker writes: all of it before, or a record every so many ms as long as it is used. */
async function withLog({ count, slowMs, ...options }, use) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-shipping-'))
  const env = { ...process.env, [MARK]: directory }
  const file = join(directory, 'logs', 'app.log')
  const settings = JSON.stringify({ count, slowMs, options: { file, linger: 0, ...options } })
  spawn(process.execPath, [WORKER, settings], { env, stdio: ['pipe', 'ignore', 'inherit'] })
  const log = {
    file,
    ship(nats, name, more = {}) {
      const config = join(directory, `${name}.json`)
      const engine = { ...nats.options, subject: subjectOf(name) }
      writeFileSync(config, JSON.stringify({ to: 'nats', name, options: engine, ...more }))
      return spawn(process.execPath, [COMMAND, 'ship', '--config', config, file], { env, stdio: 'ignore' })
    },
  }
  try {
    if (count === undefined) while (!extentOfIfThere(file)) await pause(POLL_MS)
    // When the worker has ended, and then its listener, all is in the files, and compressed.
    else while (marked(directory).length > 0) await pause(POLL_MS)
    return await use(log)
  } finally {
    await endMarked(directory)
    rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

function extentOfIfThere(file) {
  try {
    return extentOf(file)
  } catch {
    // No channel yet.
    return undefined
  }
}
