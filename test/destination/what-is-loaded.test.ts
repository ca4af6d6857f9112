import { describe, expect, test } from 'vitest'
import { startFixture } from '../kit/processes/fixture.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'

describe('a destination', () => {
  test('should not load node:crypto, a quarter of the start, when the kernel gives random names', async () => {
    const { file } = logDirectory()

    const process = startFixture('program/list-loaded', [JSON.stringify({ file })])

    await process.succeeded()
    const loaded = process.stdout.split('\n')
    expect(loaded).toContain('NativeModule net')
    expect(loaded).not.toContain('NativeModule crypto')
  })
})
