/**
 * Runs the shipper of one log and engine: state in the channel, one leader, and answers to those who ask how it is.
 *
 * What always holds in this room: the process goes on whatever the system refuses. A full disk or a channel that was
 * deleted is trouble, which is reported once and tried again. Only a wrong configuration ends it.
 */
import { CHANNEL_NAME, FunnelError, openChannel, type Channel } from '@pino-funnel/channel'
import { extentOf, type LogExtent } from '@pino-funnel/reader'
import { basename, dirname, join } from 'node:path'
import { engineFor } from '../engines/open-engine.ts'
import type { ShipEvent } from '../resuming/ship-event.ts'
import type { ShipSettings } from '../settings/ship-settings.ts'
import { Checkpoint } from '../state/checkpoint.ts'
import { noteLeader } from '../state/leader-record.ts'
import { takeLead } from '../state/leadership.ts'
import { makeShipDirectory } from '../state/ship-directory.ts'
import { Answers } from './answers.ts'
import { loadTransform } from './load-transform.ts'
import { pause } from './pauses.ts'
import { shipLog, type Parts } from './ship-log.ts'

/** How often a shipper that waits asks: for a log to begin, for the leader to end, for a channel. */
const WAIT_MS = 500
/** How often it is checked that the channel is still in its place. */
const TICK_MS = 1000

export interface RunShipperOptions {
  /** The live file. Absolute. */
  readonly file: string
  /** Directory of the log's channel. @defaultValue `.pino-funnel` in the log directory */
  readonly channelDir?: string
  readonly settings: ShipSettings
  /** Ends it, when the batch that is on its way is stored. */
  readonly signal: AbortSignal
  /** Its options are right, and it begins. */
  onReady?(): void
  /** For those who ask how it is. */
  readonly answers?: Answers
  /** What happens, for the log and for people. */
  onEvent(event: ShipEvent): void
  /** A line for people. */
  report(message: string): void
}

/**
 * Ships until the signal aborts. Waits for a log that does not exist yet, and for another shipper to end that does the
 * same. A channel that is deleted meanwhile is waited for, too.
 *
 * @throws FunnelError `FUNNEL_CHANNEL_*`, `FUNNEL_OPTION_*`
 */
export async function runShipper(options: RunShipperOptions): Promise<void> {
  const { file, settings, signal, answers = new Answers() } = options
  const channelDir = options.channelDir ?? join(dirname(file), CHANNEL_NAME)
  const access = engineFor(settings)
  const transform = settings.transform === undefined ? undefined : await loadTransform(settings.transform)
  let wasOpen = false
  let trouble: string | undefined
  const onShipping = (): void => {
    if (trouble !== undefined) options.onEvent({ type: 'recovered' })
    trouble = undefined
  }
  options.onReady?.()
  while (!signal.aborted) {
    try {
      const channel = openChannel(channelDir)
      wasOpen = true
      try {
        await shipFrom(channel, { ...options, channelDir, answers, access, transform, onShipping })
      } finally {
        channel.close()
      }
    } catch (error) {
      if (isFinal(error, wasOpen)) throw error
      const reason = error instanceof Error ? error : new Error(String(error))
      if (reason.message !== trouble) options.onEvent({ type: 'trouble', error: reason })
      trouble = reason.message
      answers.wait('log')
      await pause(WAIT_MS, signal)
    }
  }
}

/** A channel that was there may come again. */
function isFinal(error: unknown, wasOpen: boolean): boolean {
  if (!(error instanceof FunnelError) || error.retry) return false
  return !(wasOpen && error.code === 'FUNNEL_CHANNEL_MISSING')
}

/** Ships until the signal aborts, or the channel is no longer in its place. */
async function shipFrom(channel: Channel, options: Omit<Parts, 'directory' | 'checkpoint'>): Promise<void> {
  const { file, settings, answers } = options
  const replaced = new AbortController()
  const watch = setInterval(() => {
    if (!isInPlace(channel)) replaced.abort()
  }, TICK_MS)
  const signal = AbortSignal.any([options.signal, replaced.signal])
  try {
    const directory = makeShipDirectory(channel.directory, settings.name, basename(file))
    const leadership = await untilFound(
      signal,
      () => takeLead(directory, (socket) => answers.answer(socket)),
      () => {
        answers.wait('leader')
        options.report(`another shipper of ${file} runs; this one waits`)
      },
    )
    if (!leadership) return
    noteLeader(directory)
    try {
      await shipLogs({ ...options, signal, directory })
    } finally {
      leadership.resign()
    }
  } finally {
    clearInterval(watch)
  }
}

/** One log after the other: the file has another one when its ledger was lost. */
async function shipLogs(parts: Omit<Parts, 'checkpoint'>): Promise<void> {
  const { file, channelDir, signal, report, directory, answers } = parts
  const checkpoint = new Checkpoint(join(directory, 'checkpoint'))
  try {
    while (!signal.aborted) {
      const extent = await untilFound(
        signal,
        async () => settledExtent(file, channelDir),
        () => {
          answers.wait('log')
          report(`waits: ${file} has no record yet, or none since the machine was started`)
        },
      )
      if (extent) await shipLog(extent.id, { ...parts, checkpoint })
    }
  } finally {
    checkpoint.close()
  }
}

/** What a power loss has taken is not known before the log is opened again: until then it may seem to have gone back. */
function settledExtent(file: string, channelDir: string): LogExtent | undefined {
  const extent = extentOf(file, { channelDir })
  return extent?.isSettled === true ? extent : undefined
}

function isInPlace(channel: Channel): boolean {
  try {
    return channel.isInPlace()
  } catch {
    // It can't be reached for now.
    return true
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
