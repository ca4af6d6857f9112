import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** When the logs of these tests begin, ms since the epoch. */
export const BEGIN: number = Date.UTC(2026, 10, 21, 14, 36)

/** A log directory with these files. @returns the path of `app.log` in it */
export function logWith(files: Readonly<Record<string, readonly string[]>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-timeline-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  for (const [name, lines] of Object.entries(files)) {
    writeFileSync(join(directory, name), lines.map((line) => `${line}\n`).join(''))
  }
  return join(directory, 'app.log')
}

/** A record of a worker, so many seconds after the beginning. */
export function recordOf(pid: number, seconds: number, fields: object = {}): string {
  return JSON.stringify({ level: 30, time: BEGIN + seconds * 1000, pid, hostname: 'web-1', ...fields, msg: 'served' })
}

/** A record of the listener. */
export function noticeAt(seconds: number, funnel: object, listener = 777): string {
  const time = BEGIN + seconds * 1000
  return JSON.stringify({ level: 40, time, pid: listener, hostname: 'web-1', name: 'pino-funnel', funnel, msg: 'said' })
}
