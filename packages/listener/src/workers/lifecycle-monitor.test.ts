import {
  NO_LIFECYCLE_RECORDS,
  kernelThread,
  pidNamespace,
  type LifecycleNotice,
  type LifecycleOptions,
} from '@pino-funnel/channel'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import { patience, until } from '../testing/channel.test-kit.ts'
import { LifecycleMonitor } from './lifecycle-monitor.ts'

interface TestEntry {
  readonly entry: MailboxEntry
  /** How often it was asked. */
  readonly asked: () => number
}

/** A mailbox of this very thread, which has used a CPU, and so is asked at the first look. */
function mailbox(file: string, changes: object = {}): TestEntry {
  let asked = 0
  const identity = {
    pid: process.pid,
    ppid: process.ppid,
    threadId: 0,
    kernelThread: kernelThread(),
    pidNamespace: pidNamespace(),
    program: 'work.js',
    ...changes,
  }
  const ping = (): boolean => {
    asked += 1
    return true
  }
  return {
    entry: { id: file, file, reader: { identity }, liveness: { ping, hasEnded: false } } as unknown as MailboxEntry,
    asked: () => asked,
  }
}

/** @param lifecycle - of `app.log`; other logs are told nothing */
function watch(lifecycle: LifecycleOptions = NO_LIFECYCLE_RECORDS): {
  watch: LifecycleMonitor
  told: LifecycleNotice[]
} {
  const told: LifecycleNotice[] = []
  const lives = new LifecycleMonitor({
    entries: () => [],
    optionsOf: ({ file }) => (file === 'app.log' ? lifecycle : NO_LIFECYCLE_RECORDS),
    tell: (_, notice) => told.push(notice),
  })
  onTestFinished(() => lives.close())
  return { watch: lives, told }
}

/** Looks at all, in brief at least: whoever is well is looked at in even polls. */
async function look(lives: LifecycleMonitor): Promise<void> {
  lives.look(2)
  await turn()
}

/** The two ends of a connection within this process. */
async function connectedEnds(): Promise<readonly [Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [[Socket], unknown]
  onTestFinished(() => {
    near.destroy()
    far.destroy()
    server.close()
  })
  return [near, far]
}

/** Uses the CPU for so long, however busy the machine is. */
function spin(ms: number): void {
  for (const start = process.cpuUsage(); process.cpuUsage(start).user < ms * 1000;);
}

describe.skipIf(process.platform !== 'linux')('a worker that has answered', patience, () => {
  it('should not be called stalled when its answer is yet to be read, because the listener was held up', async () => {
    const { watch: lives, told } = watch({ records: { stalled: { level: 40 } }, stallAfter: 100 })
    const { entry, asked } = mailbox('app.log')
    const [worker, listener] = await connectedEnds()
    listener.on('data', () => lives.answered(entry))
    lives.alive(entry)
    await look(lives)
    expect(asked()).toBe(1)

    worker.write('pong')
    spin(200)
    lives.look(2)
    await once(listener, 'data')
    await turn()

    expect(told).toEqual([])
  })

  it('should leave no doubt for the next look', async () => {
    const { watch: lives } = watch()
    const { entry } = mailbox('app.log')
    lives.alive(entry)
    expect(lives.isUncertain).toBe(false)
    await look(lives)
    expect(lives.isUncertain).toBe(true)

    lives.answered(entry)
    await look(lives)

    expect(lives.isUncertain).toBe(false)
  })

  it('should be called stalled when there is no answer', async () => {
    const { watch: lives, told } = watch({ records: { stalled: { level: 40 } }, stallAfter: 100 })
    lives.alive(mailbox('app.log').entry)
    await look(lives)

    spin(200)
    await look(lives)

    expect(told).toMatchObject([{ event: 'stalled', state: 'busy' }])
  })
})

describe.skipIf(process.platform !== 'linux')('a worker that does nothing', patience, () => {
  it('should be told of when it is stopped, though it is hardly looked at', async () => {
    const { watch: lives, told } = watch({ records: { stopped: { level: 40 } }, stallAfter: 100 })
    const child = spawn('sleep', ['60'], { stdio: 'ignore' })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child, 'spawn')
    const pid = child.pid ?? 0
    const { entry, asked } = mailbox('app.log', { pid, kernelThread: pid })
    lives.alive(entry)
    let poll = 0
    await until(() => {
      lives.look(poll++)
      return asked() > 0
    }, 'it to be asked')
    lives.answered(entry)

    child.kill('SIGSTOP')

    await until(() => {
      lives.look(poll++)
      return told.length > 0
    }, 'it to be told of')
    expect(told).toMatchObject([{ event: 'stopped', worker: pid }])
  })
})

describe.skipIf(process.platform !== 'linux')('a worker that has several mailboxes', patience, () => {
  it('should be given the time of the log that is told of stalls', async () => {
    const { watch: lives, told } = watch({ records: { stalled: { level: 40 } }, stallAfter: 60_000 })
    for (const file of ['app.log', 'quiet.log']) lives.alive(mailbox(file).entry)
    await look(lives)

    spin(NO_LIFECYCLE_RECORDS.stallAfter)
    await look(lives)

    expect(told).toEqual([])
  })

  it('should be asked again when the one it was asked through has ended', async () => {
    const { watch: lives } = watch()
    const [first, second] = [mailbox('task.log'), mailbox('app.log')]
    for (const { entry } of [first, second]) lives.alive(entry)
    await look(lives)
    expect([first.asked(), second.asked()]).toEqual([1, 0])

    lives.ended(first.entry)

    expect(second.asked()).toBe(1)
  })
})

describe.skipIf(process.platform !== 'linux')('a worker with the pid of an earlier one', patience, () => {
  it('should be watched, also when the end of that one is not known yet', () => {
    const { watch: lives } = watch()
    const gone = mailbox('app.log', { start: '1', kernelThread: 0 })
    const present = mailbox('app.log', { start: '2' })
    lives.alive(gone.entry)
    lives.alive(present.entry)
    expect(lives.activityOf(gone.entry)).toBeNull()
    expect(lives.activityOf(present.entry)).toMatchObject({ state: 'running' })
  })
})

describe('a worker that has died', () => {
  const REPLACED: LifecycleOptions = { records: { replaced: { level: 40 } }, stallAfter: 1000 }

  /** As the listener has it when all of its mailbox is in the log. */
  function deadMailbox(file: string, pid: number): MailboxEntry {
    const { entry } = mailbox(file, { pid, reportsItsExit: true, since: 1 })
    const reader = { identity: entry.reader.identity, ending: { isSealed: () => false, exitCode: () => 3 } }
    return Object.assign(entry, { liveness: { hasEnded: true, endedAt: 10 }, reader })
  }

  function come(lives: LifecycleMonitor, file: string, pid: number, since: number): void {
    const { entry } = mailbox(file, { pid, since })
    lives.found(entry)
    lives.alive(entry)
  }

  it('should have its place taken once, also when its mailbox could not be deleted at the first try', async () => {
    const { watch: lives, told } = watch(REPLACED)
    const entry = deadMailbox('app.log', 4711)
    for (let tries = 0; tries < 3; tries += 1) expect(lives.judge(entry)).toMatchObject({ event: 'died', code: 3 })
    for (const pid of [4712, 4713]) come(lives, 'app.log', pid, 20)

    await look(lives)

    expect(told).toMatchObject([{ event: 'replaced', worker: 4712, former: { worker: 4711, code: 3 } }])
  })

  it('should have its place taken by a worker with another log file, and that be told there', async () => {
    const { watch: lives, told } = watch(REPLACED)
    lives.judge(deadMailbox('4711.log', 4711))
    come(lives, 'app.log', 4712, 20)

    await look(lives)

    expect(told).toMatchObject([{ event: 'replaced', worker: 4712, former: { worker: 4711 } }])
  })

  it('should not have its place taken by one that was there before, and opens another log file now', async () => {
    const { watch: lives, told } = watch(REPLACED)
    come(lives, 'other.log', 4712, 5)
    lives.judge(deadMailbox('app.log', 4711))
    come(lives, 'app.log', 4712, 20)

    await look(lives)

    expect(told).toEqual([])
  })

  it('should not have its place taken by one that has taken the place of another, and opens another log file', async () => {
    const { watch: lives, told } = watch(REPLACED)
    for (const pid of [4711, 4712]) lives.judge(deadMailbox('app.log', pid))
    come(lives, 'app.log', 4713, 20)
    await look(lives)

    come(lives, 'other.log', 4713, 30)
    await look(lives)
    await look(lives)

    expect(told).toMatchObject([{ event: 'replaced', worker: 4713, former: { worker: 4711 } }])
  })

  it('should be told of in each log file of a worker that takes its place', async () => {
    const told: string[] = []
    const lives = new LifecycleMonitor({
      entries: () => [],
      optionsOf: () => REPLACED,
      tell: ({ file }, { event }) => told.push(`${event} in ${file}`),
    })
    onTestFinished(() => lives.close())
    for (const file of ['app.log', 'access.log']) lives.judge(deadMailbox(file, 4711))
    for (const file of ['app.log', 'access.log']) come(lives, file, 4712, 20)

    await look(lives)

    expect(told).toEqual(['replaced in app.log', 'replaced in access.log'])
  })
})
