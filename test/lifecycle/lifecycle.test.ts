import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { startFixture, type Fixture } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { kill } from '../kit/started-processes.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { until } from '../kit/until.ts'
import { linuxObstacle } from '../kit/machine/obstacles.ts'
import { nextListener } from '../kit/logs/progress.ts'

interface LifecycleRecord {
  readonly level: number
  readonly msg: string
  readonly funnel: Readonly<Record<string, unknown>> & { readonly event: string; readonly worker: number }
}

/** A parent and its children; see the fixture. */
class Family {
  readonly directory: LogDirectory = logDirectory()
  readonly #parent: Fixture
  #children = 0

  /** @param name - of the log file */
  constructor(options: object = {}, name = 'app.log') {
    const file = this.directory.path(name)
    this.#parent = startFixture('spawn/family', [JSON.stringify({ file, linger: 60_000, ...options })])
  }

  get pid(): number {
    return this.#parent.pid
  }

  async ready(): Promise<this> {
    await this.#parent.printed('ready')
    return this
  }

  send(command: object): void {
    this.#parent.write(`${JSON.stringify(command)}\n`)
  }

  /** @returns its pid, or its thread's number */
  async start(kind: 'process' | 'thread'): Promise<number> {
    this.send({ start: kind })
    this.#children += 1
    await this.#parent.printed(`${this.#children} started `)
    const id = Number(new RegExp(`^${this.#children} started (\\d+)$`, 'm').exec(this.#parent.stdout)?.[1])
    const isIts = kind === 'process' ? `"pid":${id},` : `"pid":${this.pid},`
    const lines = kind === 'process' ? 1 : this.#children
    await until(
      () => this.#log().filter((line) => line.includes(isIts) && line.includes('"started"')).length >= lines,
      'it to log',
    )
    return id
  }

  /** The records about an event, as soon as there are so many. */
  async reported(event: string, count = 1): Promise<LifecycleRecord[]> {
    return until(
      () => {
        const records = this.lifecycleRecords().filter(({ funnel }) => funnel.event === event)
        return records.length >= count ? records : undefined
      },
      `the log to report '${event}'`,
      { evidence: () => this.#log().join('\n') },
    )
  }

  /** Without stalls: on a busy machine a process that starts may not turn for a second. */
  comingsAndGoings(): string[] {
    const events = this.lifecycleRecords().map(({ funnel }) => funnel.event)
    return events.filter((event) => !['stalled', 'resumed', 'listener'].includes(event))
  }

  lifecycleRecords(): LifecycleRecord[] {
    return this.#log()
      .filter((line) => line.includes('"funnel"'))
      .map((line) => JSON.parse(line) as LifecycleRecord)
  }

  /** Of all log files. */
  #log(): string[] {
    const files = readdirSync(this.directory.logs).filter((name) => name.endsWith('.log'))
    return files.flatMap((name) => readFileSync(this.directory.path(name), 'utf8').split('\n').slice(0, -1))
  }
}

describe('a worker that ends', () => {
  const deaths: Record<string, { to?: string; with?: unknown; cause: object; says: string }> = {
    'a signal': { cause: { signal: 'SIGKILL', code: null }, says: 'killed by SIGKILL' },
    'an exit code': { to: 'exit', with: 3, cause: { signal: null, code: 3 }, says: 'exited with 3' },
    'an exception': { to: 'throw', with: 'no stock', cause: { signal: null, code: 1 }, says: 'exited with 1' },
    'an abort': { to: 'abort', cause: { signal: 'SIGABRT', code: null }, says: 'killed by SIGABRT' },
  }

  test.for(Object.entries(deaths))(
    'should have its death in the log, with the cause, when it dies of %s',
    async ([, death]) => {
      const family = await new Family().ready()
      const child = await family.start('process')

      if (death.to === undefined) kill(child, 'SIGKILL')
      else family.send({ child: 1, ...death })

      const [record] = await family.reported('died')
      expect(record).toMatchObject({
        level: 40,
        funnel: { worker: child, thread: 0, program: 'family.js', records: 1, ...death.cause },
      })
      expect(record!.msg).toContain(`pid ${child} has died: ${death.says}`)
    },
  )

  test('should have its death in the log once for each, when many die at once', async () => {
    const family = await new Family().ready()
    const children = [await family.start('process'), await family.start('process'), await family.start('process')]

    for (const child of children) kill(child, 'SIGKILL')

    const records = await family.reported('died', 3)
    expect(new Set(records.map(({ funnel }) => funnel.worker))).toEqual(new Set(children))
  })

  test('should have its death in the log when its listener died, too, and its parent reports it to the next one', async () => {
    const family = await new Family().ready()
    const child = await family.start('process')
    const listener = await family.directory.listenerPresent()

    kill(listener.pid, 'SIGKILL')
    kill(child, 'SIGKILL')
    await nextListener(family.directory, listener.epoch)

    const records = await family.reported('died')
    // The listener that was killed has collected its only record.
    expect(records).toMatchObject([{ funnel: { worker: child, signal: 'SIGKILL', records: 1 } }])
  })

  test('should be nothing in the log when it leaves with code 0, unless that is wanted', async () => {
    const quiet = await new Family().ready()
    const asked = await new Family({ lifecycle: true }).ready()
    for (const family of [quiet, asked]) {
      await family.start('process')
      family.send({ child: 1, to: 'exit', with: 0 })
      const child = await family.start('process')
      kill(child, 'SIGKILL')
      await family.reported('died')
    }

    expect(quiet.comingsAndGoings()).toEqual(['died'])
    expect(asked.comingsAndGoings().toSorted()).toEqual(['died', 'joined', 'joined', 'joined', 'left'])
    expect((await asked.reported('left'))[0]).toMatchObject({ level: 30, funnel: { how: 'exit' } })
  })

  test('should be no death when it is asked to end', async () => {
    const family = await new Family({ lifecycle: true }).ready()
    const asked = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
    const children = [await family.start('process'), await family.start('process'), await family.start('process')]

    for (const [n, signal] of asked.entries()) kill(children[n]!, signal)
    await family.start('process')
    family.send({ child: 4, to: 'exit', with: 143 })

    const records = await family.reported('left', 4)
    expect(records.map(({ level, funnel }) => [level, funnel['how']])).toEqual(
      [...asked, '143'].map(() => [30, 'signal']),
    )
    expect(new Set(records.map(({ funnel }) => funnel['signal']))).toEqual(new Set(asked))
    expect(family.comingsAndGoings()).not.toContain('died')
  })

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'should be in the log, and no death, when no one has reported how it has ended, and it was %s',
    async (signal) => {
      const directory = logDirectory()
      const { file, ledgers } = directory
      const settings = { file, ledgers, worker: 'a', count: 3, next: 'stay', linger: 60_000 }
      const worker = startFixture('worker/log', [JSON.stringify(settings)])
      const lines = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [])
      await until(() => lines().length === 3, 'it to log', { evidence: () => lines().join('\n') })

      kill(worker.pid, signal)

      await until(() => lines().length > 3, 'its end to be in the log', { evidence: () => lines().join('\n') })
      const records = lines().map((line) => JSON.parse(line) as Partial<LifecycleRecord>)
      expect(records.flatMap((record) => (record.funnel ? [record] : []))).toMatchObject([
        { level: 30, funnel: { event: 'left', how: 'unknown', worker: worker.pid, records: 3 } },
      ])
    },
  )

  test('should have the level and the words that were asked for', async () => {
    const died = { level: 'fatal', message: '{program} ({worker}) is gone: {cause}' }
    const family = await new Family({ lifecycle: { died } }).ready()
    const child = await family.start('process')

    family.send({ child: 1, to: 'exit', with: 7 })

    expect(await family.reported('died')).toMatchObject([
      { level: 60, msg: `family.js (${child}) is gone: exited with 7` },
    ])
  })

  test('should be reported as terminated when its pool ends it, a thread, and as dead when it throws', async () => {
    const family = await new Family({ lifecycle: true }).ready()
    const [terminated, thrown] = [await family.start('thread'), await family.start('thread')]

    family.send({ terminate: 1 })
    family.send({ child: 2, to: 'throw', with: 'no stock' })

    expect(await family.reported('left')).toMatchObject([{ funnel: { thread: terminated, how: 'terminated' } }])
    expect(await family.reported('died')).toMatchObject([
      { funnel: { thread: thrown, code: 1, error: 'Error: no stock' } },
    ])
  })
})

describe('a worker that takes the place of a dead one', () => {
  test.each([
    ['one log for all', 'app.log'],
    ['a log for each', '{pid}.log'],
  ])(
    'should be reported, with the worker that it replaces and how that worker has died, when there is %s',
    async (_, name) => {
      const family = await new Family({}, name).ready()
      const former = await family.start('process')
      await family.start('process')
      kill(former, 'SIGKILL')
      await family.reported('died')

      const newcomer = await family.start('process')

      const [record] = await family.reported('replaced')
      expect(record).toMatchObject({ funnel: { worker: newcomer, former: { worker: former, signal: 'SIGKILL' } } })
      expect(record!.msg).toContain(`pid ${newcomer} took the place of pid ${former} (killed by SIGKILL)`)
    },
  )
})

describe('a worker whose event loop stands still', () => {
  test('should be named when it is busy, and when it goes on', async ({ skip }) => {
    skip(linuxObstacle() !== undefined, linuxObstacle())
    const family = await new Family().ready()
    const child = await family.start('process')

    family.send({ child: 1, to: 'spin', with: 5000 })

    const [stalled] = await family.reported('stalled')
    expect(stalled).toMatchObject({ level: 40, funnel: { worker: child, state: 'busy', records: 1 } })
    const [resumed] = await family.reported('resumed')
    expect(resumed).toMatchObject({ level: 30, funnel: { worker: child, after: 'stalled' } })
    expect(resumed!.funnel['since']).toBe(stalled!.funnel['since'])
  })

  test('should be named when it is a thread that is busy, and its process goes on', async ({ skip }) => {
    skip(linuxObstacle() !== undefined, linuxObstacle())
    const family = await new Family().ready()
    const thread = await family.start('thread')

    family.send({ child: 1, to: 'spin', with: 5000 })

    expect(await family.reported('stalled')).toMatchObject([{ funnel: { worker: family.pid, thread, state: 'busy' } }])
  })

  test('should be named when it waits for another process', async ({ skip }) => {
    skip(linuxObstacle() !== undefined, linuxObstacle())
    const family = await new Family().ready()
    const child = await family.start('process')

    family.send({ child: 1, to: 'wait', with: 5000 })

    expect(await family.reported('stalled')).toMatchObject([{ funnel: { worker: child, state: 'blocked' } }])
  })

  test('should be distinguished from a dead one when it is stopped, and be named when it goes on', async ({ skip }) => {
    skip(linuxObstacle() !== undefined, linuxObstacle())
    const family = await new Family().ready()
    const child = await family.start('process')

    kill(child, 'SIGSTOP')
    expect(await family.reported('stopped')).toMatchObject([{ funnel: { worker: child } }])
    kill(child, 'SIGCONT')

    expect(await family.reported('resumed')).toMatchObject([{ funnel: { worker: child, after: 'stopped' } }])
    expect(family.lifecycleRecords().map(({ funnel }) => funnel.event)).toEqual(['stopped', 'resumed'])
  })
})
