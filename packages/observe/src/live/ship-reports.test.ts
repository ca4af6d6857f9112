import { ensureChannel } from '@pino-funnel/channel'
import { encodeEntry } from '@pino-funnel/ledger'
import { shipDirectory } from '@pino-funnel/ship'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { shipReports } from './ship-reports.ts'

test('should give no age when a shipper begins, and it is not known where', async () => {
  const logs = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-ships-')))
  onTestFinished(() => rmSync(logs, { recursive: true, force: true }))
  const file = join(logs, 'app.log')
  writeFileSync(file, '{"level":30,"time":1795000000000}\n')
  const { ino, birthtimeMs, size } = statSync(file)
  const channel = ensureChannel(join(logs, '.pino-funnel'), logs)
  onTestFinished(() => channel.close())
  mkdirSync(join(channel.directory, 'ledger'))
  const entries = [
    encodeEntry({ type: 'log', id: 'a'.repeat(32), machine: '', path: logs, directory: '', at: 0 }),
    encodeEntry({ type: 'file', file: 1, base: 0, identity: `${ino}:${birthtimeMs}` }),
  ]
  writeFileSync(join(channel.directory, 'ledger', 'app.log'), entries.join(''))
  const directory = shipDirectory(channel.directory, 'loki', 'app.log')
  mkdirSync(directory, { recursive: true })
  // It leads, and has no status yet.
  const leader = createServer((socket) => socket.end())
  await once(leader.listen(join(directory, 'S.1')), 'listening')
  onTestFinished(() => void leader.close())

  expect(await shipReports(channel, undefined)).toEqual([
    expect.objectContaining({ ship: 'loki', state: 'starting', unshipped: size, age: null }),
  ])
})
