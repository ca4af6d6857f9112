import type { Channel } from '@pino-funnel/channel'
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { nodeFileSystem } from '../journal/filesystem.ts'
import { Journal } from '../journal/journal.ts'
import { LogFile } from '../log/log-file.ts'
import { FIRST_LISTENER, openWriter, temporaryChannel, until } from '../testing/channel.test-kit.ts'
import { Collector } from './collector.ts'

function openCollector(channel: Channel): Collector {
  const collector = new Collector({
    channel,
    journal: new Journal(nodeFileSystem, channel.journal),
    isOurs: () => true,
    isAfterCrash: false,
    beginning: FIRST_LISTENER,
    onEpochLost: () => {},
    onPopulation: () => {},
    onTrouble: () => {},
    onDifferences: () => {},
    report: () => {},
  })
  onTestFinished(() => collector.stop())
  collector.start()
  return collector
}

/** Makes every open of a log file fail. @returns a function that ends it */
function refuseToOpen(file: string, code?: string): () => void {
  const refuse = (path: string): void => {
    if (basename(path) === file)
      throw Object.assign(new Error('not permitted, open'), code === undefined ? {} : { code })
  }
  const [open, openExisting] = [LogFile.open.bind(LogFile), LogFile.openExisting.bind(LogFile)]
  const spies = [
    vi.spyOn(LogFile, 'open').mockImplementation((path, mode) => {
      refuse(path)
      return open(path, mode)
    }),
    vi.spyOn(LogFile, 'openExisting').mockImplementation((path) => {
      refuse(path)
      return openExisting(path)
    }),
  ]
  const restore = (): void => spies.forEach((spy) => spy.mockRestore())
  onTestFinished(restore)
  return restore
}

test.each([
  ['the system refuses it', 'EPERM'],
  ['another file has taken its name, an error without a code', undefined],
])('a log file that can not be completed holds up no other one, and gets the rest once: %s', async (_why, code) => {
  const channel = temporaryChannel()
  const paths = { a: join(channel.logDirectory, 'a.log'), b: join(channel.logDirectory, 'b.log') }
  const writers = { a: openWriter(channel, { file: 'a.log' }), b: openWriter(channel, { file: 'b.log' }) }
  onTestFinished(() => Object.values(writers).forEach((writer) => writer.seal()))
  const textOf = (path: string): string => readFileSync(path, 'utf8')
  writers.a.append('a-1\na-2\n')
  const killed = openCollector(channel)
  await until(() => statSync(paths.a, { throwIfNoEntry: false })?.size === 8, 'the first lines to be in the log')
  // As a kill in the middle of the append leaves it.
  const journal = readFileSync(channel.journal)
  killed.stop()
  writeFileSync(channel.journal, journal)
  truncateSync(paths.a, 5)
  const restore = refuseToOpen('a.log', code)

  const second = openCollector(channel)
  writers.a.append('a-3\n')
  writers.b.append('b-1\n')
  await until(() => second.status().some(({ file, trouble }) => file === 'a.log' && trouble !== null), 'a trouble')
  await until(() => statSync(paths.b, { throwIfNoEntry: false })?.size === 4, 'the other log to get its line')
  second.stop()
  expect(textOf(paths.a)).toBe('a-1\na')

  openCollector(channel)
  restore()
  await until(() => statSync(paths.a).size === 12, 'the log to be completed')
  expect(textOf(paths.a)).toBe('a-1\na-2\na-3\n')
  expect(textOf(paths.b)).toBe('b-1\n')
})

test('that the machine was rebooted is known for as long as an intent from before is in doubt', async () => {
  const channel = temporaryChannel()
  const path = join(channel.logDirectory, 'a.log')
  const writer = openWriter(channel, { file: 'a.log' })
  onTestFinished(() => writer.seal())
  const journal = new Journal(nodeFileSystem, channel.journal)
  writer.append('a-1\na-2\n')
  const killed = openCollector(channel)
  await until(() => statSync(path, { throwIfNoEntry: false })?.size === 8, 'the first lines to be in the log')
  const state = journal.load()
  killed.stop()
  journal.checkpoint({ ...state, boot: 'the former one' })
  journal.close()
  // A power loss has left zeros in the place of the end.
  truncateSync(path, 5)
  truncateSync(path, 8)
  const restore = refuseToOpen('a.log', 'EPERM')

  for (let listener = 2; listener <= 3; listener += 1) {
    const collector = openCollector(channel)
    await until(() => collector.status().some(({ trouble }) => trouble !== null), 'a trouble')
    expect(journal.load().boot).toBe('the former one')
    collector.stop()
  }

  openCollector(channel)
  restore()
  await until(() => journal.load().boot === state.boot, 'the intent to be resolved, and the journal to say so')
  expect(readFileSync(path, 'utf8')).toBe('a-1\na-2\n')
})
