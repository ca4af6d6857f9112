/** What all scenarios share: a temporary log directory, workers, and a verdict computed from the log. */
import { LogDirectory } from '@pino-funnel/test/kit'
import { Ledger } from '@pino-funnel/test/records'
import { fork } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { parentPort, Worker } from 'node:worker_threads'
import pino from 'pino'
import { destination } from 'pino-funnel'

/** The environment variable that gives workers their log directory. */
const PLACE = 'SCENARIO_PLACE'

/** The name of the worker that runs here; `undefined` in the process of the scenario itself. */
export const [, , workerName] = process.argv

/**
 * Runs a scenario in a log directory of its own, and prints the verdict. Exits with 1 when a record is missing, twice,
 * torn or out of order.
 *
 * @param files - returns the files of the log, the oldest first; called at the end
 */
export async function scenario(run, files = (directory) => [directory.file]) {
  const directory = new LogDirectory()
  process.env[PLACE] = JSON.stringify({ logs: directory.logs, ledgers: directory.ledgers })
  try {
    await run(directory)
    await directory.drained(120_000)
    const { logged, missing, twice, torn, outOfOrder, ok } = await directory.check(files(directory))
    console.log(
      `${logged} records logged: ${missing} missing, ${twice} twice, ${torn} torn, ${outOfOrder} out of order`,
    )
    process.exitCode = ok ? 0 : 1
  } finally {
    await directory.endListener()
    rmSync(directory.root, { recursive: true })
  }
}

/** A worker that logs through pino-funnel, and keeps a ledger of its records. */
export function openWorker(name, { name: file = 'app.log', ...options } = {}) {
  const { logs, ledgers } = JSON.parse(process.env[PLACE])
  const stream = destination({ file: `${logs}/${file}`, ...options })
  const logger = pino(stream)
  const ledger = new Ledger(ledgers, name)
  return {
    stream,
    logger,
    log(count) {
      for (let n = 0; n < count; n += 1) ledger.log('an order', (record) => logger.info(record, 'shipped'))
    },
  }
}

export function startProcess(scenarioUrl, name, options) {
  return fork(new URL(scenarioUrl), [name], options)
}

export function startThread(scenarioUrl, name) {
  return new Worker(new URL(scenarioUrl), { argv: [name] })
}

/** The records that pino-funnel itself has written to the log. */
export function noticesIn(file) {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line)).filter(({ name }) => name === 'pino-funnel')
}

/** Sends a message from a worker, a process or a thread, to the scenario. */
export function send(word) {
  if (parentPort) parentPort.postMessage(word)
  else process.send(word)
}

/** Lets the event loop turn once. */
export const turn = () => new Promise((resolve) => setImmediate(resolve))
