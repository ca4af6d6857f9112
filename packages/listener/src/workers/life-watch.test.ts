import { DEFAULT_LOG_OPTIONS, kernelThread, pidNamespace, type LifeNotice, type LifeOptions } from '@pino-funnel/channel'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { MailboxEntry } from '../mailbox-entry.ts'
import { LifeWatch } from './life-watch.ts'

interface TestEntry {
  readonly entry: MailboxEntry
  /** What the listener has asked by way of its connection. */
  readonly asked: unknown[]
}

/** A mailbox of this very thread, which has used a CPU, and so is asked at the first look. */
function mailbox(file: string): TestEntry {
  const asked: unknown[] = []
  const identity = {
    pid: process.pid,
    ppid: process.ppid,
    threadId: 0,
    kernelThread: kernelThread(),
    pidNamespace: pidNamespace(),
    program: 'work.js',
  }
  const connection = { send: (request: unknown) => asked.push(request) }
  return { entry: { id: file, file, reader: { identity }, connection } as unknown as MailboxEntry, asked }
}

function watch(life: LifeOptions = DEFAULT_LOG_OPTIONS.life): { watch: LifeWatch; told: LifeNotice[] } {
  const told: LifeNotice[] = []
  const lives = new LifeWatch({ entries: () => [], optionsOf: () => life, tell: (_, notice) => told.push(notice) })
  onTestFinished(() => lives.close())
  return { watch: lives, told }
}

describe('a worker that has several mailboxes', () => {
  it('should be asked again when the one it was asked through has ended', ({ skip }) => {
    skip(process.platform !== 'linux', 'only Linux tells of threads')
    const { watch: lives } = watch()
    const [first, second] = [mailbox('task.log'), mailbox('app.log')]
    for (const { entry } of [first, second]) lives.alive(entry)
    // Whoever is well is looked at every other time.
    for (let looks = 0; looks < 2; looks += 1) lives.look()
    expect([first.asked, second.asked]).toEqual([[{ type: 'ping' }], []])

    lives.ended(first.entry)

    expect(second.asked).toEqual([{ type: 'ping' }])
  })
})
