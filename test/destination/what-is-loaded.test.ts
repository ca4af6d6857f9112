import { describe, expect, test } from 'vitest'
import { startFixture } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'

async function loadedIn({ file }: LogDirectory): Promise<string[]> {
  const process = startFixture('program/list-loaded', [JSON.stringify({ file })])
  await process.succeeded()
  return process.stdout.split('\n')
}

describe('a destination', () => {
  test('should not load node:crypto, a quarter of the start, when the kernel gives random names', async () => {
    const loaded = await loadedIn(logDirectory())

    expect(loaded).toContain('NativeModule net')
    expect(loaded).not.toContain('NativeModule crypto')
  })

  test('should load nothing of Node.js that only the start of a listener needs before its first record when there is one', async () => {
    const directory = logDirectory()
    const { file, ledgers } = directory
    startFixture('worker/log', [JSON.stringify({ file, ledgers, worker: 'other', count: 1, next: 'stay' })])
    await directory.listenerPresent()

    const loaded = await loadedIn(directory)

    expect(loaded).toContain('NativeModule net')
    const waiting = /^NativeModule (child_process|cluster|dgram|crypto|sea)$/
    expect(loaded.filter((name) => waiting.test(name))).toEqual([])
  })
})
