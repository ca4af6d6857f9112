import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { isRoot, NOBODY, patience, sharedModes, temporaryDirectory, until } from '../testing/channel.test-kit.ts'
import { compressFile } from './compression.ts'

const MODIFIED = new Date('2026-11-20T12:34:56.789Z')
const forever = new AbortController().signal

/** A rotated file with a mode of its own, and old. */
function rotatedFile(content: Buffer | string, mode = 0o640): string {
  const path = join(temporaryDirectory(), 'app.1.log')
  writeFileSync(path, content)
  chmodSync(path, mode)
  utimesSync(path, MODIFIED, MODIFIED)
  return path
}

function filesBeside(path: string): string[] {
  return readdirSync(join(path, '..'))
}

describe('compressFile', patience, () => {
  test.each([
    ['empty', Buffer.alloc(0)],
    ['one line', Buffer.from('{"level":30}\n')],
    ['many megabytes', Buffer.alloc(5_000_000, Buffer.from(Array.from({ length: 251 }, (_, at) => at)))],
  ])(
    'should leave the compressed file only, with the same content, mode and time, when it is %s',
    async (_, content) => {
      const path = rotatedFile(content)
      await compressFile(path, 'gzip', forever)
      expect(filesBeside(path)).toEqual(['app.1.log.gz'])
      expect(gunzipSync(readFileSync(`${path}.gz`)).equals(content)).toBe(true)
      const { mode, mtimeMs } = statSync(`${path}.gz`)
      expect(mode & 0o777).toBe(0o640)
      expect(mtimeMs).toBe(MODIFIED.getTime())
    },
  )

  test.skipIf(!('zstdDecompressSync' in zlib))('should take zstd when it is asked for', async () => {
    const path = rotatedFile('zstd\n')
    await compressFile(path, 'zstd', forever)
    expect(filesBeside(path)).toEqual(['app.1.log.zst'])
    const { zstdDecompressSync } = zlib as unknown as { zstdDecompressSync: (bytes: Buffer) => Buffer }
    expect(zstdDecompressSync(readFileSync(`${path}.zst`)).toString()).toBe('zstd\n')
  })

  test.skipIf('createZstdCompress' in zlib || process.platform !== 'linux')(
    'should keep no file open when this Node.js has no zstd',
    async () => {
      const path = rotatedFile('zstd\n')
      const isOpen = (descriptor: string): boolean => {
        try {
          return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(path)
        } catch {
          return false
        }
      }
      await expect(compressFile(path, 'zstd', forever)).rejects.toThrow('has no zstd')
      await until(() => !readdirSync('/proc/self/fd').some(isOpen), 'the files to be closed')
      expect(filesBeside(path)).toEqual(['app.1.log'])
    },
  )

  test('should start again when a partly compressed file was left behind', async () => {
    const path = rotatedFile('one\n')
    writeFileSync(`${path}.gz.partial`, 'half')
    await compressFile(path, 'gzip', forever)
    expect(filesBeside(path)).toEqual(['app.1.log.gz'])
    expect(gunzipSync(readFileSync(`${path}.gz`)).toString()).toBe('one\n')
  })

  test('should leave the original as it was, and nothing else, when it is stopped in the middle', async () => {
    const content = Buffer.alloc(20_000_000, 'some line of a log\n')
    const path = rotatedFile(content)
    const stopping = new AbortController()
    const compression = compressFile(path, 'gzip', stopping.signal)
    await until(() => existsSync(`${path}.gz.partial`), 'compression to begin')
    stopping.abort()
    await expect(compression).rejects.toThrow(/abort/i)
    expect(filesBeside(path)).toEqual(['app.1.log'])
    expect(readFileSync(path).equals(content)).toBe(true)
  })

  test.each(['app.1.log.gz', 'app.1.log.gz.partial'])(
    'should leave the original as it was when %s is in the way',
    async (name) => {
      const path = rotatedFile('one\n')
      const obstacle = join(path, '..', name)
      mkdirSync(obstacle)
      await expect(compressFile(path, 'gzip', forever)).rejects.toThrow(/EISDIR|ENOTEMPTY|directory/i)
      rmdirSync(obstacle)
      expect(filesBeside(path)).toEqual(['app.1.log'])
      expect(readFileSync(path, 'utf8')).toBe('one\n')
    },
  )

  test('should neither read nor change what a symbolic link leads to that has the name', async () => {
    const directory = temporaryDirectory()
    const secret = join(directory, 'secret')
    writeFileSync(secret, 'secret\n', { mode: 0o600 })
    symlinkSync(secret, join(directory, 'app.1.log'))
    await expect(compressFile(join(directory, 'app.1.log'), 'gzip', forever)).rejects.toThrow('ELOOP')
    expect(readdirSync(directory).toSorted()).toEqual(['app.1.log', 'secret'])
    expect(readFileSync(secret, 'utf8')).toBe('secret\n')
  })

  test('should change no file outside when the partial file becomes a link to it', async () => {
    const path = rotatedFile(Buffer.alloc(20_000_000, 'some line of a log\n'), 0o644)
    const victim = join(temporaryDirectory(), 'victim')
    writeFileSync(victim, 'secret\n', { mode: 0o600 })
    const before = statSync(victim)
    const compression = compressFile(path, 'gzip', forever)
    await until(() => existsSync(`${path}.gz.partial`), 'compression to begin')
    unlinkSync(`${path}.gz.partial`)
    symlinkSync(victim, `${path}.gz.partial`)
    await expect(compression).rejects.toThrow('ELOOP')
    expect(filesBeside(path)).toEqual(['app.1.log'])
    expect(readFileSync(victim, 'utf8')).toBe('secret\n')
    expect({ mode: statSync(victim).mode, modified: statSync(victim).mtimeMs }).toEqual({
      mode: before.mode,
      modified: before.mtimeMs,
    })
  })

  test.for(sharedModes)(
    'should refuse a file that another user, or another place, has in a directory with mode %o',
    async (mode, { skip }) => {
      skip(!isRoot, 'it needs root')
      const path = rotatedFile('one\n')
      chmodSync(join(path, '..'), mode)
      linkSync(path, `${path}.other`)
      await expect(compressFile(path, 'gzip', forever)).rejects.toThrow('2 names')
      unlinkSync(`${path}.other`)
      chownSync(path, NOBODY, NOBODY)
      await expect(compressFile(path, 'gzip', forever)).rejects.toThrow(`belongs to user ${NOBODY}`)
      expect(filesBeside(path)).toEqual(['app.1.log'])
    },
  )

  test('should say so when there is no such file', async () => {
    await expect(compressFile(join(temporaryDirectory(), 'app.1.log'), 'gzip', forever)).rejects.toThrow('ENOENT')
  })
})
