import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { resolveInstalled } from './installed.ts'

/** A directory with these files, which is the current directory of the test. */
function currentDirectory(...files: readonly string[]): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-')))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  for (const file of files) put(directory, file)
  const current = vi.spyOn(process, 'cwd').mockReturnValue(directory)
  onTestFinished(() => current.mockRestore())
  return directory
}

/** @returns its path */
function put(directory: string, file: string): string {
  const path = join(directory, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, file.endsWith('.json') ? '{}' : '')
  return path
}

function program(...files: readonly string[]): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-')))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  for (const file of files) put(directory, file)
  return put(directory, 'program.js')
}

const CHANNEL = 'node_modules/@pino-funnel/channel/package.json'
const MEMORY = 'node_modules/@pino-funnel/memory/linux-test.js'

describe('a module that is found by name', () => {
  test('should not come from the current directory when its program has packages of pino-funnel, but not this one', () => {
    currentDirectory(CHANNEL, MEMORY)
    const from = program(CHANNEL)
    expect(() => resolveInstalled('@pino-funnel/memory/linux-test', from)).toThrow('Cannot find module')
  })

  test('should come from the current directory when the file that asks, a bundle, has no package beside it', () => {
    const directory = currentDirectory(CHANNEL, MEMORY)
    const arg = process.argv[1]
    process.argv[1] = program()
    onTestFinished(() => void (process.argv[1] = arg ?? ''))
    expect(resolveInstalled('@pino-funnel/memory/linux-test', program())).toBe(join(directory, MEMORY))
  })

  test('should come from where the file that asks is, first of all', () => {
    currentDirectory(CHANNEL, MEMORY)
    const from = program(CHANNEL, MEMORY)
    expect(resolveInstalled('@pino-funnel/memory/linux-test', from)).toBe(join(dirname(from), MEMORY))
  })
})
