/**
 * The program of a shipper that the listener launches. It ends with the listener, also when that is killed: a batch that
 * is on its way is finished, and the next shipper waits until this one has ended.
 */
import { isShipperOrder, printableLines, type ShipperMessage, type ShipperOrder } from '@pino-funnel/channel'
import { sentenceOf, type ShipEvent } from './resuming/ship-event.ts'
import { Answers } from './running/answers.ts'
import { runShipper } from './running/run-shipper.ts'
import { parseShipSettings } from './settings/ship-settings.ts'

/** How often it is checked whether all is shipped. */
const CHECK_MS = 50
/** How often it is checked whether anything is shipped. */
const PROOF_MS = 500
/** An engine that hangs must not keep a process whose listener has ended. */
const LEAVING_MS = 10_000
/** A shipper of a listener that has ended may take so long, in ms, to make room for this one. */
const LEADER_MS = LEAVING_MS
/** An engine may be starting again, with the deploy that has ended the workers. */
const ENGINE_MS = 10_000
/** Between two attempts then. */
const WAKE_MS = 2500
/** The listener puts a record about an event into the log, which is shipped, too. */
const RECORD_MS = 1000
/** Ms to wait for a ledger. A log without a record has none. */
const LOG_MS = 2000

const answers = new Answers()
const over = new AbortController()
/** When the last event was sent to the listener, by performance.now(). */
let sentAt = -Infinity

// A service manager signals the whole process group. A shipper ends with the listener, and that after the workers.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
// The reader of these streams may have ended.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

process.on('disconnect', leave)
process.on('message', (order) => {
  if (!isShipperOrder(order)) return fail('the listener is of another version, so that its order can not be read')
  if (order.type === 'ship') void run(order)
  else finish()
})

async function run({
  file,
  channelDir,
  name,
  settings: given,
  directory,
}: Extract<ShipperOrder, { type: 'ship' }>): Promise<void> {
  process.title = `pino-funnel shipper ${name}`
  try {
    enter(directory)
    const [settings] = parseShipSettings({ ...given, name }, 'ship')
    if (!settings) throw new RangeError('There is no entry')
    const onReady = (): void => {
      send({ type: 'ready' })
      proveShipping()
    }
    await runShipper({ file, channelDir, settings, signal: over.signal, answers, onEvent, onReady, report: print })
    // The listener may have been killed.
    if (process.connected) process.disconnect()
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error))
  }
}

function fail(reason: string): void {
  send({ type: 'failed', error: reason }, () => process.exit(1))
}

/** A trouble that an earlier process reported ends when this one has shipped a batch. */
function proveShipping(): void {
  const proving = setInterval(() => {
    if (!answers.ships) return
    clearInterval(proving)
    send({ type: 'recovered' })
  }, PROOF_MS)
  proving.unref()
}

/** A deploy may have deleted it. Relative paths of secrets are not found then. */
function enter(directory: string): void {
  try {
    process.chdir(directory)
  } catch (error) {
    print(String(error))
  }
}

function onEvent(event: ShipEvent): void {
  print(sentenceOf(event))
  sentAt = performance.now()
  switch (event.type) {
    case 'trouble':
      send({ type: 'trouble', error: event.error.message })
      break
    case 'recovered':
      send({ type: 'recovered' })
      break
    case 'rewound':
    case 'lost':
      send(event)
      break
    case 'refused':
      send({ type: 'refused', records: event.records, error: event.error.message })
      break
    case 'warning':
  }
}

/** Ends when all of the log is shipped, or it can't be for a while. The listener kills it if that takes too long. */
function finish(): void {
  const begin = performance.now()
  answers.wake()
  setInterval(() => answers.wake(), WAKE_MS).unref()
  const checking = setInterval(() => {
    const patience = { leader: LEADER_MS, engine: ENGINE_MS, log: LOG_MS, none: Infinity }[answers.waitsFor]
    const now = performance.now()
    const isDone = answers.isUpToDate && now > sentAt + RECORD_MS
    if (!isDone && now < begin + patience) return
    clearInterval(checking)
    leave()
  }, CHECK_MS)
}

function leave(): void {
  over.abort()
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LEAVING_MS).unref()
}

function print(message: string): void {
  process.stderr.write(`${printableLines(message)}\n`)
}

function send(message: ShipperMessage, then: () => void = () => {}): void {
  if (process.connected) process.send?.(message, then)
  else then()
}
