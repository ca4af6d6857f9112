import { readFileSync, renameSync, rmSync } from '../captured/fs.ts'
import { randomHex } from '../captured/random.ts'
import { join } from 'node:path'
import { systemCode } from '../util/errors.ts'
import type { ChannelLayout } from '../layout/layout.ts'
import { writePrivateFile } from '../layout/private.ts'
import { isRecord } from '../util/values.ts'
import { pidNamespace, processIsGone, processStart } from './process-hint.ts'

/**
 * The file `epoch`: the highest epoch that was ever won, and a hint at the process that won it.
 *
 * The number is part of the election. The rest lets a worker that can't wait for a turn of the event loop guess
 * whether there is a listener. The worker uses the guess only to decide whether to launch another one.
 */
export interface ListenerRecord {
  readonly epoch: number
  readonly pid: number
  /**
   * When the process started, as the kernel counts it: distinguishes a reused pid from the original. `''` where
   * unknown.
   */
  readonly start: string
  /** The PID namespace in which `pid` means something; `''` where there are none. */
  readonly pidNamespace: string
  /** The random name that the listener's socket was bound to; `''` where it is not known. */
  readonly socket: string
  /** The listener is about to leave: a new worker should launch the next one. */
  readonly leaving: boolean
}

/** Reads the record; `undefined` when no listener was ever elected here, or the file is damaged. */
export function readListenerRecord(channel: ChannelLayout): ListenerRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(channel.epoch, 'utf8'))
    return isListenerRecord(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Replaces the record by rename, so that a reader sees the old or the new one, never half of one. */
export function writeListenerRecord(channel: ChannelLayout, epoch: number, leaving: boolean, socket = ''): void {
  const record: ListenerRecord = {
    epoch,
    pid: process.pid,
    start: processStart(process.pid),
    pidNamespace: pidNamespace(),
    socket,
    leaving,
  }
  const draft = join(channel.tmp, `epoch.${randomHex(8)}`)
  try {
    writePrivateFile(draft, `${JSON.stringify(record)}\n`)
    renameSync(draft, channel.epoch)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/**
 * A guess, without waiting: `false` means that a listener is surely missing or leaving, `true` that one may be there.
 *
 * @param record - that was read just now
 */
export function listenerSeemsAlive(record: ListenerRecord | undefined): boolean {
  if (record === undefined || record.leaving) return false
  return record.pidNamespace !== pidNamespace() || !processIsGone(record.pid, record.start)
}

function isListenerRecord(value: unknown): value is ListenerRecord {
  if (!isRecord(value)) return false
  const { epoch, pid, start, pidNamespace: namespace, socket, leaving } = value
  return (
    Number.isSafeInteger(epoch) &&
    Number.isSafeInteger(pid) &&
    typeof start === 'string' &&
    typeof namespace === 'string' &&
    typeof socket === 'string' &&
    typeof leaving === 'boolean'
  )
}
