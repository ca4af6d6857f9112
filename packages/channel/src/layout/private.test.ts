import * as real from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import * as fs from '../captured/fs.ts'
import { temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { HeldDirectory } from '../util/held-directory.ts'
import { makeHeldDirectory, openPrivateFile } from './private.ts'

vi.mock('../captured/fs.ts', async (importOriginal) => {
  const original = await importOriginal<typeof fs>()
  const { chmodSync, fchmodSync, fstatSync } = original
  return {
    ...original,
    chmodSync: vi.fn<typeof fs.chmodSync>(chmodSync),
    fchmodSync: vi.fn<typeof fs.fchmodSync>(fchmodSync),
    fstatSync: vi.fn<typeof fs.fstatSync>(fstatSync),
  }
})

afterEach(() => {
  vi.mocked(fs.chmodSync).mockImplementation(real.chmodSync)
  vi.mocked(fs.fchmodSync).mockImplementation(real.fchmodSync)
  vi.mocked(fs.fstatSync).mockImplementation(real.fstatSync)
})

function fail(): never {
  throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
}

/** Runs `act` with a umask that takes the owner's permissions, too. */
function withUmask(act: () => void): void {
  const before = process.umask(0o777)
  try {
    act()
  } finally {
    process.umask(before)
  }
}

/** How many descriptors of this process lead into a directory. */
function descriptorsIn(directory: string): number {
  const targets = real.readdirSync('/proc/self/fd').map((descriptor) => {
    try {
      return real.readlinkSync(`/proc/self/fd/${descriptor}`)
    } catch {
      // That of the listing itself.
      return ''
    }
  })
  return targets.filter((target) => target.startsWith(directory)).length
}

const onLinux = process.platform === 'linux'

test.skipIf(!onLinux)('a file that can not be made private should leave neither a descriptor nor itself', () => {
  const directory = temporaryDirectory()
  const path = join(directory, '00000002.plain')
  vi.mocked(fs.fchmodSync).mockImplementation(fail)
  withUmask(() => expect(() => openPrivateFile(path, 'wx+')).toThrow('EIO'))
  expect([real.existsSync(path), descriptorsIn(directory)]).toEqual([false, 0])
})

test.skipIf(!onLinux)('a directory that can not be made private should leave no descriptor', () => {
  const directory = temporaryDirectory()
  const parent = HeldDirectory.open(directory)
  vi.mocked(fs.chmodSync).mockImplementation(fail)
  withUmask(() => expect(() => makeHeldDirectory(parent, 'made')).toThrow('EIO'))
  parent.release()
  expect(descriptorsIn(directory)).toBe(0)
})

test.skipIf(!onLinux)('a directory whose identity is not known should leave no descriptor', () => {
  const directory = temporaryDirectory()
  vi.mocked(fs.fstatSync).mockImplementation(fail)
  expect(() => HeldDirectory.open(directory)).toThrow('EIO')
  expect(descriptorsIn(directory)).toBe(0)
})
