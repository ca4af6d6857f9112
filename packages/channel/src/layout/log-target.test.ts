import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { startChild } from '../testing/child.test-kit.ts'
import { funnelError, temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { resolveLogTarget } from './log-target.ts'

describe('resolveLogTarget', () => {
  test('should give one target for one file when it is spelled in different ways', () => {
    const root = temporaryDirectory()
    mkdirSync(join(root, 'real/sub'), { recursive: true })
    symlinkSync('real', join(root, 'link'))
    symlinkSync(join(root, 'real/app.log'), join(root, 'elsewhere.log'))
    symlinkSync('../elsewhere.log', join(root, 'real/current.log'))
    const target = { directory: join(root, 'real'), name: 'app.log' }
    const spellings = [
      join(root, 'real/app.log'),
      join(root, 'link/app.log'),
      join(root, 'real/sub/../app.log'),
      `${root}/real//./app.log`,
      relative(process.cwd(), join(root, 'link/app.log')),
      join(root, 'elsewhere.log'),
      join(root, 'link/current.log'),
    ]
    const resolve = (): unknown[] => spellings.map((file) => resolveLogTarget(file, false))
    expect(resolve(), 'before the file is made').toEqual(spellings.map(() => target))
    writeFileSync(join(root, 'real/app.log'), '')
    expect(resolve(), 'after that').toEqual(spellings.map(() => target))
  })

  test('should not mind when the file is moved away at that very moment, as rotation does', async () => {
    const root = temporaryDirectory()
    const file = join(root, 'app.log')
    const rotating = startChild(
      'what rotates a log again and again',
      `const fs = require('node:fs')
      const [file] = process.argv.slice(1)
      for (const end = Date.now() + 1500; Date.now() < end; ) {
        fs.writeFileSync(file, '')
        fs.renameSync(file, file + '.1')
      }`,
      [file],
    )
    let seen = 0
    for (let ended = false; !ended;) {
      for (let n = 0; n < 1000; n += 1) {
        expect(resolveLogTarget(file, false)).toEqual({ directory: root, name: 'app.log' })
        if (existsSync(file)) seen += 1
      }
      ended = await Promise.race([rotating.finished().then(() => true), nextTurn().then(() => false)])
    }
    expect(seen, 'times that the file was there').toBeGreaterThan(0)
  })

  test('should make the directory, with its parents, only when it is asked to', () => {
    const root = temporaryDirectory()
    const file = join(root, 'a/b/app.log')
    expect(() => resolveLogTarget(file, false)).toThrow(
      funnelError('FUNNEL_LOG_DIRECTORY_UNUSABLE', join(root, 'a/b'), `set the option 'mkdir' to true`),
    )
    expect(readdirSync(root), 'nothing was made').toEqual([])
    expect(resolveLogTarget(file, true)).toEqual({ directory: join(root, 'a/b'), name: 'app.log' })
    expect(readdirSync(join(root, 'a/b')), "the file itself is the listener's to make").toEqual([])
  })

  test('should make directories of mode 755, also when the umask is 0', () => {
    const root = temporaryDirectory()
    const before = process.umask(0)
    try {
      resolveLogTarget(join(root, 'a/b/app.log'), true)
    } finally {
      process.umask(before)
    }
    expect([join(root, 'a'), join(root, 'a/b')].map((path) => statSync(path).mode & 0o777)).toEqual([0o755, 0o755])
  })

  describe.runIf(process.getuid?.() === 0)('in a directory that others may write to', () => {
    function withLinksOf(uid: number): { files: string[]; elsewhere: string } {
      const [root, elsewhere] = [temporaryDirectory(), temporaryDirectory()]
      chmodSync(root, 0o1777)
      symlinkSync(elsewhere, join(root, 'link'))
      symlinkSync(join(elsewhere, 'other.log'), join(root, 'app.log'))
      for (const name of ['link', 'app.log']) lchownSync(join(root, name), uid, uid)
      return { files: [join(root, 'link/app.log'), join(root, 'app.log')], elsewhere }
    }

    test("should follow root's links", () => {
      const { files, elsewhere } = withLinksOf(0)
      expect(files.map((file) => resolveLogTarget(file, true).directory)).toEqual([elsewhere, elsewhere])
    })

    test('should refuse links of another user', () => {
      const { files, elsewhere } = withLinksOf(65_534)
      for (const file of files) {
        expect(() => resolveLogTarget(file, true)).toThrow(
          funnelError('FUNNEL_LOG_DIRECTORY_SHARED', 'of user 65534', 'Remove the link'),
        )
      }
      expect(readdirSync(elsewhere)).toEqual([])
    })
  })

  test.each([true, false])(
    'should be refused, naming the cure, when a file is in the way of its directory (mkdir: %s)',
    (mkdir) => {
      const root = temporaryDirectory()
      writeFileSync(join(root, 'file'), '')
      for (const path of ['file/app.log', 'file/sub/app.log']) {
        expect(() => resolveLogTarget(join(root, path), mkdir), path).toThrow(
          funnelError('FUNNEL_LOG_DIRECTORY_UNUSABLE', join(root, 'file'), 'not a directory. Name another file.'),
        )
      }
    },
  )

  test('should be refused, naming the cure, when it is a directory', () => {
    const root = temporaryDirectory()
    expect(() => resolveLogTarget(root, false)).toThrow(
      funnelError('FUNNEL_LOG_FILE_UNUSABLE', root, 'is a directory.', join(root, 'app.log')),
    )
    expect(() => resolveLogTarget('/', false)).toThrow(
      funnelError('FUNNEL_LOG_FILE_UNUSABLE', '/ is a directory', '/app.log'),
    )
  })

  test('should be refused, naming the cure, when it is not a regular file', () => {
    const root = temporaryDirectory()
    const pipe = join(root, 'pipe')
    execFileSync('mkfifo', [pipe])
    symlinkSync('/dev/null', join(root, 'null.log'))
    expect(() => resolveLogTarget(pipe, false)).toThrow(
      funnelError('FUNNEL_LOG_FILE_UNUSABLE', pipe, 'appends to files only; name one'),
    )
    expect(() => resolveLogTarget(join(root, 'null.log'), false)).toThrow(
      funnelError('FUNNEL_LOG_FILE_UNUSABLE', '/dev/null is not a regular file'),
    )
  })

  test('should be refused, naming the cure, when it is a link that leads back to itself', () => {
    const root = temporaryDirectory()
    symlinkSync('b.log', join(root, 'a.log'))
    symlinkSync('a.log', join(root, 'b.log'))
    expect(() => resolveLogTarget(join(root, 'a.log'), true)).toThrow(
      funnelError('FUNNEL_LOG_FILE_UNUSABLE', join(root, 'a.log'), 'Remove the link, or name another file.'),
    )
  })

  test.each(['.pino-funnel', `${'x'.repeat(300)}.log`])(
    'should be refused, naming the cure, when its name is %s',
    (name) => {
      const root = temporaryDirectory()
      expect(() => resolveLogTarget(join(root, name), true)).toThrow(
        funnelError('FUNNEL_LOG_FILE_UNUSABLE', join(root, name), 'Name another file.'),
      )
      mkdirSync(join(root, '.pino-funnel'))
      expect(() => resolveLogTarget(join(root, name), true), 'with a channel there').toThrow(/Name another file\./)
    },
  )

  test("should be refused as unusable, not with the system's error, when the path is too long for the system", () => {
    const file = join(temporaryDirectory(), 'long-name/'.repeat(500), 'app.log')
    expect(() => resolveLogTarget(file, true)).toThrow(
      funnelError('FUNNEL_LOG_DIRECTORY_UNUSABLE', 'long-name', 'Name another file.'),
    )
  })
})
