import { appendFileSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { logWith, recordOf } from '../timeline/log-lines.test-kit.ts'
import { LogDirectoryFollower } from './log-directory-follower.ts'

async function following(log: string): Promise<LogDirectoryFollower> {
  const follower = new LogDirectoryFollower(() => Promise.resolve([log]))
  onTestFinished(() => follower.close())
  await follower.findLogs()
  return follower
}

test('a rotation should be counted when it comes before any line', async () => {
  const log = logWith({ 'app.log': [recordOf(1, 0)] })
  const follower = await following(log)
  renameSync(log, join(dirname(log), 'app.1.log'))
  appendFileSync(log, `${recordOf(1, 1)}\n`)
  const counters = follower.counters.get('app.log')!
  await vi.waitFor(() => expect(counters.records.get('info')).toBe(1), 60_000)
  expect(counters.rotations).toBe(1)
})

test('the rotated files of a log that has no file at first should not count', async () => {
  const log = logWith({ 'app.1.log': [recordOf(1, 0), recordOf(1, 1)] })
  const follower = await following(log)
  await follower.findLogs()
  appendFileSync(log, `${recordOf(1, 2)}\n`)
  const counters = follower.counters.get('app.log')!
  await vi.waitFor(() => expect(counters.records.get('info')).toBe(1), 60_000)
  expect(follower.gaps).toBe(0)
})

test('a log that its directory no longer has should not be followed, and go on while the list is unreadable', async () => {
  const log = logWith({ 'app.log': [recordOf(1, 0)] })
  const lists: (string[] | undefined)[] = [[log], undefined, [], [log]]
  const follower = new LogDirectoryFollower(() => Promise.resolve(lists.shift()))
  onTestFinished(() => follower.close())
  await follower.findLogs()
  await follower.findLogs()
  appendFileSync(log, `${recordOf(1, 1)}\n`)
  const counters = follower.counters.get('app.log')!
  await vi.waitFor(() => expect(counters.records.get('info')).toBe(1), 60_000)

  await follower.findLogs()
  appendFileSync(log, `${recordOf(1, 2)}\n`)
  await follower.findLogs()
  appendFileSync(log, `${recordOf(1, 3)}\n`)
  await vi.waitFor(() => expect(counters.records.get('info')).toBe(2), 60_000)
})

test('searches at the same time should follow each log once', async () => {
  const log = logWith({ 'app.log': [recordOf(1, 0)] })
  const follower = new LogDirectoryFollower(() => Promise.resolve([log]))
  onTestFinished(() => follower.close())
  await Promise.all([follower.findLogs(), follower.findLogs()])
  appendFileSync(log, `${recordOf(1, 1)}\n`)
  const counters = follower.counters.get('app.log')!
  await vi.waitFor(() => expect(counters.records.get('info')).toBeGreaterThan(0), 60_000)
  await follower.close()
  appendFileSync(log, `${recordOf(1, 2)}\n${recordOf(1, 3)}\n`)
  const witness = await following(log)
  appendFileSync(log, `${recordOf(1, 4)}\n`)
  await vi.waitFor(() => expect(witness.counters.get('app.log')!.records.get('info')).toBe(1), 60_000)
  expect(counters.records.get('info')).toBe(1)
})

test('a search that is going on when the follower is closed should begin with no log', async () => {
  const log = logWith({ 'app.log': [recordOf(1, 0)] })
  const follower = new LogDirectoryFollower(() => Promise.resolve([log]))
  const search = follower.findLogs()
  await follower.close()
  await search
  expect([...follower.counters.keys()]).toEqual([])
})
