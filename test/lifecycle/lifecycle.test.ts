import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
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

  /** Lets a child's event loop stand still. @returns lets it go on; the child is ended with the test at the latest */
  holdUp(child: number, how: 'spin' | 'wait'): () => void {
    const word = this.directory.path('go-on')
    this.send({ child, to: how, with: word })
    return () => writeFileSync(word, '')
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
    return this.#reported(({ funnel }) => funnel.event === event, `'${event}'`, count)
  }

  /** The first record about such a stall after the `former` ones. */
  async stall(about: Readonly<Record<string, unknown>>, former: number): Promise<LifecycleRecord> {
    const isIt = ({ funnel }: LifecycleRecord): boolean => funnel.event === 'stalled' && isAbout(funnel, about)
    const records = await this.#reported(isIt, `a stall of ${JSON.stringify(about)}`, former + 1)
    return records[former]!
  }

  /** How many such stalls there were, once they are over. On a busy machine a worker may not turn for a second at first. */
  async stallsOf(about: Readonly<Record<string, unknown>>): Promise<number> {
    const { state: _, ...worker } = about
    const count = (event: string, fields: object): number =>
      this.lifecycleRecords().filter(({ funnel }) => funnel.event === event && isAbout(funnel, { ...fields })).length
    await until(
      () => count('stalled', worker) === count('resumed', { ...worker, after: 'stalled' }),
      'the former stalls to be over',
      { evidence: () => this.#log().join('\n') },
    )
    return count('stalled', about)
  }

  /** The record that a worker goes on after it `stalled`, or was `stopped`, since then. */
  async resumed(after: string, since: unknown): Promise<LifecycleRecord> {
    const isIt = ({ funnel }: LifecycleRecord): boolean =>
      funnel.event === 'resumed' && isAbout(funnel, { after, since })
    const [record] = await this.#reported(isIt, `that a worker goes on after it ${after}`, 1)
    return record!
  }

  async #reported(isIt: (record: LifecycleRecord) => boolean, what: string, count: number): Promise<LifecycleRecord[]> {
    return until(
      () => {
        const records = this.lifecycleRecords().filter((record) => isIt(record))
        return records.length >= count ? records : undefined
      },
      `the log to report ${what}`,
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

function isAbout(funnel: LifecycleRecord['funnel'], about: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(about).every(([field, value]) => funnel[field] === value)
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

    expect((await asked.reported('left'))[0]).toMatchObject({ level: 30, funnel: { how: 'exit' } })
    expect(quiet.comingsAndGoings()).toEqual(['died'])
    expect(asked.comingsAndGoings().toSorted()).toEqual(['died', 'joined', 'joined', 'joined', 'left'])
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
      const evidence = (): string => lines().join('\n')
      const records = (): Partial<LifecycleRecord>[] =>
        lines().map((line) => JSON.parse(line) as Partial<LifecycleRecord>)
      /** Without stalls: see `comingsAndGoings`. */
      const reports = (): Partial<LifecycleRecord>[] =>
        records().filter(({ funnel }) => funnel && !['stalled', 'resumed'].includes(funnel.event))
      await until(() => records().filter(({ funnel }) => !funnel).length === 3, 'it to log', { evidence })

      kill(worker.pid, signal)

      await until(() => reports().length > 0, 'its end to be in the log', { evidence })
      await directory.drained()
      expect(reports()).toMatchObject([
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
    const about = { worker: child, state: 'busy' }
    const former = await family.stallsOf(about)

    const end = family.holdUp(1, 'spin')

    const stalled = await family.stall(about, former)
    expect(stalled).toMatchObject({ level: 40, funnel: { records: 1 } })
    end()
    const resumed = await family.resumed('stalled', stalled.funnel['since'])
    expect(resumed).toMatchObject({ level: 30, funnel: { worker: child } })
  })

  test('should be named when it is a thread that is busy, and its process goes on', async ({ skip }) => {
    skip(linuxObstacle() !== undefined, linuxObstacle())
    const family = await new Family().ready()
    const thread = await family.start('thread')
    const about = { worker: family.pid, thread, state: 'busy' }
    const former = await family.stallsOf(about)

    family.holdUp(1, 'spin')

    expect(await family.stall(about, former)).toMatchObject({ level: 40 })
  })

  test('should be named when it waits for another process', async ({ skip }) => {
    skip(linuxObstacle() !== undefined, linuxObstacle())
    const family = await new Family().ready()
    const child = await family.start('process')
    const about = { worker: child, state: 'blocked' }
    const former = await family.stallsOf(about)

    family.holdUp(1, 'wait')

    expect(await family.stall(about, former)).toMatchObject({ level: 40 })
  })

  test('should be distinguished from a dead one when it is stopped, and be named when it goes on', async ({ skip }) => {
    skip(linuxObstacle() !== undefined, linuxObstacle())
    const family = await new Family().ready()
    const child = await family.start('process')

    kill(child, 'SIGSTOP')
    const [stopped] = await family.reported('stopped')
    expect(stopped).toMatchObject({ funnel: { worker: child } })
    kill(child, 'SIGCONT')

    expect(await family.resumed('stopped', stopped!.funnel['since'])).toMatchObject({ funnel: { worker: child } })
    expect(family.comingsAndGoings()).toEqual(['stopped'])
  })
})
