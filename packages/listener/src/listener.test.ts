import {
  connectTo,
  DEFAULT_LOG_OPTIONS,
  encodeMessage,
  listenerSocketName,
  MAX_REPLY_BYTES,
  parseReply,
  PROTOCOL_VERSION,
  readListenerRecord,
  receive,
  type Channel,
  type MailboxWriter,
  type Reply,
  type Request,
} from '@pino-funnel/channel'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, onTestFinished, vi } from 'vitest'
import { SWEEP_MS } from './election/sweep-drafts.ts'
import { nodeFileSystem, type FileSystem } from './journal/filesystem.ts'
import { runListener, type Listener } from './listener.ts'
import { Roster } from './mailboxes/roster.ts'
import { changeAttribute, openWriter, patience, temporaryChannel, until } from './testing/channel.test-kit.ts'
import { MemoryFiles } from './testing/memory-files.test-kit.ts'

/** A listener that leaves when the test is over; the writers must have ended by then. */
async function startListener(channel: Channel, report: (message: string) => void = () => {}): Promise<Listener> {
  let elected: Listener | undefined
  const ended = runListener({ channel, linger: 0, report }, (listener) => (elected = listener))
  await until(() => elected !== undefined, 'a listener')
  const listener = elected as unknown as Listener
  onTestFinished(async () => {
    listener.stop()
    await ended
  })
  return listener
}

/** The replies to a writer that says hello, and more. */
function sayHello(channel: Channel, { epoch }: Listener, mailbox: string, more: readonly Request[] = []): Reply[] {
  const replies: Reply[] = []
  const socket = connectTo(channel.directory, listenerSocketName(epoch))
  onTestFinished(() => void socket.destroy())
  receive(
    socket,
    MAX_REPLY_BYTES,
    parseReply,
    (reply) => replies.push(reply),
    () => {},
  )
  socket.write(encodeMessage({ type: 'hello', version: PROTOCOL_VERSION, role: 'writer', mailbox }))
  for (const request of more) socket.write(encodeMessage(request))
  return replies
}

describe('a listener', patience, () => {
  test('should inform a worker that its options are not effective, also when it was seen alive before its hello', async () => {
    const channel = temporaryChannel()
    const listener = await startListener(channel)
    const old = openWriter(channel, { since: 1 })
    const young = openWriter(channel, { since: 2, log: { ...DEFAULT_LOG_OPTIONS, symlink: true } })
    onTestFinished(() => {
      old.seal()
      young.seal()
    })
    const isMet = (): boolean => listener.status().mailboxes.filter(({ liveness }) => liveness === 'alive').length >= 2
    await until(isMet, 'the listener to meet both by their own sockets')
    const replies = sayHello(channel, listener, young.id)
    await until(() => replies.some(({ type }) => type === 'differs'), 'the worker to be informed')
    expect(replies).toContainEqual({
      type: 'differs',
      differences: [{ option: 'symlink', given: true, effective: false }],
    })
  })

  test("should not call a mailbox flushed that it can't open, nor one that is gone", async () => {
    const channel = temporaryChannel()
    const worker = openWriter(channel, {})
    const listener = await startListener(channel)
    onTestFinished(() => worker.seal())
    const damaged = 'd'.repeat(32)
    mkdirSync(join(channel.mailboxes, damaged))
    writeFileSync(join(channel.mailboxes, damaged, 'header'), 'nonsense')
    onTestFinished(() => rmSync(join(channel.mailboxes, damaged), { recursive: true }))
    const flush: Request = { type: 'flush', request: 7, sequence: 1, offset: 0 }

    const [replies, ofGone] = [damaged, 'e'.repeat(32)].map((id) => sayHello(channel, listener, id, [flush]))

    await until(() => replies!.length > 1 && ofGone!.length > 2, 'the flushes to be answered')
    expect(JSON.stringify(replies)).toMatch(/"unflushed","request":7,"error":"[^"]*header is invalid/)
    expect(ofGone).toContainEqual({ type: 'gone' })
    expect(ofGone).toContainEqual({ type: 'unflushed', request: 7, error: 'it was moved or deleted', lost: false })
  })

  test("should begin beside a draft that can't be deleted", async ({ skip }) => {
    const channel = temporaryChannel()
    const stuck = join(channel.tmp, 'a.gone')
    mkdirSync(stuck)
    writeFileSync(join(stuck, 'header'), '')
    skip(!changeAttribute('+i', stuck), 'it needs root, and a file system with immutable files')
    onTestFinished(() => void changeAttribute('-i', stuck))
    const reports: string[] = []
    const listener = await startListener(channel, (message) => reports.push(message))
    expect(listener.epoch).toBe(1)
    expect(reports.join()).toContain("can't clean up yet")
  })

  test('should not leave, nor say that it does, while it does not know which mailboxes there are', async () => {
    const channel = temporaryChannel()
    const reports: string[] = []
    const discover = Object.getOwnPropertyDescriptor(Roster.prototype, 'discover')?.value as (this: Roster) => void
    const failing = vi.spyOn(Roster.prototype, 'discover').mockImplementation(function (this: Roster) {
      if (readListenerRecord(channel)?.leaving === true) throw new Error('EMFILE')
      discover.call(this)
    })
    onTestFinished(() => failing.mockRestore())
    await startListener(channel, (message) => reports.push(message))
    await until(() => reports.some((line) => line.includes("can't leave yet: Error: EMFILE")), 'it to leave in vain')
    expect(readListenerRecord(channel)?.leaving).toBe(false)
    failing.mockRestore()
  })

  test('should take back that it leaves when that is possible again, also while a worker lives', async () => {
    const channel = temporaryChannel()
    const [tmp, away] = [join(channel.root, 'tmp'), join(channel.root, 'tmp-away')]
    let worker: MailboxWriter | undefined
    const discover = Object.getOwnPropertyDescriptor(Roster.prototype, 'discover')?.value as (this: Roster) => void
    const spy = vi.spyOn(Roster.prototype, 'discover').mockImplementation(function (this: Roster) {
      if (!worker && readListenerRecord(channel)?.leaving === true) {
        worker = openWriter(channel, {})
        // The record can't be replaced, as on a full disk.
        renameSync(tmp, away)
      }
      discover.call(this)
    })
    onTestFinished(() => spy.mockRestore())
    const reports: string[] = []
    await startListener(channel, (message) => reports.push(message))
    await until(() => reports.some((line) => line.includes("can't leave yet")), 'it to leave in vain')
    onTestFinished(() => worker?.seal())
    expect(readListenerRecord(channel)?.leaving).toBe(true)

    renameSync(away, tmp)
    await until(() => readListenerRecord(channel)?.leaving === false, 'it to say that it stays')
  })

  test('should end when what it has to close fails, so that the next one can begin', async () => {
    const channel = temporaryChannel()
    const files: FileSystem = {
      ...nodeFileSystem,
      openAppend: (path, fresh) => ({
        ...nodeFileSystem.openAppend(path, fresh),
        close: () => {
          if (readListenerRecord(channel)?.leaving !== true) return
          throw Object.assign(new Error('EIO: i/o error, close'), { code: 'EIO' })
        },
      }),
    }
    const reports: string[] = []
    const ended = runListener({ channel, linger: 0, files, report: (message) => reports.push(message) })
    expect(await ended).toBe('left')
    expect(reports.join()).toContain('EIO')
    const next = await startListener(channel)
    expect(next.epoch).toBe(2)
  })

  test('should be in trouble while a mailbox can not be read', async () => {
    const channel = temporaryChannel()
    const worker = openWriter(channel, {})
    const listener = await startListener(channel)
    await until(() => listener.status().mailboxes.length === 1, 'the mailbox to be found')
    expect(listener.isInTrouble).toBe(false)
    const segment = join(worker.directory, '00000001.plain')
    renameSync(segment, `${segment}.away`)
    // Reading a directory fails with EISDIR, also for root: as good as EIO.
    mkdirSync(segment)

    await until(() => listener.isInTrouble, 'it to be read in vain')
    listener.abandon()
  })

  test('should leave no timers while the disk is in trouble, and end when its channel is moved meanwhile', async () => {
    const channel = temporaryChannel()
    const files = new MemoryFiles()
    files.openAppend = () => {
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    }
    const timers = vi.spyOn(globalThis, 'setInterval')
    onTestFinished(() => timers.mockRestore())
    const reports: string[] = []
    const report = (message: string): void => void reports.push(message)

    const ended = runListener({ channel, linger: 0, files, report })
    await until(() => reports.length >= 2, 'two attempts to begin')
    renameSync(channel.root, `${channel.root}-moved`)

    expect(await ended).toBe('epoch lost')
    expect(reports[0]).toContain("can't begin yet")
    expect(timers.mock.calls.filter(([, delay]) => delay === SWEEP_MS)).toEqual([])
  })
})
