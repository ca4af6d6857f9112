import type * as nodeFs from 'node:fs'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { keepRejected } from './rejected.ts'

const faults = vi.hoisted(() => ({ fail: false }))
vi.mock('node:fs', async (load) => {
  const fs = await load<typeof nodeFs>()
  const writeSync = (...args: Parameters<typeof fs.writeSync>): number => {
    if (faults.fail) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    return fs.writeSync(...args)
  }
  return { ...fs, writeSync }
})

test('a record that a full disk does not take should leave no file, or the file as it was', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-rejected-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'rejected')
  const record = { id: '1', reason: 'too long', line: '{}' }

  faults.fail = true
  expect(() => keepRejected(path, record)).toThrow('ENOSPC')
  expect(existsSync(path)).toBe(false)

  faults.fail = false
  keepRejected(path, record)
  const before = readFileSync(path, 'utf8')
  faults.fail = true
  expect(() => keepRejected(path, record)).toThrow('ENOSPC')
  expect(readFileSync(path, 'utf8')).toBe(before)
})
