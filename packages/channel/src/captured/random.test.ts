import { afterEach, describe, expect, test, vi } from 'vitest'

const fs = process.getBuiltinModule('node:fs')

afterEach(() => {
  vi.restoreAllMocks()
  vi.resetModules()
})

/** As on a system, or in a root directory, whose device is something else. */
async function randomHexWith(device: string | undefined): Promise<(bytes: number) => string> {
  const { openSync } = fs
  vi.spyOn(fs, 'openSync').mockImplementation((path, flags) => {
    if (path !== '/dev/urandom') return openSync(path, flags)
    if (device === undefined) throw Object.assign(new Error('no such file or directory'), { code: 'ENOENT' })
    return openSync(device, flags)
  })
  vi.resetModules()
  return (await import('./random.ts')).randomHex
}

describe('a random name', () => {
  test.each([
    ['the device is there', '/dev/urandom'],
    ['there is no device', undefined],
    ['the device gives nothing', '/dev/null'],
    ['a file lies in the place of the device', process.execPath],
  ])('should be as long as asked for, and another one each time, when %s', async (_, device) => {
    const randomHex = await randomHexWith(device)
    const names = Array.from({ length: 100 }, () => randomHex(16))
    expect(names.filter((name) => /^[0-9a-f]{32}$/.test(name))).toHaveLength(100)
    expect(new Set(names).size).toBe(100)
  })
})
