import { appendFileSync, statSync } from 'node:fs'

/** The file is for a person who repairs something. What is beyond is counted only. */
const MAX_REJECTED_BYTES = 64 * 1024 * 1024

/** Keeps a record that an engine refused for good, with its id and the reason. @returns whether there was room for it */
export function keepRejected(path: string, record: { id: string; reason: string; line: string }): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  const line = `${JSON.stringify(record)}\n`
  if (size + line.length > MAX_REJECTED_BYTES) return false
  appendFileSync(path, line, { mode: 0o600 })
  return true
}
