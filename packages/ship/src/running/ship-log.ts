import { CHANNEL_NAME } from '@pino-funnel/channel'
import { acquireHold, extentOf, holdsOf, oldestPosition, releaseHold, type Hold } from '@pino-funnel/reader'
import { dirname, join } from 'node:path'
import { recordId } from '../engine/engine.ts'
import type { EngineAccess } from '../engines/open-engine.ts'
import type { ShipEvent } from '../resuming/ship-event.ts'
import type { ShipSettings } from '../settings/ship-settings.ts'
import type { Transform } from '../shipping/outgoing.ts'
import { Shipper } from '../shipping/shipper.ts'
import { ReaderSource, type LogPlace } from '../source/reader-source.ts'
import type { Checkpoint } from '../state/checkpoint.ts'
import { decisionCommand, readDecision, removeDecision } from '../state/decision.ts'
import { keepRejected } from '../state/rejected.ts'
import type { Answers } from './answers.ts'
import { openAtHome } from './open-at-home.ts'
import { Pauses, pacer } from './pauses.ts'

/** How often the hold follows, and the log's id is compared. */
const TICK_MS = 1000

export interface Parts extends LogPlace {
  readonly settings: ShipSettings
  readonly access: EngineAccess
  readonly transform: Transform | undefined
  readonly signal: AbortSignal
  /** Of the shipper's state. */
  readonly directory: string
  readonly checkpoint: Checkpoint
  readonly answers: Answers
  onShipping(): void
  onEvent(event: ShipEvent): void
  report(message: string): void
}

/**
 * Ships the log of an id until the signal aborts, or the file has another log. Retention spares what is not shipped.
 *
 * @throws the system's error, when the hold can't be made
 */
export async function shipLog(id: string, parts: Parts): Promise<void> {
  const { file, channelDir, settings, access, transform, directory, checkpoint } = parts
  releaseOther(parts, id)
  const begin = await beginOf(parts, id)
  const hold = acquireHold(file, { name: holdName(settings.name), budget: settings.budget, from: begin, channelDir })
  const over = new AbortController()
  const pauses = new Pauses()
  const pace = pacer(settings.maxRate)
  const warn = onceEach((message) => parts.onEvent({ type: 'warning', message }))
  const isDefault = channelDir === join(dirname(file), CHANNEL_NAME)
  const commandFor = decisionCommand(settings.name, file, isDefault ? undefined : channelDir)
  const reportDamaged = (path: string): void => {
    warn(`the decision in ${path} can't be read, and is not carried out. Delete the file, and decide again`)
  }
  const source = new ReaderSource(parts, id, warn)
  const shipper = new Shipper({
    source,
    openEngine: openAtHome(access, directory, commandFor),
    commandFor,
    progress: checkpoint,
    batching: settings.batch,
    outgoing: {
      tooLong: settings.tooLong,
      ...(settings.level !== undefined && { level: settings.level }),
      ...(transform && { transform }),
    },
    from: settings.from,
    // It is kept from the first start on: what was deleted before is not lost.
    begin: hold.position,
    pause: (failures, ended, least) => pauses.pause(failures, ended, least),
    ...(pace && { pace }),
    decision: {
      read: () => readDecision(directory, reportDamaged),
      done: (decision) => removeDecision(directory, decision),
    },
    onEvent: (event) => {
      if (event.type === 'refused') keep(event, directory, id, warn)
      parts.onEvent(event)
    },
  })
  parts.answers.use({
    status: () => ({
      ...shipper.status(),
      pid: process.pid,
      to: settings.to,
      end: extentOf(file, { channelDir })?.end ?? 0,
      unplaced: source.unplaced,
    }),
    wake: () => pauses.wake(),
    hurry: () => pauses.hurry(),
  })
  const tick = setInterval(() => {
    follow(hold, id, shipper, warn)
    if (isOther(parts, id)) over.abort()
  }, TICK_MS)
  try {
    parts.onShipping()
    await shipper.run(AbortSignal.any([parts.signal, over.signal]))
  } finally {
    clearInterval(tick)
    follow(hold, id, shipper, warn)
  }
}

/** Where the hold begins: all that is there and not shipped is spared, up to the budget. */
async function beginOf(
  { file, channelDir, settings, checkpoint: { progress } }: Parts,
  id: string,
): Promise<number | 'end'> {
  if (progress?.log === id) return progress.position
  return settings.from === 'now' ? 'end' : oldestPosition(file, { channelDir })
}

/** A hold of another log has a position that means nothing in this one. */
function releaseOther({ file, channelDir, settings }: Parts, id: string): void {
  const name = holdName(settings.name)
  const known = holdsOf(file, { channelDir }).find((hold) => hold.name === name)
  if (known && known.logId !== id) releaseHold(file, name, { channelDir })
}

export function holdName(name: string): string {
  return `ship-${name}`
}

/** Until it succeeds, more is held than needed. */
function follow(hold: Hold, id: string, shipper: Shipper, warn: (message: string) => void): void {
  const { position } = shipper.status()
  try {
    if (position !== undefined) hold.advance(position, id)
    hold.save()
  } catch (error) {
    warn(`can't write how far it is for retention, which spares more than needed until that succeeds: ${String(error)}`)
  }
}

function isOther({ file, channelDir }: Parts, id: string): boolean {
  try {
    return extentOf(file, { channelDir })?.id !== id
  } catch {
    // It can't be read for now.
    return false
  }
}

/** @throws the system's error, unless the others of the batch are stored: they would be sent again for it */
function keep(
  { batch, error, isRestStored }: Extract<ShipEvent, { type: 'refused' }>,
  directory: string,
  log: string,
  warn: (message: string) => void,
): void {
  const record = { id: recordId(log, batch.from), reason: error.message, line: batch.bytes.toString() }
  const path = join(directory, 'rejected')
  try {
    if (keepRejected(path, record)) return
    warn(`the file ${path} is full: further records that are refused are counted only. Move it away`)
  } catch (failure) {
    if (!isRestStored) throw failure
    warn(`can't keep refused records, which are counted only: ${String(failure)}`)
  }
}

/** @returns a function that passes each message on once */
function onceEach(pass: (message: string) => void): (message: string) => void {
  const passed = new Set<string>()
  return (message) => {
    if (!passed.has(message)) pass(message)
    passed.add(message)
  }
}
