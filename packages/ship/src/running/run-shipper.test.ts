import { once } from 'node:events'
import { bootId, ensureChannel } from '@pino-funnel/channel'
import { holdsOf } from '@pino-funnel/reader'
import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { expect, onTestFinished, test, vi } from 'vitest'
import { parseShipSettings } from '../settings/ship-settings.ts'
import { runShipper } from './run-shipper.ts'
import { shippersOf } from './status.ts'

interface Log {
  readonly file: string
  readonly channelDir: string
  readonly note: (boot: string) => void
}

/** A log that was written before the machine was started, and the ledger's entries. */
function makeLog(channel = '.pino-funnel'): Log {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-run-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const directory = join(root, 'logs')
  mkdirSync(directory)
  const channelDir = join(directory, channel)
  const file = join(directory, 'app.log')
  writeFileSync(file, '{"level":30}\n')
  ensureChannel(channelDir, directory).close()
  const ledger = join(channelDir, 'ledger')
  mkdirSync(ledger)
  const append = (entry: object): void => {
    const json = JSON.stringify(entry)
    appendFileSync(join(ledger, 'app.log'), `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`)
  }
  append({ version: 1, type: 'log', id: 'a'.repeat(32), machine: '', path: directory, directory: '', at: 0 })
  const { ino, birthtimeMs } = statSync(file)
  return {
    file,
    channelDir,
    note: (boot) => append({ type: 'file', file: 1, base: 0, identity: `${ino}:${birthtimeMs}`, boot }),
  }
}

test.skipIf(bootId() === '')('should wait after a reboot until the log is written again, and say so', async () => {
  const { file, note } = makeLog()
  note('the boot before')
  const [settings] = parseShipSettings({ to: 'relp', options: { host: '127.0.0.1', port: 1 } })
  if (!settings) throw new Error('there are no settings')
  const stop = new AbortController()
  const reports: string[] = []
  const events: string[] = []
  const running = runShipper({
    file,
    settings,
    signal: stop.signal,
    onEvent: ({ type }) => events.push(type),
    report: (message) => reports.push(message),
  })

  await vi.waitFor(() => expect(reports).toEqual([expect.stringContaining('since the machine was started')]), 30_000)
  expect(events).toEqual([])
  note(bootId())
  // Nothing listens at the port: it ships, as far as it can.
  await vi.waitFor(() => expect(events).toContain('trouble'), 30_000)
  stop.abort()
  await running
})

test('should ship a log whose channel is elsewhere, and hold it there', async () => {
  const { file, channelDir, note } = makeLog('../channel')
  note(bootId())
  const [settings] = parseShipSettings({ to: 'relp', options: { host: '127.0.0.1', port: 1 } })
  if (!settings) throw new Error('there are no settings')
  const stop = new AbortController()
  const events: string[] = []
  const onEvent = ({ type }: { readonly type: string }): void => void events.push(type)
  const running = runShipper({ file, channelDir, settings, signal: stop.signal, onEvent, report: () => {} })

  // Nothing listens at the port.
  await vi.waitFor(() => expect(events).toContain('trouble'), 30_000)
  expect(holdsOf(file, { channelDir }).map(({ name }) => name)).toEqual(['ship-relp'])
  stop.abort()
  await running
})

test('should be at the end of the log when it is to ship from now on, and its engine has not answered yet', async () => {
  const { file, channelDir, note } = makeLog()
  note(bootId())
  const sockets: Socket[] = []
  const mute = createServer((socket) => void sockets.push(socket.on('error', () => {}).resume()))
  await once(mute.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void mute.close())
  const { port } = mute.address() as AddressInfo
  const [settings] = parseShipSettings({ to: 'relp', from: 'now', options: { host: '127.0.0.1', port } })
  if (!settings) throw new Error('there are no settings')
  const stop = new AbortController()
  const running = runShipper({ file, channelDir, settings, signal: stop.signal, onEvent: () => {}, report: () => {} })

  const { size } = statSync(file)
  await expect
    .poll(async () => (await shippersOf(channelDir)).map((shipper) => shipper.running), { timeout: 30_000 })
    .toEqual([expect.objectContaining({ state: 'asking', position: size, end: size })])
  stop.abort()
  for (const socket of sockets) socket.destroy()
  await running
})
