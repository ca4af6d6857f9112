import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { canHoldDirectories, HeldDirectory, withNames } from './held-directory.ts'

function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}

describe.runIf(canHoldDirectories())('a held directory', () => {
  test('should be the one that was opened when another takes its name', () => {
    const parent = temporaryDirectory()
    const [name, away] = [join(parent, 'a'), join(parent, 'away')]
    mkdirSync(name)
    const held = HeldDirectory.open(name)
    expect(held.isInPlace()).toBe(true)
    renameSync(name, away)
    mkdirSync(name)
    writeFileSync(held.at('file'), 'x')
    expect(readFileSync(join(away, 'file'), 'utf8')).toBe('x')
    expect(readdirSync(name)).toEqual([])
    expect(held.isInPlace()).toBe(false)
    renameSync(name, join(parent, 'other'))
    renameSync(away, name)
    expect(held.isInPlace(), 'when it is back').toBe(true)
    held.release()
  })

  test('should give the directory above, wherever it was moved', () => {
    const parent = temporaryDirectory()
    mkdirSync(join(parent, 'logs/channel'), { recursive: true })
    const held = HeldDirectory.open(join(parent, 'logs/channel'))
    renameSync(join(parent, 'logs'), join(parent, 'moved'))
    const above = HeldDirectory.open(held.at('..'), join(parent, 'logs'))
    writeFileSync(above.at('app.log'), '')
    expect(readdirSync(join(parent, 'moved')).sort()).toEqual(['app.log', 'channel'])
    above.release()
    held.release()
  })

  test('should have one descriptor for all that use it, until the last one has released it', () => {
    const name = temporaryDirectory()
    const before = descriptors()
    const [first, second] = [HeldDirectory.open(name), HeldDirectory.open(name)]
    expect(descriptors()).toBe(before + 1)
    first.release()
    expect(second.isInPlace()).toBe(true)
    expect(withNames(`ENOSPC: write '${second.at('epoch')}'`)).toBe(`ENOSPC: write '${name}/epoch'`)
    second.release()
    expect(descriptors()).toBe(before)
  })

  test('should not be opened by a link, or when it is a file', () => {
    const parent = temporaryDirectory()
    mkdirSync(join(parent, 'directory'))
    symlinkSync('directory', join(parent, 'link'))
    writeFileSync(join(parent, 'file'), '')
    const before = descriptors()
    for (const name of ['link', 'file']) {
      expect(() => HeldDirectory.open(join(parent, name)), name).toThrow(/ENOTDIR|ELOOP/)
    }
    expect(descriptors()).toBe(before)
  })

  test('should be out of place when it was deleted', () => {
    const name = temporaryDirectory()
    const held = HeldDirectory.open(name)
    rmSync(name, { recursive: true })
    expect(held.isInPlace()).toBe(false)
    held.release()
  })
})
