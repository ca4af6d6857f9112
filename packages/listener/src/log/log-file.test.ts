import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, onTestFinished } from 'vitest'
import { LogFile } from './log-file.ts'
import {
  descriptorsOf,
  isRoot,
  NOBODY,
  patience,
  sharedModes,
  temporaryDirectory,
} from '../testing/channel.test-kit.ts'

const onPosix = process.platform !== 'win32'

interface OpenLog {
  readonly log: LogFile
  readonly path: string
  readonly directory: string
}

function openLog(content?: string | Buffer): OpenLog {
  const directory = temporaryDirectory()
  const path = join(directory, 'app.log')
  if (content !== undefined) writeFileSync(path, content)
  const log = LogFile.open(path, 0o600)
  onTestFinished(() => log.close())
  return { log, path, directory }
}

function textOf(path: string): string {
  return readFileSync(path, 'utf8')
}

describe('LogFile', patience, () => {
  test('should append to what is there, when others have appended in between, too', () => {
    const { log, path } = openLog('old\n')
    log.append(Buffer.from('one\n'))
    appendFileSync(path, 'foreign\n')
    log.append(Buffer.from('two\n'))
    expect(textOf(path)).toBe('old\none\nforeign\ntwo\n')
    expect(log.size()).toBe(20)
  })

  test('should append all bytes when they are many, and whatever they are', () => {
    const { log, path } = openLog()
    const bytes = Buffer.alloc(3_000_000, Buffer.from(Array.from({ length: 256 }, (_, at) => at)))
    log.append(bytes)
    log.sync()
    expect(readFileSync(path).equals(bytes)).toBe(true)
  })

  test('should say so when the file has been moved, deleted or replaced', () => {
    const { log, path } = openLog()
    expect(log.isInPlace()).toBe(true)
    renameSync(path, `${path}.1`)
    expect(log.isInPlace(), 'moved').toBe(false)
    writeFileSync(path, 'new\n')
    expect(log.isInPlace(), 'replaced').toBe(false)
    rmSync(path)
    renameSync(`${path}.1`, path)
    expect(log.isInPlace(), 'moved back').toBe(true)
  })

  test('should have given its descriptor back when it is closed', ({ skip }) => {
    const { log, path } = openLog()
    skip(descriptorsOf(path) === undefined, 'it needs /proc')
    log.append(Buffer.from('one\n'))
    expect(descriptorsOf(path)).toBe(1)
    log.close()
    expect(descriptorsOf(path)).toBe(0)
  })

  test('should change nothing when the same bytes are written again after a failed sync', () => {
    for (const from of [0, 5, 1_500_000, 3_000_000]) {
      const { log, path } = openLog()
      const bytes = Buffer.alloc(3_000_000, Buffer.from(Array.from({ length: 251 }, (_, at) => (at * 7) % 251)))
      log.append(bytes)
      log.rewrite(from)
      log.append(Buffer.from('more\n'))
      expect(readFileSync(path).equals(Buffer.concat([bytes, Buffer.from('more\n')])), `from ${from}`).toBe(true)
    }
  })

  test('should leave another file alone that has taken its place when it is to be written again', () => {
    const { log, path } = openLog('mine\n')
    renameSync(path, `${path}.1`)
    writeFileSync(path, 'foreign\n')
    expect(() => log.rewrite(0)).toThrow('was replaced')
    expect(textOf(path)).toBe('foreign\n')
  })
})

describe('LogFile.cutTornTail', patience, () => {
  const whole = 'one\ntwo\n'

  test('should cut to the end of the last whole line when the file ends at any byte', () => {
    const text = `${whole}three\n`
    const { log, path } = openLog('')
    for (let size = 0; size <= text.length; size += 1) {
      writeFileSync(path, text.slice(0, size))
      const kept = text.slice(0, text.lastIndexOf('\n', size - 1) + 1)
      const expected = size === 0 ? '' : kept
      expect(log.cutTornTail(), `of ${size} bytes`).toBe(size - expected.length)
      expect(textOf(path), `of ${size} bytes`).toBe(expected)
    }
  })

  test.each([0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])(
    'should find the last whole line when %i torn bytes follow it',
    (length) => {
      for (const tail of [Buffer.alloc(length), Buffer.alloc(length, 'x')]) {
        const { log, path } = openLog(Buffer.concat([Buffer.from(whole), tail]))
        expect(log.cutTornTail()).toBe(length)
        expect(textOf(path)).toBe(whole)
      }
    },
  )

  test('should leave nothing when there is no whole line', () => {
    const { log, path } = openLog(Buffer.alloc(70_000, 'x'))
    expect(log.cutTornTail()).toBe(70_000)
    expect(statSync(path).size).toBe(0)
  })

  test('should append after the cut when it goes on', () => {
    const { log, path } = openLog(`${whole}tor`)
    log.cutTornTail()
    log.append(Buffer.from('three\n'))
    expect(textOf(path)).toBe(`${whole}three\n`)
  })

  test('should cut nothing when the file has become shorter by itself', () => {
    const { log, path } = openLog(whole)
    truncateSync(path, 4)
    expect(log.cutTornTail()).toBe(0)
    expect(textOf(path)).toBe('one\n')
  })
})

describe('LogFile.open', () => {
  test.skipIf(!onPosix).each([0o077, 0o777, 0o000])('should give the file its mode when the umask is %o', (mask) => {
    const directory = temporaryDirectory()
    const before = process.umask(mask)
    try {
      for (const mode of [0o600, 0o640, 0o644, 0o666]) {
        const path = join(directory, mode.toString(8))
        LogFile.open(path, mode).close()
        expect(statSync(path).mode & 0o777).toBe(mode)
      }
    } finally {
      process.umask(before)
    }
  })

  test.skipIf(!onPosix)('should leave the mode as it is when the file is there already', () => {
    const { path } = openLog('')
    const { mode } = statSync(path)
    LogFile.open(path, 0o600).close()
    expect(statSync(path).mode).toBe(mode)
  })

  test('should follow no symbolic link, and make nothing through one', () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'victim'), 'untouched\n')
    symlinkSync(join(directory, 'victim'), join(directory, 'app.log'))
    symlinkSync(join(directory, 'nowhere'), join(directory, 'dangling.log'))
    expect(() => LogFile.open(join(directory, 'app.log'), 0o600)).toThrow('ELOOP')
    expect(() => LogFile.open(join(directory, 'dangling.log'), 0o600)).toThrow('ELOOP')
    expect(textOf(join(directory, 'victim'))).toBe('untouched\n')
    expect(statSync(join(directory, 'nowhere'), { throwIfNoEntry: false })).toBeUndefined()
  })

  test.skipIf(!onPosix)('should refuse a fifo at once, with or without a reader', () => {
    const path = join(temporaryDirectory(), 'app.log')
    execFileSync('mkfifo', [path])
    expect(() => LogFile.open(path, 0o600)).toThrow('ENXIO')
  })

  test('should refuse a directory', () => {
    const path = join(temporaryDirectory(), 'app.log')
    mkdirSync(path)
    expect(() => LogFile.open(path, 0o600)).toThrow('EISDIR')
  })

  test.skipIf(!onPosix)('should refuse a device', () => {
    expect(() => LogFile.open('/dev/null', 0o600)).toThrow('not a regular file')
  })

  test.for(sharedModes)(
    'should refuse what another user has put into a directory with mode %o, before a byte goes in',
    (mode, { skip }) => {
      skip(!isRoot, 'it needs root')
      const directory = sharedDirectory(mode)
      const path = join(directory, 'app.log')
      writeFileSync(path, '', { mode: 0o666 })
      chownSync(path, NOBODY, NOBODY)
      expect(() => LogFile.open(path, 0o600)).toThrow(`The log file ${path} belongs to user ${NOBODY}`)
      expect(textOf(path)).toBe('')
      rmSync(path)

      writeFileSync(join(directory, 'secret'), 'secret\n', { mode: 0o600 })
      linkSync(join(directory, 'secret'), path)
      expect(() => LogFile.open(path, 0o600)).toThrow(`The log file ${path} has 2 names (hard links)`)
      expect(textOf(path)).toBe('secret\n')
      expect(readdirSync(directory).toSorted(), 'nothing is left of the checks').toEqual(['app.log', 'secret'])
    },
  )

  test.for(sharedModes)('should take its own file in a directory with mode %o', (mode) => {
    const path = join(sharedDirectory(mode), 'app.log')
    LogFile.open(path, 0o600).close()
    LogFile.open(path, 0o600).close()
    expect(statSync(path).size).toBe(0)
  })

  test('should take a file of another user, or with two names, where only its own user can have put it', ({ skip }) => {
    skip(!isRoot, 'it needs root')
    const path = join(sharedDirectory(0o755), 'app.log')
    writeFileSync(path, '')
    chownSync(path, NOBODY, NOBODY)
    linkSync(path, `${path}.backup`)
    LogFile.open(path, 0o600).close()
    chmodSync(join(path, '..'), 0o775)
    expect(() => LogFile.open(path, 0o600), 'the group can have put it there').toThrow('has 2 names')
  })

  test('should not be in place when a symbolic link leads to it', () => {
    const { log, path } = openLog()
    renameSync(path, `${path}.1`)
    symlinkSync('app.log.1', path)
    expect(log.isInPlace()).toBe(false)
  })
})

function sharedDirectory(mode: number): string {
  const directory = temporaryDirectory()
  chmodSync(directory, mode)
  return directory
}
