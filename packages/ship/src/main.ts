/**
 * The program of a shipper that the listener launches. It ends with the listener, also when that is killed: a batch that
 * is on its way is finished, and the next shipper waits until this one has ended.
 */
import { isShipperOrder, printableLines, type ShipperMessage, type ShipperOrder } from '@pino-funnel/channel'
import { sentenceOf, type ShipEvent } from './resuming/ship-event.ts'
import { Answers } from './running/answers.ts'
import { Finishing } from './running/finishing.ts'
import { runShipper } from './running/run-shipper.ts'
import { parseShipSettings } from './settings/ship-settings.ts'

/** How often it is checked whether all is shipped. */
const CHECK_MS = 50
/** How often it is checked whether anything is shipped. */
const PROOF_MS = 500
/** Ms until a process that leaves is killed, because its engine hangs. */
const LEAVING_MS = 10_000
/** The same for one whose engine has been away for too long: a batch on its way will hardly arrive. */
const GIVEN_UP_MS = 2000

const answers = new Answers()
const over = new AbortController()
const finishing = new Finishing(answers)
/** Whether the listener knows that this process ships. */
let isProven = false
/** Since the listener has ordered to finish. */
let checking: NodeJS.Timeout | undefined

// A service manager signals the whole process group. A shipper ends with the listener, and that after the workers.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
// The reader of these streams may have ended.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

process.on('disconnect', () => leave())
process.on('message', (order) => {
  if (!isShipperOrder(order)) return fail('the listener is of another version, so that its order can not be read')
  if (order.type === 'ship') void run(order)
  else finish(order.patience)
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

/** A trouble that an earlier process has reported ends when this one has shipped a batch. */
function proveShipping(): void {
  const proving = setInterval(() => {
    prove()
    if (isProven) clearInterval(proving)
  }, PROOF_MS)
  proving.unref()
}

/** @returns whether it is news to the listener */
function prove(): boolean {
  if (isProven || !answers.ships) return false
  isProven = true
  send({ type: 'recovered' })
  return true
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
  finishing.reported()
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
function finish(patience: number): void {
  finishing.order(patience)
  answers.hurry()
  checking ??= setInterval(checkWhetherDone, CHECK_MS)
}

function checkWhetherDone(): void {
  if (prove()) finishing.reported()
  const state = finishing.state()
  if (state === 'done') leave()
  else if (state === 'given up') leave(GIVEN_UP_MS)
}

/** @param ms - then it is killed, if a batch that is on its way holds it */
function leave(ms: number = LEAVING_MS): void {
  clearInterval(checking)
  over.abort()
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), ms).unref()
}

function print(message: string): void {
  process.stderr.write(`${printableLines(message)}\n`)
}

function send(message: ShipperMessage, then: () => void = () => {}): void {
  if (process.connected) process.send?.(message, then)
  else then()
}
