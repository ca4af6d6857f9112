/** What an operator has decided for a shipper. It lies in a file until the shipper has done it. */
import { isRecord, isWholeNumber, systemCode, unlinkIfThere } from '@pino-funnel/channel'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Decision =
  /** The log is a new one, and follows in the engine after what is there of another log. */
  | { readonly action: 'begin' }
  /** The log is the one in the engine, under another id: it goes on after the record that is stored last. */
  | { readonly action: 'adopt' }
  /** Ships again from a position on. */
  | { readonly action: 'rewind'; readonly position: number }
  /** What is not shipped yet, up to a position, is given up. */
  | { readonly action: 'skip'; readonly position: number }

export function leaveDecision(directory: string, decision: Decision): void {
  const path = join(directory, 'decision')
  writeFileSync(`${path}.new`, `${JSON.stringify(decision)}\n`, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

export function readDecision(directory: string): Decision | undefined {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(join(directory, 'decision'), 'utf8'))
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
  if (!isRecord(value)) return undefined
  const { action, position } = value
  if (action === 'begin' || action === 'adopt') return { action }
  if ((action === 'rewind' || action === 'skip') && isWholeNumber(position)) return { action, position }
  return undefined
}

/** Removes a decision that was carried out. Another one that was left meanwhile stays. */
export function removeDecision(directory: string, done: Decision): void {
  if (JSON.stringify(readDecision(directory)) === JSON.stringify(done)) unlinkIfThere(join(directory, 'decision'))
}
