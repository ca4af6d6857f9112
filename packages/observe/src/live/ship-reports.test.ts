import { ensureChannel, pidNamespace, processStart, type Channel } from '@pino-funnel/channel'
import { encodeEntry } from '@pino-funnel/ledger'
import { shipDirectory } from '@pino-funnel/ship'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { shipReports } from './ship-reports.ts'

interface Started {
  readonly logs: string
  readonly channel: Channel
  /** State of the shipper. */
  readonly directory: string
}

/** A shipper that leads, and has no status. */
async function startedShipper(): Promise<Started> {
  const logs = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-reports-')))
  const channel = ensureChannel(join(logs, '.pino-funnel'), logs)
  onTestFinished(() => {
    channel.close()
    rmSync(logs, { recursive: true })
  })
  const directory = shipDirectory(channel.directory, 'loki', 'app.log')
  mkdirSync(directory, { recursive: true })
  const leader = createServer((socket) => socket.end())
  await once(leader.listen(join(directory, 'S.1')), 'listening')
  onTestFinished(() => void leader.close())
  return { logs, channel, directory }
}

test('the process of a shipper that does not say how it is should be named only when its record is of a process that is there', async () => {
  const { channel, directory } = await startedShipper()
  const self = { pid: process.pid, start: processStart(process.pid), pidNamespace: pidNamespace() }
  const pidOf = async (leader: object): Promise<unknown> => {
    writeFileSync(join(directory, 'leader'), JSON.stringify({ ...self, ...leader }))
    const [report] = await shipReports(channel, undefined)
    expect(report).toMatchObject({ state: 'starting' })
    return report?.pid
  }

  expect(await pidOf({})).toBe(process.pid)
  expect(await pidOf({ pid: 2 ** 22 + 1 })).toBeNull()
  expect(await pidOf({ pidNamespace: 'pid:[1]' })).toBeNull()
  // Without /proc no start is known.
  expect(await pidOf({ start: '1' })).toBe(self.start === '' ? process.pid : null)
})

test('a shipper should have no age when it is not known where it begins', async () => {
  const { logs, channel } = await startedShipper()
  const file = join(logs, 'app.log')
  writeFileSync(file, '{"level":30,"time":1795000000000}\n')
  const { ino, birthtimeMs, size } = statSync(file)
  mkdirSync(join(channel.directory, 'ledger'))
  const entries = [
    encodeEntry({ type: 'log', id: 'a'.repeat(32), machine: '', path: logs, directory: '', at: 0 }),
    encodeEntry({ type: 'file', file: 1, base: 0, identity: `${ino}:${birthtimeMs}` }),
  ]
  writeFileSync(join(channel.directory, 'ledger', 'app.log'), entries.join(''))

  expect(await shipReports(channel, undefined)).toEqual([
    expect.objectContaining({ ship: 'loki', state: 'starting', unshipped: size, age: null }),
  ])
})
