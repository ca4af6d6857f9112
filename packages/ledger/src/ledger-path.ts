import { systemCode } from '@pino-funnel/channel'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { decodeEntries } from './ledger-entry.ts'
import { Ledger, leftOutBetween } from './ledger.ts'
import { readPrivate } from './read-private.ts'

/** @param channel - directory of the channel */
export function ledgerDirectory(channel: string): string {
  return join(channel, 'ledger')
}

/** @param log - name of the log file */
export function ledgerPath(channel: string, log: string): string {
  return join(ledgerDirectory(channel), log)
}

/**
 * The ledger of a log, as any process reads it.
 *
 * @returns `undefined` when there is none, or another user's
 * @throws the system's error
 */
export function readLedger(channel: string, log: string): Ledger | undefined {
  try {
    const ledger = new Ledger(decodeEntries(readPrivate(ledgerPath(channel, log)) ?? Buffer.alloc(0)).entries)
    return ledger.id === undefined ? undefined : ledger
  } catch (error) {
    if (isUnreachable(error)) return undefined
    throw error
  }
}

/** Whether there is no ledger, or another user's: the channel is closed to other users, its logs may be open. */
export function isUnreachable(error: unknown): boolean {
  return UNREACHABLE.has(systemCode(error))
}

const UNREACHABLE: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'])

/** The position after the last byte of a log. @param live - path of its live file */
export function logEnd({ last }: Ledger, live: string): number {
  if (!last) return 0
  const size = last.name === undefined ? statSync(live, { throwIfNoEntry: false })?.size : undefined
  return last.base + Math.max(last.length, size ?? 0)
}

/**
 * Bytes of a log from a position on, also those that were deleted. Positions that were left out have none.
 *
 * @param live - path of its live file
 */
export function bytesFrom(ledger: Ledger, live: string, position: number): number {
  const end = logEnd(ledger, live)
  return Math.max(0, end - position - leftOutBetween(ledger, position, end))
}
