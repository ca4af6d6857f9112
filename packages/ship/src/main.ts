/**
 * The program of a shipper that the listener launches. It ends with the listener, also when that is killed: a batch that
 * is on its way is finished, and the next shipper waits until this one has ended.
 */
import { isShipperOrder, type ShipperMessage, type ShipperOrder } from '@pino-funnel/channel'
import { sentenceOf, type ShipEvent } from './resuming/ship-event.ts'
import { Answers } from './running/answers.ts'
import { runShipper } from './running/run-shipper.ts'
import { parseShipSettings } from './settings/ship-settings.ts'

/** How often it is checked whether all is shipped. */
const CHECK_MS = 50
/**
 * An engine that hangs must not keep a process whose listener has ended. So a shipper that waits for another one to end
 * waits that long, too.
 */
const LEAVING_MS = 10_000

const answers = new Answers()
const over = new AbortController()

// A service manager signals the whole process group. A shipper ends with the listener, and that after the workers.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
// The reader of these streams may have ended.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

process.on('disconnect', leave)
process.on('message', (order) => {
  if (!isShipperOrder(order)) return
  if (order.type === 'ship') void run(order)
  else finish()
})

async function run({ file, name, settings: given, directory }: Extract<ShipperOrder, { type: 'ship' }>): Promise<void> {
  process.title = `pino-funnel shipper ${name}`
  try {
    process.chdir(directory)
    const [settings] = parseShipSettings({ ...given, name }, 'ship')
    if (!settings) throw new RangeError('There is no entry')
    const shipping = runShipper({ file, settings, signal: over.signal, answers, onEvent, report: print })
    send({ type: 'ready' })
    await shipping
    process.disconnect?.()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    send({ type: 'failed', error: reason }, () => process.exit(1))
  }
}

function onEvent(event: ShipEvent): void {
  print(sentenceOf(event))
  switch (event.type) {
    case 'trouble':
      send({ type: 'trouble', error: event.error.message })
      break
    case 'recovered':
      send({ type: 'recovered' })
      break
    case 'rewound':
    case 'lost':
      send({ type: event.type, from: event.from, to: event.to })
      break
    case 'warning':
    case 'refused':
  }
}

/** Ends when all of the log is shipped, or it can't be. The listener kills it if that takes too long. */
function finish(): void {
  const patience = performance.now() + LEAVING_MS
  const checking = setInterval(() => {
    const waitsInVain = answers.standsBy && performance.now() > patience
    if (!answers.isUpToDate && !waitsInVain) return
    clearInterval(checking)
    leave()
  }, CHECK_MS)
}

function leave(): void {
  over.abort()
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LEAVING_MS).unref()
}

function print(message: string): void {
  process.stderr.write(`${message}\n`)
}

function send(message: ShipperMessage, then: () => void = () => {}): void {
  if (process.connected) process.send?.(message, then)
  else then()
}
