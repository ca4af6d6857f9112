/**
 * What a shipper costs a log call, and the listener. A worker logs bursts, once without and once with a shipper that its
 * listener has launched, in turn.
 *
 * The wall time of a call also has what the scheduler takes: with two cores for worker, listener, shipper and server, that
 * is a figure of the machine. So the CPU time of the worker is taken, too, with its garbage collector.
 */
import { layoutOf, readListenerRecord } from '@pino-funnel/channel'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { cpuOf, endMarked, MARK } from '../../kit/processes.mjs'

const WORKER = fileURLToPath(new URL('../programs/shipping-worker.mjs', import.meta.url))
/** The listener, and its shipper, have then done what the bursts gave them to do. */
const SETTLE_MS = 1000

/** @returns `without` and `with`, for each round: ns of wall and CPU time a call, ns of the listener's CPU a record */
export async function callRounds(nats, { rounds, ...bursts }) {
  const results = { without: [], with: [] }
  for (let round = 0; round < rounds; round += 1) {
    const subject = `logs.calls-${round}`
    const order = round % 2 === 0 ? ['without', 'with'] : ['with', 'without']
    for (const kind of order) {
      const ship = kind === 'with' ? [{ to: 'nats', options: { ...nats.options, subject } }] : []
      results[kind].push(await callRun(bursts, ship))
    }
    if ((await nats.endOf(subject)) === 0) throw new Error(`No record came to ${subject}`)
  }
  return results
}

async function callRun({ bursts, callsPerBurst, pauseMs }, ship) {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-shipping-'))
  const env = { ...process.env, [MARK]: directory }
  const worker = fork(WORKER, [], { env })
  const ended = once(worker, 'exit').then(([code]) => {
    throw new Error(`The worker has ended with code ${code}`)
  })
  // At the end of the run, it has.
  ended.catch(() => {})
  const answer = () => Promise.race([once(worker, 'message'), ended])
  try {
    worker.send({ file: join(directory, 'logs', 'app.log'), ship, bursts, callsPerBurst, pauseMs })
    await answer()
    const { pid } = readListenerRecord(layoutOf(join(directory, 'logs', '.pino-funnel')))
    const before = cpuOf(pid)
    worker.send('go')
    const [figures] = await answer()
    await pause(SETTLE_MS)
    return { ...figures, listener: (cpuOf(pid) - before) / (bursts * callsPerBurst) }
  } finally {
    await endMarked(directory)
    rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}
