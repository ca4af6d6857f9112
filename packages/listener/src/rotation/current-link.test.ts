import { lstatSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, test, onTestFinished } from 'vitest'
import { patience, temporaryDirectory, until } from '../testing/channel.test-kit.ts'
import { linkTo } from './current-link.ts'

const nobody = (): boolean => false

describe('the link to the log file', patience, () => {
  test('should be made, and kept when it is there', () => {
    const directory = temporaryDirectory()
    const link = join(directory, 'current.log')
    expect(linkTo('app.log', directory, nobody)).toBeUndefined()
    expect(readlinkSync(link)).toBe('app.log')
    const { ino } = lstatSync(link)
    linkTo('app.log', directory, nobody)
    expect(lstatSync(link).ino, 'it is the same link').toBe(ino)
  })

  test('should be turned when it leads elsewhere, also when a process was killed while turning it', () => {
    const directory = temporaryDirectory()
    symlinkSync('app.7.log', join(directory, 'current.log'))
    symlinkSync('app.6.log', join(directory, '.current.log.pino-funnel'))
    expect(linkTo('app.log', directory, nobody)).toBeUndefined()
    expect(readlinkSync(join(directory, 'current.log'))).toBe('app.log')
    expect(readdirSync(directory)).toEqual(['current.log'])
  })

  test('should be left to the log file that has it, when that wants it', () => {
    const directory = temporaryDirectory()
    symlinkSync('app.log', join(directory, 'current.log'))
    expect(linkTo('access.log', directory, (name) => name === 'app.log')).toBe('app.log')
    expect(readlinkSync(join(directory, 'current.log'))).toBe('app.log')
  })

  test('should not take the place of a file', () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'current.log'), 'another file')
    expect(linkTo('app.log', directory, nobody)).toBeUndefined()
    expect(readFileSync(join(directory, 'current.log'), 'utf8')).toBe('another file')
  })

  test('should never be missing while it is replaced', async () => {
    const directory = temporaryDirectory()
    linkTo('a.log', directory, nobody)
    const watcher = await watch(join(directory, 'current.log'))

    await until(() => {
      for (let turn = 0; turn < 100; turn += 1) linkTo(turn % 2 === 0 ? 'b.log' : 'a.log', directory, nobody)
      return watcher.reads() > 20_000
    }, 'many reads of the link')

    expect(await watcher.misses()).toBe(0)
  })
})

/** Reads a link again and again, in another thread, and counts how often it did not exist. */
async function watch(link: string): Promise<{ reads: () => number; misses: () => Promise<number> }> {
  const counts = new Int32Array(new SharedArrayBuffer(3 * 4))
  const code = `
    const { workerData: { link, counts } } = require('node:worker_threads')
    const { readlinkSync } = require('node:fs')
    while (Atomics.load(counts, 2) === 0) {
      try { readlinkSync(link) } catch { Atomics.add(counts, 1, 1) }
      Atomics.add(counts, 0, 1)
    }`
  const worker = new Worker(code, { eval: true, workerData: { link, counts } })
  onTestFinished(() => void worker.terminate())
  await once(worker, 'online')
  return {
    reads: () => Atomics.load(counts, 0),
    misses: async () => {
      Atomics.store(counts, 2, 1)
      await once(worker, 'exit')
      return Atomics.load(counts, 1)
    },
  }
}
