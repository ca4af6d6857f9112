import { ensureChannel, pidNamespace, processStart } from '@pino-funnel/channel'
import { shipDirectory } from '@pino-funnel/ship'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { shipReports } from './ship-reports.ts'

test('the process of a shipper that does not say how it is should be named only when its record is of a process that is there', async () => {
  const logs = mkdtempSync(join(tmpdir(), 'pino-funnel-reports-'))
  const channel = ensureChannel(join(logs, '.pino-funnel'), logs)
  onTestFinished(() => {
    channel.close()
    rmSync(logs, { recursive: true })
  })
  const directory = shipDirectory(channel.directory, 'loki', 'app.log')
  mkdirSync(directory, { recursive: true })
  // It leads, and has no status.
  const server = createServer((socket) => socket.end())
  await new Promise<void>((resolve) => server.listen(join(directory, 'S.1'), resolve))
  onTestFinished(() => void server.close())
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
