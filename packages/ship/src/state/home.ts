/**
 * Where a log is shipped to, as it was when that began. A container that is made again has another host name, and must
 * not begin another stream; a changed subject or key would ship the whole log again, or leave a part of it out.
 */
import { isRecord, systemCode } from '@pino-funnel/channel'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from '../engine/engine.ts'

export interface Home extends Place {
  /** Stands for `{host}` in names. */
  readonly host: string
}

/** @returns `undefined` when nothing was shipped yet */
export function readHome(directory: string): Home | undefined {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(join(directory, 'place'), 'utf8'))
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
  if (!isRecord(value)) return undefined
  const { host, name, servers } = value
  if (typeof host !== 'string' || typeof name !== 'string' || !Array.isArray(servers)) return undefined
  return { host, name, servers: servers.map(String) }
}

export function noteHome(directory: string, home: Home): void {
  const path = join(directory, 'place')
  const descriptor = openSync(`${path}.new`, 'w', 0o600)
  try {
    writeSync(descriptor, `${JSON.stringify(home)}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(`${path}.new`, path)
}
