/** Levels of running loggers, as an operator orders them. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { linuxObstacle } from '../kit/machine/obstacles.ts'
import { pinoFunnel } from '../kit/processes/command.ts'
import { startFixture, type Fixture } from '../kit/processes/fixture.ts'
import { until } from '../kit/until.ts'

interface Logged {
  readonly msg: string
  readonly pid: number
  readonly child?: true
  readonly funnel?: { readonly event: string; readonly level: string; readonly worker: number; readonly by: string }
}

class Follower {
  readonly fixture: Fixture
  #lines = 0

  constructor(directory: LogDirectory, options: object = {}) {
    const given = { file: directory.file, linger: 60_000, ...options }
    this.fixture = startFixture('worker/follows-level', [JSON.stringify(given)])
  }

  get pid(): number {
    return this.fixture.pid
  }

  async ready(levels: string): Promise<this> {
    await this.fixture.printed(`ready at ${levels}\n`)
    return this
  }

  /** Logs with a level, by the logger and by its child. @returns the levels that they have then */
  async logs(level: string, msg: string): Promise<string> {
    this.fixture.write(`${JSON.stringify({ level, msg })}\n`)
    this.#lines += 1
    await this.fixture.printed(`logged ${this.#lines} at `)
    return /at (\S+ \S+)\n$/.exec(this.fixture.stdout)?.[1] ?? ''
  }
}

function records(directory: LogDirectory): Logged[] {
  if (!existsSync(directory.file)) return []
  const lines = readFileSync(directory.file, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Logged)
}

async function recorded(directory: LogDirectory, count: number): Promise<string[]> {
  const found = (): string[] =>
    records(directory).flatMap(({ funnel, msg }) => (funnel?.event === 'level' ? [msg] : []))
  await until(() => found().length >= count, `${count} records about levels`, {
    evidence: () => readFileSync(directory.file, 'utf8'),
  })
  return found()
}

/** The answers have as long as the test has: only what a worker answers is tested, not how soon. */
function levelCommand(...args: string[]): Fixture {
  return pinoFunnel('level', '--wait', '2m', ...args)
}

async function ordered(...args: string[]): Promise<string> {
  const command = levelCommand(...args)
  await command.succeeded()
  return command.stdout
}

/** Until so many of the workers, such as `1 of 2`, have answered the last order that there was, or their first welcome. */
async function known(directory: LogDirectory, workers: string): Promise<void> {
  const text = `${workers} workers are known to follow`
  await until(async () => (await ordered(directory.logs)).includes(text), text)
}

describe.skipIf(linuxObstacle() !== undefined)('pino-funnel level', () => {
  test('should change the levels of a running logger and its children, for a time, and leave a record', async () => {
    const directory = logDirectory()
    const worker = await new Follower(directory).ready('info warn')
    await worker.logs('info', 'there')
    await worker.logs('debug', 'hidden')
    await known(directory, '1 of 1')

    expect(await ordered('--for', '10s', directory.logs, 'debug')).toMatch(
      new RegExp(`^debug for 1 worker \\(${worker.pid}\\) until \\d\\d:\\d\\d:\\d\\d`),
    )
    await recorded(directory, 2)
    expect(await worker.logs('debug', 'hidden again')).toBe('info warn')
    await worker.logs('error', 'the end')
    await until(() => records(directory).some(({ msg, child }) => msg === 'the end' && child), 'the last record')

    expect(records(directory).filter(({ msg }) => msg.startsWith('hidden'))).toEqual([])
    const [first, second] = await recorded(directory, 2)
    expect(first).toMatch(new RegExp(`^pid ${worker.pid} logs from level debug on, until \\S+Z, as .+ has ordered$`))
    expect(second).toBe(`pid ${worker.pid} logs from level info on again`)
  })

  test('should apply to workers of the order only, also to one that starts later, until it is taken back', async () => {
    const directory = logDirectory()
    const one = await new Follower(directory).ready('info warn')
    const two = await new Follower(directory).ready('info warn')
    await one.logs('info', 'there')
    await two.logs('info', 'there')
    await known(directory, '2 of 2')
    await ordered('--worker', String(one.pid), '--for', '1h', directory.logs, 'trace')
    expect([await one.logs('trace', 'shown'), await two.logs('trace', 'hidden')]).toEqual(['trace trace', 'info warn'])

    await known(directory, '2 of 2')
    expect(await ordered('--for', '1h', directory.file, 'debug')).toMatch(/^debug for 2 workers/)
    const three = await new Follower(directory).ready('debug debug')
    expect(await three.logs('debug', 'shown')).toBe('debug debug')

    expect(await ordered(directory.logs)).toMatch(/^trace for \d+ until .*\ndebug for all workers in app.log until/)
    expect(await ordered('--back', directory.logs)).toMatch(/^Ended: trace[^]*\nEnded: debug/)
    await recorded(directory, 7)
    const levels = await Promise.all([one, two, three].map((each) => each.logs('debug', 'hidden')))
    expect(levels).toEqual(['info warn', 'info warn', 'info warn'])
    expect(await ordered(directory.logs)).toMatch(/^No level is ordered/)
  })

  test('should outlive the listener, and reach a worker by the next one', async () => {
    const directory = logDirectory()
    const worker = await new Follower(directory).ready('info warn')
    await worker.logs('info', 'there')
    await until(() => records(directory).length > 0, 'a record')
    await directory.endListener()

    const command = pinoFunnel('level', '--for', '1h', directory.logs, 'debug')
    await command.exited()
    await recorded(directory, 1)
    expect(await worker.logs('debug', 'shown')).toBe('debug debug')
    await until(async () => {
      const report = pinoFunnel('status', directory.logs)
      await report.succeeded()
      return /running.* debug until/.test(report.stdout)
    }, 'status to show the level')
  })

  test('should name workers that do not follow, or have not answered, and the existing levels', async () => {
    const directory = logDirectory()
    const deaf = await new Follower(directory, { follows: false }).ready('info warn')
    await deaf.logs('info', 'there')
    const refused = levelCommand('--for', '1h', directory.logs, 'debug')
    expect((await refused.exited()).code).toBe(1)
    expect(refused.stdout).toContain(`Without a logger that follows: 1 worker (${deaf.pid} (follows-level.js))`)

    const worker = await new Follower(directory).ready('debug debug')
    await worker.logs('info', 'there')
    await known(directory, '1 of 2')
    const unknown = levelCommand('--worker', String(worker.pid), directory.logs, 'loud')
    expect((await unknown.exited()).code).toBe(1)
    expect(unknown.stdout).toMatch(/^Can't obey: \d+: it has no level 'loud'; it has trace.*\nThe order was taken back/)

    await known(directory, '1 of 2')
    worker.fixture.write('spin\n')
    await worker.fixture.printed('spinning\n')
    const unanswered = pinoFunnel('level', '--worker', String(worker.pid), directory.logs, 'trace')
    expect((await unanswered.exited()).code).toBe(1)
    expect(unanswered.stdout).toContain(`No answer yet: 1 worker (${worker.pid})`)

    const early = levelCommand('--worker', 'cluster:77', directory.logs, 'trace')
    expect((await early.exited()).code).toBe(1)
    expect(early.stdout).toMatch(
      /^No worker cluster:77 logs there now\. One that starts before \S+ begins with trace\./,
    )
  })
})
