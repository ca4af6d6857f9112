/**
 * A log that has gone back behind its engine: its host has lost power, or a machine or a directory was restored. What it
 * has written since has positions that other records had before.
 */
import { FunnelError } from '@pino-funnel/channel'
import { setTimeout as delay } from 'node:timers/promises'
import type { Batch, LastStored } from '../engine/engine.ts'
import type { LogSource } from '../source/log-source.ts'
import type { DecisionCommand } from '../state/decision.ts'

const NEWLINE = 0x0a
/** The log's end seems to be further back for an instant while its file is rotated. */
const CHECKS = 5
const CHECK_MS = 100

/**
 * Compares the engine's last batch with what the log has in its place. A batch whose file was deleted is not compared.
 *
 * @throws FunnelError `FUNNEL_SHIP_LOG_WENT_BACK`
 */
export async function refuseOtherHistory(
  source: LogSource,
  last: LastStored,
  signal: AbortSignal,
  commandFor: DecisionCommand,
): Promise<void> {
  const wentBack = (position: number, how: string, next: number): FunnelError => {
    return otherHistory(position, how, next, commandFor('skip', '<end>'))
  }
  let bounds = await source.bounds()
  for (let check = 0; bounds.end < last.to && check < CHECKS && !signal.aborted; check++) {
    await delay(CHECK_MS)
    bounds = await source.bounds()
  }
  if (signal.aborted) return
  if (bounds.end < last.to) throw wentBack(last.to, `ends at ${bounds.end}`, last.to)
  const { batch, to } = last
  if (to >= bounds.begin && !(await isLineBegin(source, to, signal)))
    throw wentBack(to, 'has no record that begins there', bounds.end)
  if (!batch || batch.from < bounds.begin) return
  const isThere = (await isLineBegin(source, batch.from, signal)) && (await hasBatch(source, batch, signal))
  if (!isThere) throw wentBack(to, 'has other records before it', bounds.end)
}

async function isLineBegin(source: LogSource, position: number, signal: AbortSignal): Promise<boolean> {
  try {
    // It is the first portion that fails.
    for await (const _ of source.read(position, signal, { follow: false })) break
    return true
  } catch (error) {
    if (error instanceof FunnelError && error.code === 'FUNNEL_POSITION_UNKNOWN') return false
    throw error
  }
}

/** A batch is not compared when the files have only a part of it. */
async function hasBatch(source: LogSource, batch: Batch, signal: AbortSignal): Promise<boolean> {
  const pieces: Buffer[] = []
  let at = batch.from
  for await (const portion of source.read(batch.from, signal, { follow: false })) {
    if (portion.from !== at) return true
    pieces.push(portion.bytes)
    at += portion.bytes.length
    if (at >= batch.to) return isSame(Buffer.concat(pieces).subarray(0, batch.to - batch.from), batch)
  }
  return true
}

/** Of records that a transform has changed, only their places are compared. */
function isSame(bytes: Buffer, batch: Batch): boolean {
  if (!batch.offsets) return bytes.equals(batch.bytes)
  return batch.offsets.every((offset) => offset === 0 || bytes[offset - 1] === NEWLINE)
}

function otherHistory(to: number, how: string, next: number, command: string): FunnelError {
  return new FunnelError(
    'FUNNEL_SHIP_LOG_WENT_BACK',
    `The engine holds this log up to position ${to}, but the log ${how}: a power failure took its end, or its directory ` +
      `or machine was restored. Records that were written since are in the files only. To go on with later ones, wait ` +
      `until 'npx --no pino-funnel ship status' shows an end beyond ${next}, and run with that end: ${command}`,
  )
}
