import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../testing/channel.test-kit.ts'
import { nodeFileSystem } from './filesystem.ts'

test('a close that fails should not throw: the descriptor is given back all the same', () => {
  const path = join(temporaryDirectory(), 'journal')
  const file = nodeFileSystem.openAppend(path, true)
  file.close()
  // EBADF stands for any error.
  expect(() => file.close()).not.toThrow()
  expect(existsSync(path)).toBe(true)
})
