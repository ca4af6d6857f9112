import { DEFAULT_LOG_OPTIONS, type LogOptions } from '@pino-funnel/channel'
import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { ReadState } from '../mailboxes/read-state.ts'
import { patience, until } from '../testing/channel.test-kit.ts'
import { Scene } from '../testing/collector-scene.test-kit.ts'

const SORTED: LogOptions = { ...DEFAULT_LOG_OPTIONS, order: { window: 1000 } }

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

  test.each(['discover', 'probeSuspects'] as const)(
    'should read a mailbox that does not ring when %s fails',
    async (step) => {
      const scene = new Scene()
      const writer = scene.join(DEFAULT_LOG_OPTIONS)
      const { reading } = scene.entryOf(writer)
      scene.collector.start()
      await until(() => reading.isDry && reading.state === 'asleep', 'a quiet worker to be left in peace')
      vi.spyOn(scene.collector.roster, step).mockImplementation(() => {
        throw new Error('EMFILE')
      })

      writer.append('a line\n')

      await until(() => scene.text !== '', 'its line, which a fallback poll finds')
      expect(scene.text).toBe('a line\n')
    },
  )
})
