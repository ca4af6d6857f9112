/**
 * Runs the shipper of one log and engine: state in the channel, one leader, a hold on retention, and answers to those
 * who ask how it is.
 */
import { CHANNEL_NAME, openChannel } from '@pino-funnel/channel'
import { acquireHold, extentOf, type Hold } from '@pino-funnel/reader'
import type { Socket } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { engineFor } from '../engines/open-engine.ts'
import type { ShipSettings } from '../settings/ship-settings.ts'
import { recordId } from '../shipping/outgoing.ts'
import type { ShipEvent } from '../resuming/ship-event.ts'
import { Shipper } from '../shipping/shipper.ts'
import { ReaderSource } from '../source/reader-source.ts'
import { Checkpoint } from '../state/checkpoint.ts'
import { readDecision, removeDecision } from '../state/decision.ts'
import { takeLead } from '../state/leadership.ts'
import { keepRejected } from '../state/rejected.ts'
import { makeShipDirectory } from '../state/ship-directory.ts'
import { loadTransform } from './load-transform.ts'
import { openAtHome } from './open-at-home.ts'
import { pause, Pauses, pacer } from './pauses.ts'
import type { ShipStatus } from './status.ts'

/** How often a shipper that waits asks: for a log to begin, for the leader to end. */
const WAIT_MS = 500
/** How often the hold follows, and the log's id is compared. */
const TICK_MS = 1000

export interface RunShipperOptions {
  /** The live file. Absolute. */
  readonly file: string
  readonly settings: ShipSettings
  /** Ends it, when the batch that is on its way is stored. */
  readonly signal: AbortSignal
  /** What happens, for the log and for people. */
  onEvent(event: ShipEvent): void
  /** A line for people. */
  report(message: string): void
}

/**
 * Ships until the signal aborts. Waits for a log that does not exist yet, and for another shipper to end that does the
 * same.
 *
 * @throws FunnelError `FUNNEL_CHANNEL_*`, `FUNNEL_OPTION_*`
 */
export async function runShipper(options: RunShipperOptions): Promise<void> {
  const { file, settings, signal } = options
  const access = engineFor(settings)
  const transform = settings.transform === undefined ? undefined : await loadTransform(settings.transform)
  const channel = openChannel(join(dirname(file), CHANNEL_NAME))
  const directory = makeShipDirectory(channel.directory, settings.name, basename(file))
  const answers = new Answers()
  const leadership = await untilFound(
    signal,
    () => takeLead(directory, (socket) => answers.answer(socket)),
    () => options.report(`another shipper of ${file} runs; this one waits`),
  )
  if (!leadership) return
  const checkpoint = new Checkpoint(join(directory, 'checkpoint'))
  try {
    while (!signal.aborted) {
      const extent = await untilFound(
        signal,
        async () => extentOf(file),
        () => options.report(`waiting for ${file}`),
      )
      if (!extent) break
      const over = new AbortController()
      const pauses = new Pauses()
      const hold = acquireHold(file, holdOf(settings, checkpoint, extent.id))
      const pace = pacer(settings.maxRate)
      const shipper = new Shipper({
        source: new ReaderSource(file, extent.id),
        openEngine: openAtHome(access, directory),
        progress: checkpoint,
        batching: settings.batch,
        outgoing: {
          tooLong: settings.tooLong,
          ...(settings.level !== undefined && { level: settings.level }),
          ...(transform && { transform }),
        },
        from: settings.from,
        pause: (failures, ended) => pauses.pause(failures, ended),
        ...(pace && { pace }),
        decision: { read: () => readDecision(directory), done: (decision) => removeDecision(directory, decision) },
        onEvent: (event) => {
          if (event.type === 'refused') keep(event, directory, extent.id)
          options.onEvent(event)
        },
      })
      answers.use(() => {
        pauses.wake()
        return { ...shipper.status(), pid: process.pid, to: settings.to, end: extentOf(file)?.end ?? 0 }
      })
      const tick = setInterval(() => {
        follow(hold, shipper)
        if (extentOf(file)?.id !== extent.id) over.abort()
      }, TICK_MS)
      try {
        await shipper.run(AbortSignal.any([signal, over.signal]))
      } finally {
        clearInterval(tick)
        follow(hold, shipper)
        hold.save()
      }
    }
  } finally {
    checkpoint.close()
    leadership.resign()
    channel.close()
  }
}

/** What is not shipped is spared by retention, within the budget. */
function holdOf(
  { name, budget, from }: ShipSettings,
  { progress }: Checkpoint,
  id: string,
): Parameters<typeof acquireHold>[1] {
  const begin = progress?.log === id ? progress.position : from === 'now' ? 'end' : 'beginning'
  return { name: holdName(name), budget, from: begin }
}

export function holdName(name: string): string {
  return `ship-${name}`
}

function follow(hold: Hold, shipper: Shipper): void {
  const { position } = shipper.status()
  if (position !== undefined) hold.advance(position)
}

function keep({ batch, error }: Extract<ShipEvent, { type: 'refused' }>, directory: string, log: string): void {
  keepRejected(join(directory, 'rejected'), {
    id: recordId(log, batch.from),
    reason: error.message,
    line: batch.bytes.toString(),
  })
}

/** Answers each connection with the status, as one line of JSON. */
class Answers {
  #status: (() => ShipStatus) | undefined

  use(status: () => ShipStatus): void {
    this.#status = status
  }

  answer(socket: Socket): void {
    socket.on('error', () => {})
    socket.end(this.#status ? `${JSON.stringify(this.#status())}\n` : '')
  }
}

async function untilFound<T>(
  signal: AbortSignal,
  find: () => Promise<T | undefined>,
  onWait: () => void,
): Promise<T | undefined> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    const found = await find()
    if (found !== undefined) return found
    if (attempt === 0) onWait()
    await pause(WAIT_MS, signal)
  }
  return undefined
}

/** A sentence about an event, for people. */
export function sentenceOf(event: ShipEvent): string {
  switch (event.type) {
    case 'trouble':
      return `can't ship: ${event.error.message}. It is tried again until it succeeds; nothing is given up`
    case 'recovered':
      return 'ships again'
    case 'warning':
      return event.message
    case 'rewound':
      return `the engine no longer has what it had acknowledged, positions ${event.from} to ${event.to}: it is sent again`
    case 'lost':
      return `${event.to - event.from} bytes of the log, positions ${event.from} to ${event.to}, were deleted or given up before they were shipped`
    case 'refused':
      return `the engine refused the record at position ${event.batch.from}: ${event.error.message}. It is in the file 'rejected'`
  }
}
