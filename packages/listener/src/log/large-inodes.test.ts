import type * as Fs from 'node:fs'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { temporaryDirectory } from '../testing/channel.test-kit.ts'
import { LogFile } from './log-file.ts'

/** Inodes are numbered from 2^53 on, as file systems do it that make them of two numbers. */
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>()
  const inodes = new Map<bigint, bigint>()
  const inodeFor = (real: bigint): bigint => {
    const inode = inodes.get(real) ?? 2n ** 53n + BigInt(inodes.size)
    inodes.set(real, inode)
    return inode
  }
  const numbered =
    (call: unknown) =>
    (...given: unknown[]): unknown => {
      const stats = (call as (...given: unknown[]) => { ino: bigint | number } | undefined)(...given)
      if (!stats) return stats
      const inode = inodeFor(BigInt(stats.ino))
      return Object.assign(stats, { ino: typeof stats.ino === 'bigint' ? inode : Number(inode) })
    }
  const [fstatSync, lstatSync] = [fs.fstatSync, fs.lstatSync].map(numbered)
  return { ...fs, fstatSync, lstatSync }
})

test('a log file should be distinguished from its neighbour when the file system has inodes beyond 2^53', () => {
  const path = join(temporaryDirectory(), 'app.log')
  const log = LogFile.open(path, 0o600)
  onTestFinished(() => log.close())
  expect(log.isInPlace()).toBe(true)
  renameSync(path, `${path}.1`)
  writeFileSync(path, '')
  expect(log.isInPlace()).toBe(false)
})
