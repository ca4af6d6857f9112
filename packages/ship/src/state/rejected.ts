import { closeSync, fstatSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs'

/** The file is for a person who repairs something. Records beyond this size are counted, not kept. */
const MAX_REJECTED_BYTES = 64 * 1024 * 1024

/**
 * Keeps a record that an engine refused for good, with its id and the reason.
 *
 * @returns whether there was room for it
 * @throws the system's error, and leaves no part of a line, and no file without one
 */
export function keepRejected(path: string, record: { id: string; reason: string; line: string }): boolean {
  const line = Buffer.from(`${JSON.stringify(record)}\n`)
  const descriptor = openSync(path, 'a', 0o600)
  try {
    const { size } = fstatSync(descriptor)
    if (size + line.length > MAX_REJECTED_BYTES) return false
    if (writeSync(descriptor, line) === line.length) return true
    ftruncateSync(descriptor, size)
    throw new Error(`${path} took only a part of a line: the disk is full`)
  } finally {
    const { size } = fstatSync(descriptor)
    closeSync(descriptor)
    if (size === 0) rmSync(path, { force: true })
  }
}
