/** A channel and a report about it, for tests. */
import { ensureChannel, type Channel } from '@pino-funnel/channel'
import type { StatusReport } from '@pino-funnel/observe'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export function emptyChannel(): Channel {
  const logs = mkdtempSync(join(tmpdir(), 'pino-funnel-doctor-'))
  const channel = ensureChannel(join(logs, '.pino-funnel'), logs)
  onTestFinished(() => {
    channel.close()
    rmSync(logs, { recursive: true })
  })
  return channel
}

export function reportOf({ root, logDirectory }: Channel, given: Partial<StatusReport>): StatusReport {
  return {
    channel: root,
    logDirectory,
    listener: null,
    mailboxes: [],
    damaged: [],
    holds: [],
    mapping: null,
    shippers: [],
    ...given,
  }
}
