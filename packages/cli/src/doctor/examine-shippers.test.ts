import { ensureChannel, type Channel } from '@pino-funnel/channel'
import type { ShipReport, StatusReport } from '@pino-funnel/observe'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { examineShippers } from './examine-shippers.ts'
import type { Finding } from './finding.ts'

function emptyChannel(): Channel {
  const logs = mkdtempSync(join(tmpdir(), 'pino-funnel-doctor-'))
  const channel = ensureChannel(join(logs, '.pino-funnel'), logs)
  onTestFinished(() => {
    channel.close()
    rmSync(logs, { recursive: true })
  })
  return channel
}

/** What is found of a shipper that has something to ship. */
function findingsOf(shipper: Partial<ShipReport>, channel = emptyChannel()): Finding[] {
  const shippers: ShipReport[] = [
    {
      ship: 'loki',
      file: 'app.log',
      state: 'shipping',
      pid: null,
      position: 0,
      unshipped: 200,
      age: 1000,
      records: null,
      trouble: null,
      refused: 0,
      lost: 0,
      ...shipper,
    },
  ]
  const { root, logDirectory } = channel
  const report: StatusReport = {
    channel: root,
    logDirectory,
    listener: null,
    mailboxes: [],
    damaged: [],
    holds: [],
    mapping: null,
    shippers,
  }
  return examineShippers(channel, report)
}

test('a shipper that has started, and ships nothing for a minute, should be found', () => {
  expect(findingsOf({ state: 'starting', pid: 4711, age: 1000 })).toEqual([])
  expect(findingsOf({ state: 'starting', pid: 4711, age: 120_000 })).toMatchObject([
    {
      code: 'ship-trouble',
      what: expect.stringMatching(/loki \(pid 4711\) has started, and does not begin/) as string,
    },
  ])
})
