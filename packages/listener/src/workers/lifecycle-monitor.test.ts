import {
  NO_LIFECYCLE_RECORDS,
  kernelThread,
  pidNamespace,
  type LifecycleNotice,
  type LifecycleOptions,
  type WriterProfile,
} from '@pino-funnel/channel'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test, onTestFinished } from 'vitest'
import { patience, until } from '../testing/channel.test-kit.ts'
import { LifecycleMonitor } from './lifecycle-monitor.ts'
import type { Machine } from './monitored-worker.ts'
import type { ThreadStatsSource } from './thread-stats.ts'
import type { WorkerMailbox } from './worker-mailbox.ts'
import { workerMailbox } from './worker-mailbox.test-kit.ts'

interface TestMailbox {
  readonly mailbox: WorkerMailbox
  /** Number of pings to it. */
  readonly pings: () => number
}

/** A machine with one clock, on which time passes only when the worker uses the CPU. */
class TestMachine implements Machine {
  #ms = 0

  now = (): number => this.#ms

  openStats = (): ThreadStatsSource => ({
    startedAt: 0,
    cpu: () => this.#ms,
    read: () => ({ state: 'running', cpu: this.#ms }),
    waitsForLock: () => false,
    close: () => {},
  })

  /** The worker uses the CPU. */
  spin(ms: number): void {
    this.#ms += ms
  }
}

/** A mailbox of this very thread. */
function mailboxOf(file: string, changes: Partial<WriterProfile> = {}): TestMailbox {
  let pings = 0
  const mailbox = workerMailbox({
    profile: {
      file,
      pid: process.pid,
      ppid: process.ppid,
      kernelThread: kernelThread(),
      pidNamespace: pidNamespace(),
      program: 'work.js',
      reportsItsExit: false,
      ...changes,
    },
    liveness: { ping: () => (pings += 1) > 0 },
  })
  return { mailbox, pings: () => pings }
}

/**
 * @param lifecycle - of `app.log`; other logs get no records
 * @param machine - this one when it is left out
 */
function openMonitor(
  lifecycle: LifecycleOptions = NO_LIFECYCLE_RECORDS,
  machine?: Machine,
): {
  monitor: LifecycleMonitor
  notices: LifecycleNotice[]
} {
  const notices: LifecycleNotice[] = []
  const monitor = new LifecycleMonitor(
    {
      mailboxes: () => [],
      optionsOf: ({ file }) => (file === 'app.log' ? lifecycle : NO_LIFECYCLE_RECORDS),
      notify: (_, notice) => void notices.push(notice),
    },
    machine,
  )
  onTestFinished(() => monitor.close())
  return { monitor, notices }
}

/** Checks all workers, in an even poll: workers that are well are left out in odd ones. */
async function check(monitor: LifecycleMonitor): Promise<void> {
  monitor.check(2)
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

describe('a worker that has answered', () => {
  test('should not be called stalled when its answer was not read yet, because the listener was held up', async () => {
    const machine = new TestMachine()
    const { monitor, notices } = openMonitor({ records: { stalled: { level: 40 } }, stallAfter: 100 }, machine)
    const { mailbox, pings } = mailboxOf('app.log')
    const [worker, listener] = await connectedEnds()
    listener.on('data', () => monitor.answered(mailbox))
    monitor.alive(mailbox)
    await check(monitor)
    expect(pings()).toBe(1)

    worker.write('pong')
    machine.spin(200)
    monitor.check(2)
    await once(listener, 'data')
    await turn()

    expect(notices).toEqual([])
  })

  test('should be certain at the next check', async () => {
    const { monitor } = openMonitor(NO_LIFECYCLE_RECORDS, new TestMachine())
    const { mailbox } = mailboxOf('app.log')
    monitor.alive(mailbox)
    expect(monitor.isUncertain).toBe(false)
    await check(monitor)
    expect(monitor.isUncertain).toBe(true)

    monitor.answered(mailbox)
    await check(monitor)

    expect(monitor.isUncertain).toBe(false)
  })

  test('should be called stalled when there is no answer', async () => {
    const machine = new TestMachine()
    const { monitor, notices } = openMonitor({ records: { stalled: { level: 40 } }, stallAfter: 100 }, machine)
    monitor.alive(mailboxOf('app.log').mailbox)
    await check(monitor)

    machine.spin(200)
    await check(monitor)

    expect(notices).toMatchObject([{ event: 'stalled', state: 'busy' }])
  })
})

describe.skipIf(process.platform !== 'linux')('a worker that does nothing', patience, () => {
  test('should be reported when it is stopped, though it is seldom checked', async () => {
    const { monitor, notices } = openMonitor({ records: { stopped: { level: 40 } }, stallAfter: 100 })
    const child = spawn('sleep', ['60'], { stdio: 'ignore' })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child, 'spawn')
    const pid = child.pid ?? 0
    const { mailbox, pings } = mailboxOf('app.log', { pid, kernelThread: pid })
    monitor.alive(mailbox)
    let poll = 0
    await until(() => {
      monitor.check(poll++)
      return pings() > 0
    }, 'a ping')
    monitor.answered(mailbox)

    child.kill('SIGSTOP')

    await until(() => {
      monitor.check(poll++)
      return notices.length > 0
    }, 'a notice')
    expect(notices).toMatchObject([{ event: 'stopped', worker: pid }])
  })
})

describe('a worker that has several mailboxes', () => {
  test('should be given the time of the log that records stalls', async () => {
    const machine = new TestMachine()
    const { monitor, notices } = openMonitor({ records: { stalled: { level: 40 } }, stallAfter: 60_000 }, machine)
    for (const file of ['app.log', 'quiet.log']) monitor.alive(mailboxOf(file).mailbox)
    await check(monitor)

    machine.spin(NO_LIFECYCLE_RECORDS.stallAfter)
    await check(monitor)

    expect(notices).toEqual([])
  })

  test('should be pinged by another mailbox when the one that it was pinged by has ended', async () => {
    const { monitor } = openMonitor(NO_LIFECYCLE_RECORDS, new TestMachine())
    const [first, second] = [mailboxOf('task.log'), mailboxOf('app.log')]
    for (const { mailbox } of [first, second]) monitor.alive(mailbox)
    await check(monitor)
    expect([first.pings(), second.pings()]).toEqual([1, 0])

    monitor.ended(first.mailbox)

    expect(second.pings()).toBe(1)
  })
})

describe.skipIf(process.platform !== 'linux')('a worker with the pid of an earlier one', patience, () => {
  test('should be monitored, also when the end of that one is not known yet', () => {
    const { monitor } = openMonitor()
    const gone = mailboxOf('app.log', { start: '1', kernelThread: 0 })
    const present = mailboxOf('app.log', { start: '2' })
    monitor.alive(gone.mailbox)
    monitor.alive(present.mailbox)
    expect(monitor.activityOf(gone.mailbox)).toBeNull()
    expect(monitor.activityOf(present.mailbox)).toMatchObject({ state: 'running' })
  })
})

describe('a worker that has died', () => {
  const REPLACED: LifecycleOptions = { records: { replaced: { level: 40 } }, stallAfter: 1000 }

  /** As the listener has it when all of the mailbox is in the log. */
  function deadMailbox(file: string, pid: number): WorkerMailbox {
    return workerMailbox({
      profile: { file, pid, ppid: process.ppid, pidNamespace: pidNamespace(), program: 'work.js', since: 1 },
      exitCode: 3,
      liveness: { hasEnded: true, endedAt: 10 },
    })
  }

  function come(monitor: LifecycleMonitor, file: string, pid: number, since: number): void {
    const { mailbox } = mailboxOf(file, { pid, since })
    monitor.found(mailbox)
    monitor.alive(mailbox)
  }

  test('should be replaced once, also when its mailbox could not be deleted at the first try', async () => {
    const { monitor, notices } = openMonitor(REPLACED)
    const mailbox = deadMailbox('app.log', 4711)
    for (let tries = 0; tries < 3; tries += 1) expect(monitor.judge(mailbox)).toMatchObject({ event: 'died', code: 3 })
    for (const pid of [4712, 4713]) come(monitor, 'app.log', pid, 20)

    await check(monitor)

    expect(notices).toMatchObject([{ event: 'replaced', worker: 4712, former: { worker: 4711, code: 3 } }])
  })

  test('should be replaced by a worker with another log file, and that be reported there', async () => {
    const { monitor, notices } = openMonitor(REPLACED)
    monitor.judge(deadMailbox('4711.log', 4711))
    come(monitor, 'app.log', 4712, 20)

    await check(monitor)

    expect(notices).toMatchObject([{ event: 'replaced', worker: 4712, former: { worker: 4711 } }])
  })

  test('should not be replaced by one that came before, and opens another log file now', async () => {
    const { monitor, notices } = openMonitor(REPLACED)
    come(monitor, 'other.log', 4712, 5)
    monitor.judge(deadMailbox('app.log', 4711))
    come(monitor, 'app.log', 4712, 20)

    await check(monitor)

    expect(notices).toEqual([])
  })

  test('should not be replaced by one that has replaced another, and opens another log file', async () => {
    const { monitor, notices } = openMonitor(REPLACED)
    for (const pid of [4711, 4712]) monitor.judge(deadMailbox('app.log', pid))
    come(monitor, 'app.log', 4713, 20)
    await check(monitor)

    come(monitor, 'other.log', 4713, 30)
    await check(monitor)
    await check(monitor)

    expect(notices).toMatchObject([{ event: 'replaced', worker: 4713, former: { worker: 4711 } }])
  })

  test('should be reported in each log file of the worker that replaces it', async () => {
    const notices: string[] = []
    const monitor = new LifecycleMonitor({
      mailboxes: () => [],
      optionsOf: () => REPLACED,
      notify: ({ file }, { event }) => void notices.push(`${event} in ${file}`),
    })
    onTestFinished(() => monitor.close())
    for (const file of ['app.log', 'access.log']) monitor.judge(deadMailbox(file, 4711))
    for (const file of ['app.log', 'access.log']) come(monitor, file, 4712, 20)

    await check(monitor)

    expect(notices).toEqual(['replaced in app.log', 'replaced in access.log'])
  })
})
