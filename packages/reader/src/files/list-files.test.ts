import type * as promises from 'node:fs/promises'
import { lstat } from 'node:fs/promises'
import { basename } from 'node:path'
import { symlinkSync } from 'node:fs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { TestLog } from '../testing/log.test-kit.ts'
import { listRotatedFiles } from './list-files.ts'

vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof promises>()
  return { ...original, lstat: vi.fn<typeof promises.lstat>(original.lstat) }
})

async function namesOf(log: TestLog): Promise<string[]> {
  return (await listRotatedFiles(log.path, log.at('.pino-funnel'))).map(({ path }) => basename(path))
}

describe('listRotatedFiles', () => {
  const original = vi.mocked(lstat).getMockImplementation()!
  afterEach(() => void vi.mocked(lstat).mockImplementation(original))

  test('should have each file when one is compressed while they are listed', async () => {
    const log = new TestLog()
    for (const name of ['app.1.log', 'app.2.log', 'app.3.log']) {
      log.write(1)
      log.rotate(name)
    }
    const waiting = ['app.2.log', 'app.3.log']
    vi.mocked(lstat).mockImplementation((...args) => {
      const name = basename(String(args[0]))
      if (name === waiting[0]) log.compress(waiting.shift()!)
      return original(...args)
    })

    expect(await namesOf(log)).toEqual(['app.1.log', 'app.2.log.gz', 'app.3.log.gz'])
  })

  test('should describe no file again when another one vanishes: many files would vanish meanwhile', async () => {
    const log = new TestLog()
    for (const name of ['app.1.log', 'app.2.log', 'app.3.log']) {
      log.write(1)
      log.rotate(name)
    }
    const described: string[] = []
    vi.mocked(lstat).mockImplementation((...args) => {
      const name = basename(String(args[0]))
      if (name === 'app.2.log') log.compress(name)
      described.push(name)
      return original(...args)
    })

    expect(await namesOf(log)).toEqual(['app.1.log', 'app.2.log.gz', 'app.3.log'])
    expect(described.toSorted()).toEqual(['app.1.log', 'app.2.log', 'app.2.log.gz', 'app.3.log'])
  })

  test('should not have a link, which another user may have planted', async () => {
    const log = new TestLog()
    log.write(1)
    log.rotate('app.2.log')
    symlinkSync('/etc/passwd', log.at('app.1.log'))

    expect(await namesOf(log)).toEqual(['app.2.log'])
  })
})
