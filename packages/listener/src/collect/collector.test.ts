import {
  DEFAULT_LOG_OPTIONS,
  type Channel,
  type Difference,
  type LogOptions,
  type MailboxWriter,
  type Notice,
} from '@pino-funnel/channel'
import { NO_ROTATION } from '@pino-funnel/channel/internal'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  truncateSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, onTestFinished, vi } from 'vitest'
import { Collector } from './collector.ts'
import { nodeFileSystem } from '../journal/filesystem.ts'
import { Journal } from '../journal/journal.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import type { ReadState } from '../mailboxes/read-state.ts'
import { FallbackPolls } from '../scheduling/fallback-polls.ts'
import { openWriter, patience, temporaryChannel, until } from '../testing/channel.test-kit.ts'

const SMALL: LogOptions = { ...DEFAULT_LOG_OPTIONS, rotation: { ...NO_ROTATION, size: 8 } }
const SORTED: LogOptions = { ...DEFAULT_LOG_OPTIONS, order: { window: 1000 } }
const JOINS: LogOptions = {
  ...DEFAULT_LOG_OPTIONS,
  lifecycle: { ...DEFAULT_LOG_OPTIONS.lifecycle, records: { joined: { level: 30 } } },
}
const DIFFERENCE = [{ option: 'rotation.size', given: 8, effective: null }]

class Scene {
  readonly channel: Channel
  readonly informed: { readonly id: string; readonly differences: readonly Difference[] }[] = []
  /** What the collector has said of the presence of workers. */
  readonly populations: boolean[] = []
  readonly collector: Collector
  #clock = 0

  constructor(channel: Channel = temporaryChannel()) {
    this.channel = channel
    this.collector = new Collector({
      channel: this.channel,
      journal: new Journal(nodeFileSystem, this.channel.journal),
      isAfterCrash: true,
      isOurs: () => true,
      onEpochLost: () => {},
      onPopulation: (isPopulated) => void this.populations.push(isPopulated),
      onTrouble: () => {},
      onDifferences: ({ id }, differences) => void this.informed.push({ id, differences }),
      report: () => {},
    })
    onTestFinished(() => this.collector.stop())
  }

  /** The listener dies, and there is a next one. */
  succeed(): Scene {
    this.collector.stop()
    return new Scene(this.channel)
  }

  /** A worker that comes later than those before it. */
  begin(log: LogOptions, file = 'app.log'): MailboxWriter {
    this.#clock += 1
    const writer = openWriter(this.channel, { log, file, since: this.#clock })
    onTestFinished(() => writer.seal())
    return writer
  }

  /** A worker that has said hello. */
  join(log: LogOptions, file?: string): MailboxWriter {
    const writer = this.begin(log, file)
    this.meet(writer)
    return writer
  }

  /** The listener has the kernel's word that a worker lives. */
  meet(writer: MailboxWriter): void {
    const entry = this.entryOf(writer)
    entry.liveness.connected({ send: () => {} })
  }

  /** The worker ends, and the listener finds that out. */
  async leave(writer: MailboxWriter): Promise<void> {
    const entry = this.entryOf(writer)
    writer.seal()
    entry.liveness.disconnected()
    await until(() => entry.liveness.hasEnded, 'the worker to be found at its end')
  }

  entryOf({ id }: MailboxWriter): MailboxEntry {
    const entry = this.collector.roster.open(id)
    if (!entry) throw new Error(`Expected the mailbox ${id} to be there.`)
    return entry
  }

  /** Waits until lines are in the log, rotated or not. */
  async write(writer: MailboxWriter, ...lines: string[]): Promise<void> {
    for (const line of lines) writer.append(line)
    this.collector.readSoon(this.entryOf(writer))
    await until(() => lines.every((line) => this.text.includes(line)), `'${lines.join('')}' to be in the log`)
  }

  get text(): string {
    return this.logs.map((name) => readFileSync(join(this.channel.logDirectory, name), 'utf8')).join('')
  }

  get logs(): string[] {
    return readdirSync(this.channel.logDirectory)
      .filter((name) => name.startsWith('app.'))
      .toSorted()
  }

  get mailboxes(): string[] {
    return readdirSync(this.channel.mailboxes)
  }

  get texts(): Record<string, string> {
    const text = (name: string): string => readFileSync(join(this.channel.logDirectory, name), 'utf8')
    return Object.fromEntries(this.logs.map((name) => [name, text(name)]))
  }

  get notices(): Notice[] {
    const records = this.text.split('\n').filter((line) => line.includes('"funnel"'))
    return records.map((line) => (JSON.parse(line) as { funnel: Notice }).funnel)
  }
}

describe('the options of a log file', patience, () => {
  test('should be those of the oldest living worker, and a younger one should be informed once of what differs', async () => {
    const scene = new Scene()
    const old = scene.join(DEFAULT_LOG_OPTIONS)
    const young = scene.join(SMALL)
    const alike = scene.join(DEFAULT_LOG_OPTIONS)
    scene.join(DEFAULT_LOG_OPTIONS, 'access.log')
    expect(scene.informed).toEqual([{ id: young.id, differences: DIFFERENCE }])
    expect(scene.collector.differencesOf(scene.entryOf(young))).toEqual(DIFFERENCE)
    expect(scene.collector.differencesOf(scene.entryOf(alike))).toEqual([])
    await scene.write(young, 'young 1\n', 'young 2\n')
    await scene.write(old, 'old 1\n')
    expect(scene.logs).toEqual(['app.log'])
    await until(() => scene.notices.length > 0, 'a record about it')
    const { pid, threadId } = scene.entryOf(young).reader.identity
    expect(scene.notices).toEqual([{ event: 'options', worker: pid, thread: threadId, differences: DIFFERENCE }])
  })

  test('should be those of the oldest, in whatever order workers say hello', () => {
    const scene = new Scene()
    const old = scene.begin(SMALL)
    const young = scene.join(DEFAULT_LOG_OPTIONS)
    expect(scene.informed).toEqual([])
    scene.meet(old)
    expect(scene.informed.map(({ id }) => id)).toEqual([young.id])
    expect(scene.informed[0]?.differences).toEqual([{ option: 'rotation.size', given: null, effective: 8 }])
  })

  test('should change when the last worker with the old ones has gone', async () => {
    const scene = new Scene()
    const old = [scene.join(DEFAULT_LOG_OPTIONS), scene.join(DEFAULT_LOG_OPTIONS)] as const
    const young = scene.join(SMALL)
    await scene.leave(old[0])
    await scene.write(young, 'young 1\n', 'young 2\n')
    expect(scene.logs, 'the old ones are effective').toEqual(['app.log'])
    await scene.leave(old[1])
    expect(scene.collector.differencesOf(scene.entryOf(young))).toEqual([])
    await scene.write(young, 'young 3\n', 'young 4\n')
    expect(scene.logs.length, 'it is rotated now').toBeGreaterThan(2)
    expect(scene.informed, 'no worker is informed again').toHaveLength(1)
  })

  test('should be the youngest ones while no worker is known to live', async () => {
    const scene = new Scene()
    const old = scene.begin(DEFAULT_LOG_OPTIONS)
    const young = scene.begin(SMALL)
    for (const writer of [young, old]) {
      writer.append('left...\n')
      writer.seal()
    }
    for (const writer of [young, old]) scene.collector.readSoon(scene.entryOf(writer))
    await until(() => scene.text.split('left').length === 3, 'what they have left behind to be in the log')
    expect(scene.logs).toEqual(['app.1.log', 'app.log'])
    expect(scene.informed).toEqual([])
  })

  test('should be those of a worker that comes in the instant in which the last one has gone', async () => {
    const scene = new Scene()
    const old = scene.join(DEFAULT_LOG_OPTIONS)
    await scene.write(old, 'old 1\n')
    old.seal()
    scene.entryOf(old).liveness.disconnected()
    const young = scene.join(SMALL)
    await scene.write(young, 'young 1\n', 'young 2\n')
    expect(scene.informed).toEqual([])
    expect(scene.logs.length, 'it is rotated').toBeGreaterThan(1)
  })

  test('should stay when a worker comes while the old one only seems to have gone', async () => {
    const scene = new Scene()
    const old = scene.join(DEFAULT_LOG_OPTIONS)
    await scene.write(old, 'old 1\n')
    scene.entryOf(old).liveness.disconnected()
    const young = scene.join(SMALL)
    await scene.write(young, 'young 1\n', 'young 2\n')
    expect(scene.informed.map(({ id }) => id)).toEqual([young.id])
    expect(scene.logs).toEqual(['app.log'])
  })

  test('should not be asked of the records of listeners', async () => {
    const scene = new Scene()
    const writer = openWriter(scene.channel, { role: 'listener', log: SMALL, since: 0 })
    onTestFinished(() => writer.seal())
    scene.entryOf(writer)
    const worker = scene.join(DEFAULT_LOG_OPTIONS)
    expect(scene.collector.differencesOf(scene.entryOf(worker))).toEqual([])
    await scene.write(worker, 'one....\n', 'two....\n')
    expect(scene.logs).toEqual(['app.log'])
  })
})

describe('rotation on demand', patience, () => {
  test('should be of all log files, or of the one that is named', async () => {
    const scene = new Scene()
    const app = scene.join(DEFAULT_LOG_OPTIONS)
    const other = scene.join(DEFAULT_LOG_OPTIONS, 'app.other.log')
    await scene.write(app, 'one\n')
    expect(scene.collector.rotate('app.log')).toEqual([{ file: 'app.log', to: 'app.1.log', error: null }])
    await scene.write(app, 'two\n')
    await scene.write(other, 'three\n')
    expect(scene.collector.rotate(undefined)).toEqual([
      { file: 'app.log', to: 'app.2.log', error: null },
      { file: 'app.other.log', to: 'app.other.1.log', error: null },
    ])
    expect(scene.collector.rotate('app.log')).toEqual([{ file: 'app.log', to: null, error: null }])
  })

  test('should say why it failed, and not be reported as trouble to workers', async () => {
    const scene = new Scene()
    const dateFormat = `'${'x'.repeat(300)}'`
    const worker = scene.join({ ...DEFAULT_LOG_OPTIONS, rotation: { ...NO_ROTATION, size: 8, dateFormat } })
    await scene.write(worker, 'one....\n', 'two....\n')
    const [rotated] = scene.collector.rotate('app.log')
    expect(rotated).toMatchObject({ file: 'app.log', to: null })
    expect(rotated?.error).toContain('ENAMETOOLONG')
    expect(scene.collector.status()[0]?.trouble).toContain('ENAMETOOLONG')
    expect(scene.collector.troubleOf(scene.entryOf(worker)), 'it can be appended to').toBeUndefined()
  })

  test('should take no log file for a rotated one of another log', async () => {
    const scene = new Scene()
    const limited = scene.join({ ...DEFAULT_LOG_OPTIONS, rotation: { ...NO_ROTATION, limit: { count: 0 } } })
    const numbered = scene.join(DEFAULT_LOG_OPTIONS, 'app.7.log')
    await scene.write(numbered, 'seven\n')
    await scene.write(limited, 'one\n')
    expect(scene.collector.rotate('app.log')[0]?.to).not.toBeNull()
    await until(() => scene.logs.length === 1, 'the rotated file to be deleted')
    expect(scene.logs).toEqual(['app.7.log'])
  })
})

describe('what the listener itself has to say', patience, () => {
  test('should leave no mailbox behind when a log for each worker has none any more', async () => {
    const scene = new Scene()
    const stays = scene.join(DEFAULT_LOG_OPTIONS, 'app.stays.log')
    for (const name of ['app.1x.log', 'app.2x.log']) await scene.leave(scene.join(JOINS, name))
    await until(() => scene.notices.length === 2, 'a record of each worker that has joined')
    await until(() => scene.mailboxes.length === 1, 'the mailboxes of those logs to be gone')
    expect(scene.mailboxes).toEqual([stays.id])
  })
})

describe('a mailbox whose writer has ended', patience, () => {
  test('should be collected and deleted at once, without a fallback poll', async () => {
    const scene = new Scene()
    const writer = scene.join(DEFAULT_LOG_OPTIONS)
    await scene.write(writer, 'first\n')
    const entry = scene.entryOf(writer)
    await until(() => entry.reading.state === 'asleep', 'a quiet worker to be left in peace')
    vi.spyOn(FallbackPolls.prototype, 'begin').mockReturnValue(false)
    vi.spyOn(FallbackPolls.prototype, 'msUntilDue', 'get').mockReturnValue(2 ** 30)
    onTestFinished(() => void vi.restoreAllMocks())
    scene.collector.readSoon(entry)
    await until(() => entry.reading.state === 'asleep', 'it to be left in peace again')

    writer.append('last\n')
    writer.seal()
    entry.liveness.disconnected()
    entry.liveness.probed({ life: 'dead' })

    await until(() => scene.mailboxes.length === 0, 'the mailbox to be deleted')
    expect(scene.text).toBe('first\nlast\n')
  })

  test('should not make the listener take its own mailbox for that of a worker', async () => {
    const channel = temporaryChannel()
    const dead = openWriter(channel)
    dead.append('left behind\n')
    const scene = new Scene(channel)
    const entry = scene.entryOf(dead)
    entry.liveness.probed({ life: 'dead' })
    await until(() => scene.populations.includes(false), 'its mailbox to be deleted')

    await until(() => scene.collector.windUp(), 'the collector to wind up')

    expect(scene.notices.map(({ event }) => event)).toContain('recovered')
    expect(scene.populations.filter((isPopulated) => isPopulated)).toHaveLength(1)
  })
})

describe('the record of a worker that has joined', patience, () => {
  test('should come before its first line', async () => {
    const scene = new Scene()
    const writer = scene.begin(JOINS)
    writer.append('first\n')
    scene.meet(writer)
    scene.collector.start()
    await until(() => scene.text.includes('first') && scene.notices.length > 0, 'both to be in the log')
    expect(scene.text.indexOf('"joined"')).toBeLessThan(scene.text.indexOf('first'))
  })
})

describe('the passes of a collector', patience, () => {
  test('should be one chain, whatever a pass reports', async () => {
    const scene = new Scene()
    const writer = scene.join(DEFAULT_LOG_OPTIONS)
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    await scene.write(writer, 'one\n')
    const before = timers()
    for (let time = 0; time < 20; time += 1) {
      truncateSync(join(scene.channel.logDirectory, 'app.log'))
      await scene.write(writer, `after truncation ${time}\n`)
      await until(() => scene.notices.length > 0, 'a record about it')
    }
    expect(timers()).toBeLessThanOrEqual(before)
  })
})

describe('a worker that a former listener has found', patience, () => {
  test('should not join again when it has logged nothing yet', async () => {
    const scene = new Scene()
    const old = scene.join(JOINS)
    await until(() => scene.notices.length === 1, 'a record of the worker that has joined')

    const next = scene.succeed()
    next.meet(old)
    await next.write(next.join(JOINS), 'young\n')

    await until(() => next.notices.length > 1, 'a record of the next worker that has joined')
    expect(next.notices).toHaveLength(2)
  })
})

describe('a log file that is to be rotated when a run begins', patience, () => {
  const AT_START: LogOptions = { ...DEFAULT_LOG_OPTIONS, rotation: { ...NO_ROTATION, atStart: true } }

  /** A worker that logs nothing, and is left in peace then. */
  async function joinQuietly(scene: Scene): Promise<MailboxWriter> {
    const writer = scene.join(AT_START)
    const entry = scene.entryOf(writer)
    scene.collector.start()
    await until(() => entry.reading.isDry && entry.reading.state === 'asleep', 'a quiet worker to be left in peace')
    return writer
  }

  test('should be when a worker comes after the last one has gone, and not when one comes beside another', async () => {
    const scene = new Scene()
    const first = scene.join(AT_START)
    await scene.write(first, 'first\n')
    const second = scene.join(AT_START)
    await scene.write(second, 'second\n')
    expect(scene.logs).toEqual(['app.log'])
    for (const writer of [first, second]) await scene.leave(writer)
    const third = scene.join(AT_START)
    await scene.write(third, 'third\n')
    expect(scene.texts).toEqual({ 'app.1.log': 'first\nsecond\n', 'app.log': 'third\n' })
  })

  test('should get first what a worker of the run before has left', async () => {
    const scene = new Scene()
    const first = scene.join(AT_START)
    await scene.write(first, 'first\n')
    first.append('its final lines\n')
    const left = scene.leave(first)
    const second = scene.begin(AT_START)
    await left
    scene.meet(second)
    await scene.write(second, 'second\n')
    expect(scene.texts).toEqual({ 'app.1.log': 'first\nits final lines\n', 'app.log': 'second\n' })
  })

  test('should name the worker that begins the run only in the new file', async () => {
    const scene = new Scene()
    const log = { ...AT_START, lifecycle: JOINS.lifecycle }
    const first = scene.join(log)
    await scene.write(first, 'first\n')
    await until(() => scene.notices.length === 1, 'a record of the worker that has joined')
    await scene.leave(first)
    const second = scene.join(log)
    await scene.write(second, 'second\n')
    await until(() => scene.notices.length === 2, 'a record of the next worker that has joined')
    const joined = (name: string): number => scene.texts[name]!.split('"joined"').length - 1
    expect([joined('app.1.log'), joined('app.log')]).toEqual([1, 1])
  })

  test('should not keep a worker waiting for proof about others while one is alive', async () => {
    const scene = new Scene()
    await scene.write(scene.join(AT_START), 'first\n')
    // The kernel is being asked about it, and does not answer.
    vi.spyOn(scene.entryOf(scene.begin(AT_START)).liveness, 'probe').mockReturnValue()
    await scene.write(scene.join(AT_START), 'second\n')
    expect(scene.logs).toEqual(['app.log'])
  })

  test('should not wait for a mailbox that cannot be deleted', async () => {
    const scene = new Scene()
    const { tmp } = scene.channel
    const first = scene.join(AT_START)
    await scene.write(first, 'first\n')
    rmSync(tmp, { recursive: true })
    await scene.leave(first)
    mkdirSync(tmp)
    const second = scene.begin(AT_START)
    rmSync(tmp, { recursive: true })
    scene.meet(second)
    await scene.write(second, 'second\n')
    expect(scene.texts).toEqual({ 'app.1.log': 'first\n', 'app.log': 'second\n' })
    expect(scene.collector.roster.size, 'the first mailbox is still there').toBe(2)
  })

  test('should not be when there is a new listener, and the only worker of the run has logged nothing yet', async () => {
    const scene = new Scene()
    const quiet = await joinQuietly(scene)
    const other = scene.join(AT_START)
    await scene.write(other, 'other\n')
    await scene.leave(other)

    const next = scene.succeed()
    next.meet(quiet)
    await next.write(quiet, 'quiet\n')

    expect(next.texts).toEqual({ 'app.log': 'other\nquiet\n' })
  })

  test('should be when there is a new listener, and the run has logged nothing yet', async () => {
    const scene = new Scene()
    const former = scene.join(AT_START)
    await scene.write(former, 'former\n')
    await scene.leave(former)
    await until(() => scene.mailboxes.length === 0, 'its mailbox to be gone')
    const quiet = await joinQuietly(scene)

    const next = scene.succeed()
    next.meet(quiet)
    await next.write(quiet, 'quiet\n')

    expect(next.texts).toEqual({ 'app.1.log': 'former\n', 'app.log': 'quiet\n' })
  })

  test('should not be when the option is not effective', async () => {
    const scene = new Scene()
    const old = scene.join(DEFAULT_LOG_OPTIONS)
    await scene.write(old, 'old\n')
    await scene.write(scene.join(AT_START), 'young\n')
    expect(scene.logs).toEqual(['app.log'])
  })
})

describe('the link current.log', patience, () => {
  test('should stay with the log that has it, and the other log should get one record about it', async () => {
    const scene = new Scene()
    const linked: LogOptions = { ...SMALL, symlink: true }
    const [first, second] = [scene.join(linked, 'access.log'), scene.join(linked)]
    first.append('of access.log\n')
    scene.collector.readSoon(scene.entryOf(first))
    const link = join(scene.channel.logDirectory, 'current.log')
    await until(() => existsSync(link), 'the link to be made')
    await scene.write(second, 'app 1\n', 'app 2\n', 'app 3\n')
    await until(() => scene.notices.length > 0, 'a record about it')
    await scene.write(second, 'app 4\n')
    expect(scene.notices).toEqual([{ event: 'not-linked', leadsTo: 'access.log' }])
    expect(readlinkSync(link)).toBe('access.log')
  })
})

/** As if so many polls had passed. */
function sleepThrough(reading: ReadState, polls: number): void {
  for (let poll = 0; poll < polls; poll += 1) reading.countPoll()
}

describe('a fallback poll', patience, () => {
  const QUIET = { log: DEFAULT_LOG_OPTIONS, polls: 1000 }

  test.each([
    { when: 'all are quiet', workers: [QUIET, QUIET], step: 2 },
    { when: 'there are none', workers: [], step: 1 },
    { when: 'one is not', workers: [QUIET, { ...QUIET, polls: 0 }], step: 1 },
    { when: 'lines of one are to be sorted', workers: [QUIET, { ...QUIET, log: SORTED }], step: 1 },
    { when: 'one has to be checked', workers: [QUIET], isUncertain: true, step: 1 },
    { when: 'one rings', workers: [QUIET], rings: true, step: 1 },
  ])('should come $step × 250 ms after the one before it when $when', async ({ workers, step, ...scenery }) => {
    const scene = new Scene()
    const { collector } = scene
    const entries = workers.map(({ log }, index) => scene.entryOf(scene.join(log, `${index}.log`)))
    collector.start()
    await until(() => entries.every(({ reading }) => reading.state === 'asleep'), 'the workers to be left in peace')

    vi.spyOn(collector.monitor, 'isUncertain', 'get').mockReturnValue(scenery.isUncertain ?? false)
    entries.forEach(({ reading }, index) => sleepThrough(reading, workers[index]!.polls))
    const look = vi.spyOn(collector.monitor, 'check')
    if (scenery.rings) look.mockImplementation(() => void setImmediate(() => collector.readSoon(entries[0])))
    await until(() => look.mock.calls.length >= 6, 'six polls')

    const [from = 0, to = 0] = look.mock.calls.slice(-2).map(([poll]) => poll)
    expect(to - from).toBe(step)
  })

  test('should find out that a mailbox which is asleep can not be read', async () => {
    const scene = new Scene()
    const entry = scene.entryOf(scene.join(DEFAULT_LOG_OPTIONS))
    const segment = join(entry.reader.directory, '00000001.plain')
    renameSync(segment, `${segment}.away`)
    scene.collector.start()
    await until(() => entry.reading.isDry && entry.reading.state === 'asleep', 'a quiet worker to be left in peace')

    // Reading a directory fails with EISDIR, also for root: as good as EIO.
    mkdirSync(segment)

    await until(() => entry.unreadable !== undefined, 'it to be read in vain')
    expect(entry.unreadable).toContain('EISDIR')
  })

  test('should hold up no mailbox when it fails', async () => {
    const scene = new Scene()
    vi.spyOn(scene.collector.roster, 'discover').mockImplementation(() => {
      throw new Error('EMFILE')
    })
    await scene.write(scene.join(DEFAULT_LOG_OPTIONS), 'a line\n')

    expect(scene.text).toBe('a line\n')
  })
})
