import realFs from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import * as clock from './clock.ts'
import * as timers from './timers.ts'
import * as fs from './fs.ts'
import { unfaked } from './unfaked.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** Every function of `fs` throws from now on: code that takes one from there fails. */
function refuseAll(): void {
  for (const name of Object.keys(realFs).filter((key) => key.endsWith('Sync'))) {
    if (typeof realFs[name as 'writeSync'] !== 'function') continue
    vi.spyOn(realFs, name as 'writeSync').mockImplementation(() => {
      throw new Error(`fs.${name} was looked up`)
    })
  }
}

describe('what is captured of fs', () => {
  test('should make, write, read, rename and remove a file when every function of fs has been replaced', () => {
    const directory = temporaryDirectory()
    const [path, renamed] = [join(directory, 'a'), join(directory, 'b')]
    refuseAll()
    const descriptor = fs.openSync(path, 'wx', 0o600)
    fs.writeSync(descriptor, 'text')
    fs.fchmodSync(descriptor, 0o600)
    expect(fs.fstatSync(descriptor).size).toBe(4)
    fs.closeSync(descriptor)
    expect(fs.readFileSync(path, 'utf8')).toBe('text')
    fs.renameSync(path, renamed)
    expect([fs.existsSync(path), fs.readdirSync(directory), fs.lstatSync(renamed).size]).toEqual([false, ['b'], 4])
    expect(fs.realpathSync(renamed)).toBe(renamed)
    fs.unlinkSync(renamed)
    fs.mkdirSync(join(directory, 'c', 'd'), { recursive: true })
    expect(fs.statSync(join(directory, 'c', 'd')).isDirectory()).toBe(true)
  })
})

describe('what is captured of the clock', () => {
  test('should go on when timers, Date and performance are faked', async () => {
    const [before, monotonic] = [clock.wallNow(), clock.monotonicNow()]
    vi.useFakeTimers({ now: 0 })
    await new Promise<void>((resolve) => timers.setTimeout(() => timers.setImmediate(() => clock.nextTick(resolve)), 1))
    expect(clock.wallNow()).toBeGreaterThanOrEqual(before)
    expect(clock.monotonicNow()).toBeGreaterThan(monotonic)
  })

  test('should be what a fake stands for when it was faked before', () => {
    const real = setTimeout
    vi.useFakeTimers()
    expect(setTimeout).not.toBe(real)
    expect(unfaked(setTimeout, 'setTimeout')).toBe(real)
    expect(unfaked(real, 'setTimeout')).toBe(real)
  })
})
