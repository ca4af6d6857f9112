import { chmodSync, existsSync, lchownSync, linkSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { changeAttribute, isRoot, NOBODY, patience, sharedModes, until } from '../testing/channel.test-kit.ts'
import { HOUR, Keeper } from '../testing/keeper.test-kit.ts'

describe('housekeeping', patience, () => {
  test('should delete the oldest when there are more than may be, and leave all else alone', async () => {
    const keeper = new Keeper({ limit: { count: 2 } })
    keeper.putRotated(4)
    for (const name of ['app.log', 'app.error.1.log', 'app.1.log.bak', 'app.01.log', 'other.1.log', 'app.77.log'])
      keeper.put(name, 'x')
    keeper.putObstacle('app.9.log')
    await keeper.keep()
    expect(keeper.files).toEqual(
      ['app.01.log', 'app.1.log.bak', 'app.3.log', 'app.4.log', 'app.77.log', 'app.9.log', 'app.error.1.log']
        .concat(['app.log', 'other.1.log'])
        .toSorted(),
    )
    expect(keeper.removed, 'deletions by count and age are not reported').toEqual([])
    expect(keeper.troubles).toEqual([undefined])
  })

  test('should go by numbers, not by names, and count compressed ones', async () => {
    const keeper = new Keeper({ limit: { count: 2 } })
    for (const name of ['app.9.log', 'app.10.log.gz', 'app.100.log']) keeper.put(name, 'x')
    await keeper.keep()
    expect(keeper.files).toEqual(['app.10.log.gz', 'app.100.log'])
  })

  test('should delete the oldest, and report it, when they have too many bytes', async () => {
    const keeper = new Keeper({ limit: { bytes: 350 } })
    keeper.putRotated(4)
    keeper.put('app.log', 'x'.repeat(100))
    await keeper.keep()
    expect(keeper.files).toEqual(['app.3.log', 'app.4.log', 'app.log'])
    expect(keeper.removed).toEqual([['app.1.log: bytes', 'app.2.log: bytes']])
  })

  test('should delete what is too old', async () => {
    const keeper = new Keeper({ limit: { age: 1.5 * HOUR } })
    keeper.putRotated(4)
    await keeper.keep()
    expect(keeper.files).toEqual(['app.3.log', 'app.4.log'])
    expect(keeper.removed).toEqual([])
  })

  test('should delete all, and report it, when the limit asks for more free bytes than the disk has', async () => {
    const keeper = new Keeper({ limit: { free: Number.MAX_SAFE_INTEGER } })
    keeper.putRotated(2)
    keeper.put('app.log', 'x')
    await keeper.keep()
    expect(keeper.files).toEqual(['app.log'])
    expect(keeper.removed).toEqual([['app.1.log: free', 'app.2.log: free']])
  })

  test('should compress all that stay, and delete the others first', async () => {
    const keeper = new Keeper({ compress: 'gzip', limit: { count: 3 } })
    keeper.putRotated(5)
    keeper.put('app.log', 'current')
    await keeper.keep()
    expect(keeper.files).toEqual(['app.3.log.gz', 'app.4.log.gz', 'app.5.log.gz', 'app.log'])
    expect(keeper.textOf('app.4.log.gz')).toBe('x'.repeat(100))
    expect(keeper.troubles).toEqual([undefined])
  })

  test('should apply the limits to the sizes of compressed files', async () => {
    const keeper = new Keeper({ compress: 'gzip', limit: { bytes: 10_000 } })
    for (let number = 1; number <= 3; number += 1) keeper.put(`app.${number}.log`, 'x'.repeat(4000))
    await keeper.keep()
    expect(keeper.files, 'three had too many bytes').toEqual(['app.2.log.gz', 'app.3.log.gz'])
  })

  test('should finish what another one has left behind at any step', async () => {
    const keeper = new Keeper({ compress: 'gzip' })
    keeper.put('app.1.log', 'one')
    keeper.put('app.1.log.gz.partial', 'half')
    keeper.putPair('app.2.log', 'two', gzipSync('two'))
    keeper.put('app.3.log.gz', gzipSync('three'))
    keeper.put('app.4.log.zst.partial', 'of one that was deleted')
    keeper.put('app.5.log.bak.partial', 'not ours')
    await keeper.keep()
    expect(keeper.files).toEqual(['app.1.log.gz', 'app.2.log.gz', 'app.3.log.gz', 'app.5.log.bak.partial'])
    expect(['app.1.log.gz', 'app.2.log.gz', 'app.3.log.gz'].map((name) => keeper.textOf(name))).toEqual([
      'one',
      'two',
      'three',
    ])
  })

  test.each([
    ['is half there', gzipSync('one two three\n').subarray(0, -4), { compress: 'gzip' }],
    ['has nothing yet', Buffer.alloc(0), { compress: 'gzip' }],
    ['is half there', gzipSync('one two three\n').subarray(0, -4), { limit: { count: 10 } }],
    ['is of another file', gzipSync('two two three\n'), { compress: 'gzip' }],
  ] as const)('should delete no original beside a compressed file that %s', async (_what, compressed, options) => {
    const keeper = new Keeper(options)
    keeper.putPair('app.1.log', 'one two three\n', compressed)
    keeper.putPair('app.2.log', 'three\n', gzipSync('three\n'))
    await keeper.keep()
    expect(keeper.files).toEqual(['app.1.log', 'app.1.log.gz', 'app.2.log.gz'])
    expect(keeper.textOf('app.1.log')).toBe('one two three\n')
    expect(readFileSync(join(keeper.directory, 'app.1.log.gz')).equals(compressed), 'it is left alone').toBe(true)
    const isReported = keeper.troubles.at(-1)?.includes('app.1.log.gz is of another program') === true
    expect(isReported, 'it has to be compressed').toBe('compress' in options)
  })

  test('should leave alone what another program is compressing, and go on when it has ended', async () => {
    const keeper = new Keeper({ compress: 'gzip' })
    keeper.put('app.1.log', 'one', HOUR)
    keeper.put('app.1.log.gz', gzipSync('one').subarray(0, 12))
    await keeper.keep()
    expect(keeper.files).toEqual(['app.1.log', 'app.1.log.gz'])
    rmSync(join(keeper.directory, 'app.1.log.gz'))
    await keeper.keep()
    expect(keeper.files).toEqual(['app.1.log.gz'])
    expect(keeper.textOf('app.1.log.gz')).toBe('one')
    expect(keeper.troubles.at(-1)).toBeUndefined()
  })

  test('should keep a file when another one, with a date, has the same number and is compressed', async () => {
    const keeper = new Keeper({ compress: 'gzip', dateFormat: 'yyyy-MM-dd', limit: { count: 2 } })
    keeper.put('app.2026-11-20.1.log.gz', gzipSync('dated'), 2 * HOUR)
    keeper.put('app.1.log', 'dateless', HOUR)
    await keeper.keep()
    expect(keeper.files).toEqual(['app.1.log.gz', 'app.2026-11-20.1.log.gz'])
    expect(keeper.textOf('app.1.log.gz')).toBe('dateless')
  })

  test.each([
    ['app.1.log', 'app.2026-11-20.1.log'],
    ['app.2026-11-20.1.log', 'app.1.log'],
  ])('should take %s for the older one when its last record is older than that of %s', async (older, younger) => {
    const keeper = new Keeper({ dateFormat: 'yyyy-MM-dd', limit: { count: 1 } })
    keeper.put(older, 'x', 2 * HOUR)
    keeper.put(younger, 'x', HOUR)
    await keeper.keep()
    expect(keeper.files).toEqual([younger])
  })

  test('should go on with the others when one cannot be compressed, report it, and try it again', async () => {
    const keeper = new Keeper({ compress: 'gzip', limit: { count: 10 } })
    keeper.putRotated(3)
    keeper.putObstacle('app.2.log.gz')
    await keeper.keep()
    expect(keeper.files).toEqual(['app.1.log.gz', 'app.2.log', 'app.2.log.gz', 'app.3.log.gz'])
    expect(keeper.troubles.length).toBeGreaterThan(0)
    expect(keeper.troubles.every((trouble) => trouble?.includes('app.2.log.gz'))).toBe(true)
    keeper.removeObstacle('app.2.log.gz')
    keeper.tick()
    await until(() => !keeper.isBusy, 'the housekeeping to be done')
    expect(keeper.files).toEqual(['app.1.log.gz', 'app.2.log.gz', 'app.3.log.gz'])
    expect(keeper.troubles.at(-1), 'the trouble is over').toBeUndefined()
    expect(keeper.troubles.filter((trouble) => trouble === undefined)).toHaveLength(1)
  })

  test('should delete and compress the others when something cannot be deleted', async ({ skip }) => {
    const keeper = new Keeper({ compress: 'gzip', limit: { count: 1 } })
    keeper.putRotated(3)
    keeper.put('app.1.log.gz.partial', 'half')
    const partial = join(keeper.directory, 'app.1.log.gz.partial')
    skip(!changeAttribute('+i', partial), 'it needs root, and a file system with immutable files')
    await keeper.keep()
    expect(keeper.files).toEqual(['app.1.log.gz.partial', 'app.3.log.gz'])
    expect(keeper.troubles.at(-1)).toContain('partial')
    changeAttribute('-i', partial)
    await keeper.keep()
    expect(keeper.files).toEqual(['app.3.log.gz'])
    expect(keeper.troubles.at(-1)).toBeUndefined()
  })

  test('should leave alone, and not count, what is not a regular file', async () => {
    const keeper = new Keeper({ compress: 'gzip', limit: { count: 2 } })
    keeper.putRotated(2)
    keeper.putObstacle('app.9.log.gz.partial')
    keeper.putObstacle('app.8.log')
    symlinkSync('nowhere', join(keeper.directory, 'app.7.log'))
    symlinkSync('app.1.log', join(keeper.directory, 'app.6.log'))
    await keeper.keep()
    expect(keeper.files).toEqual([
      'app.1.log.gz',
      'app.2.log.gz',
      'app.6.log',
      'app.7.log',
      'app.8.log',
      'app.9.log.gz.partial',
    ])
    expect(keeper.troubles).toEqual([undefined])
  })

  test.for(sharedModes)(
    'should leave alone, and not count, what another user has put into a directory with mode %o',
    async (mode, { skip }) => {
      skip(!isRoot, 'it needs root')
      const keeper = new Keeper({ compress: 'gzip', limit: { count: 2 } })
      chmodSync(keeper.directory, mode)
      keeper.putRotated(2)
      keeper.put('app.9.log', 'planted')
      keeper.put('app.1.log.gz', 'planted, so that app.1.log is taken for a leftover')
      keeper.put('app.8.log.gz.partial', 'planted')
      for (const name of ['app.9.log', 'app.1.log.gz', 'app.8.log.gz.partial'])
        lchownSync(join(keeper.directory, name), NOBODY, NOBODY)
      writeFileSync(join(keeper.directory, 'secret'), 'secret')
      linkSync(join(keeper.directory, 'secret'), join(keeper.directory, 'app.5.log'))
      await keeper.keep()
      expect(keeper.files).toEqual([
        'app.1.log.gz',
        'app.2.log.gz',
        'app.5.log',
        'app.8.log.gz.partial',
        'app.9.log',
        'secret',
      ])
      expect(keeper.textOf('app.1.log.gz')).toBe('x'.repeat(100))
      expect(keeper.troubles).toEqual([undefined])
    },
  )

  test('should leave whole files only when it is stopped in the middle', async () => {
    const keeper = new Keeper({ compress: 'gzip' })
    const content = 'some line of a log\n'.repeat(1_000_000)
    keeper.put('app.1.log', content)
    keeper.put('app.2.log', content)
    keeper.wake()
    await until(() => existsSync(join(keeper.directory, 'app.2.log.gz.partial')), 'compression to begin')
    await keeper.stop()
    expect(keeper.isBusy).toBe(false)
    expect(keeper.files).toEqual(['app.1.log', 'app.2.log'])
    expect(keeper.textOf('app.2.log')).toBe(content)
    expect(keeper.troubles, 'a stop is not a trouble').toEqual([])
    await keeper.keep()
    expect(keeper.files, 'it has stopped for good').toEqual(['app.1.log', 'app.2.log'])
  })

  test('should do nothing until the one before it has left off', async () => {
    let leaveOff = (): void => {}
    const keeper = new Keeper({ limit: { count: 0 } }, new Promise((resolve) => (leaveOff = resolve)))
    keeper.putRotated(2)
    keeper.wake()
    expect(keeper.isBusy).toBe(true)
    const other = new Keeper({ limit: { count: 0 } })
    other.putRotated(2)
    await other.keep()
    expect(other.files, 'one that need not wait is done').toEqual([])
    expect(keeper.files).toEqual(['app.1.log', 'app.2.log'])
    leaveOff()
    await until(() => !keeper.isBusy, 'the housekeeping to be done')
    expect(keeper.files).toEqual([])
  })

  test('should see what comes while it is at work', async () => {
    const keeper = new Keeper({ compress: 'gzip', limit: { count: 100 } })
    for (let number = 1; number <= 20; number += 1) {
      keeper.put(`app.${number}.log`, `${number}`)
      keeper.add(`app.${number}.log`)
      await new Promise(setImmediate)
    }
    await until(() => !keeper.isBusy, 'the housekeeping to be done')
    expect(keeper.files).toHaveLength(20)
    expect(keeper.files.every((name) => name.endsWith('.log.gz'))).toBe(true)
  })

  test('should go on when another program removes files that it knows', async () => {
    const keeper = new Keeper({ compress: 'gzip', limit: { count: 10 } })
    keeper.putRotated(2)
    await keeper.keep()
    for (const name of ['app.3.log', 'app.4.log']) {
      keeper.put(name, 'x')
      keeper.add(name)
    }
    rmSync(join(keeper.directory, 'app.3.log'))
    await until(() => !keeper.isBusy, 'the housekeeping to be done')
    expect(keeper.files).toEqual(['app.1.log.gz', 'app.2.log.gz', 'app.4.log.gz'])
    expect(keeper.troubles.every((trouble) => trouble === undefined)).toBe(true)
  })

  test('should check by itself at intervals when files grow old, and not when nothing changes by itself', async () => {
    const aging = new Keeper({ limit: { age: HOUR } })
    aging.put('app.1.log', 'x', 2 * HOUR)
    aging.tick()
    await until(() => !aging.isBusy, 'the housekeeping to be done')
    expect(aging.files).toEqual([])
    const counting = new Keeper({ limit: { count: 0 } })
    await counting.keep()
    counting.put('app.1.log', 'x')
    counting.tick()
    expect(counting.isBusy).toBe(false)
  })

  test('should do what another one has left, also when nothing is rotated any more', async () => {
    const keeper = new Keeper({ compress: 'gzip' })
    keeper.putRotated(1)
    keeper.put('app.1.log.gz.partial', 'half')
    keeper.tick()
    await until(() => !keeper.isBusy, 'the housekeeping to be done')
    expect(keeper.files).toEqual(['app.1.log.gz'])
  })
})
