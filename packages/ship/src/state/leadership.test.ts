import { existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { deleteState, leaderOf, takeLead } from './leadership.ts'

function testDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-lead-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

test('should have one leader when many contend at once', async () => {
  const directory = testDirectory()
  const leads = await Promise.all(Array.from({ length: 20 }, () => takeLead(directory, (socket) => socket.end())))
  expect(leads.filter((lead) => lead !== undefined)).toHaveLength(1)
  for (const lead of leads) lead?.resign()
})

test('should have another leader when the first one has resigned, under a higher number', async () => {
  const directory = testDirectory()
  const first = await takeLead(directory, (socket) => socket.end())
  first?.resign()
  const second = await takeLead(directory, (socket) => socket.end())
  expect(second).toBeDefined()
  expect(readdirSync(directory)).toEqual(['S.2'])
  second?.resign()
})

test('should connect those that ask to the leader, and to nothing when it was killed', async () => {
  const directory = testDirectory()
  expect(await leaderOf(directory)).toBeUndefined()
  const server = createServer((socket) => socket.end('well'))
  await new Promise<void>((resolve) => server.listen(join(directory, 'S.7'), resolve))
  const leader = await leaderOf(directory)
  expect(String(await leader?.socket?.toArray())).toBe('well')
  // A killed leader leaves its name.
  linkSync(join(directory, 'S.7'), join(directory, 'kept'))
  await new Promise((resolve) => server.close(resolve))
  renameSync(join(directory, 'kept'), join(directory, 'S.7'))
  expect(await leaderOf(directory)).toBeUndefined()
  const next = await takeLead(directory, (asker) => asker.end())
  expect(readdirSync(directory)).toEqual(['S.8'])
  next?.resign()
})

test('should delete the state of a shipper only when none leads, whether it answers or not', async () => {
  const directory = testDirectory()
  const leader = await takeLead(directory, () => {})
  expect(await deleteState(directory, () => {})).toBe(false)
  leader?.resign()
  const failing = (): void => {
    throw new Error('The hold can not be written')
  }
  await expect(deleteState(directory, failing)).rejects.toThrow('The hold')
  expect(existsSync(directory)).toBe(true)
  expect(await deleteState(directory, () => {})).toBe(true)
  expect(existsSync(directory)).toBe(false)
})

test('should remove the drafts of shippers that were killed while they claimed the lead', async () => {
  const directory = testDirectory()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(join(directory, 'draft.1'), resolve))
  linkSync(join(directory, 'draft.1'), join(directory, 'kept'))
  await new Promise((resolve) => server.close(resolve))
  renameSync(join(directory, 'kept'), join(directory, 'draft.1'))

  const leader = await takeLead(directory, () => {})

  expect(readdirSync(directory)).toEqual(['S.1'])
  leader?.resign()
})

test('should not wait for itself when it fails after its claim', async () => {
  const directory = testDirectory()
  // A directory can't be unlinked.
  mkdirSync(join(directory, 'S.1'))
  await expect(takeLead(directory, () => {})).rejects.toThrow(/EISDIR|EPERM/)
  rmSync(join(directory, 'S.1'), { recursive: true })

  const leader = await takeLead(directory, () => {})

  expect(leader).toBeDefined()
  leader?.resign()
})
