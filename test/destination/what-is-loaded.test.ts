import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startFixture } from '../kit/processes/fixture.ts'
import type { LogDirectory } from '../kit/log-directory.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'

async function loadedIn({ file }: LogDirectory): Promise<string[]> {
  const process = startFixture('program/list-loaded', [JSON.stringify({ file })])
  await process.succeeded()
  return process.stdout.split('\n')
}

/** A longer text is an object of its own in V8's memory, and its reader doubles its room for it: docs/decisions/0033. */
const LONGEST_TEXT_BYTES = 128 * 1024

describe('a destination', () => {
  test('should come of one bundle of less than 128 KiB that loads no other package', () => {
    const bundle = join(import.meta.dirname, '../../packages/transport/dist/shared.js')

    expect(statSync(bundle).size).toBeLessThan(LONGEST_TEXT_BYTES)
    expect(readFileSync(bundle, 'latin1')).not.toMatch(/require\(["'`](?!node:)/)
  })

  test('should not load node:crypto, a quarter of the start, when the kernel gives random names', async () => {
    const loaded = await loadedIn(logDirectory())

    expect(loaded).toContain('NativeModule net')
    expect(loaded).not.toContain('NativeModule crypto')
  })

  test('should load nothing before its first record that only starts a listener when one is there', async () => {
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
