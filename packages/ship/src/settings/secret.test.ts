import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseSecret, readSecret, readSecretLines } from './secret.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pino-funnel-secret-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

describe('a secret', () => {
  test.each([
    ['hunter2', /the secret itself, or another text/],
    [{ env: 'A', file: '/b' }, /both 'env' and 'file'/],
    [{ env: '' }, /an object with neither, or with an empty one/],
    [{ environment: 'hunter2' }, /an object with neither/],
    [7, /got a number/],
    [null, /got null/],
    [['hunter2'], /got an array/],
  ])('should be refused, and not shown, when it is %j', (value, message) => {
    const parse = (): unknown => parseSecret(value, 'options.token')
    expect(parse).toThrow(message)
    expect(parse).toThrow(/'options.token' must name the place of a secret/)
    expect(parse).not.toThrow(/hunter2/)
  })

  test('should be what its file has, without the end of its last line', () => {
    writeFileSync(join(directory, 'token'), 'hunter2\n')
    expect(readSecret({ file: join(directory, 'token') })).toBe('hunter2')
  })

  test('should be what its variable has, without the end of its last line', () => {
    vi.stubEnv('PINO_FUNNEL_TEST_TOKEN', 'hunter2\n')
    expect(readSecret({ env: 'PINO_FUNNEL_TEST_TOKEN' })).toBe('hunter2')
    vi.unstubAllEnvs()
  })

  test('should have one line, and not be shown, where clients may show what they refuse', () => {
    const file = join(directory, 'token')
    writeFileSync(file, 'hunter2\n# of 2026-11\n')
    expect(() => readSecret({ file })).toThrow(`The secret in the file ${file} has several lines`)
    expect(() => readSecret({ file })).not.toThrow(/hunter2/)
    expect(readSecretLines({ file })).toBe('hunter2\n# of 2026-11')
  })

  test('should name the place and what to do when it can not be read', () => {
    const missing = join(directory, 'missing')
    expect(() => readSecret({ file: missing })).toThrow(
      new RegExp(`The file ${missing} with a secret can't be read: ENOENT\\. Make it readable .* or correct its path`),
    )
    mkdirSync(missing)
    expect(() => readSecret({ file: missing })).toThrow(/can't be read: EISDIR/)
    writeFileSync(join(directory, 'empty'), '\n')
    expect(() => readSecret({ file: join(directory, 'empty') })).toThrow(/with a secret is empty/)
    expect(() => readSecret({ env: 'PINO_FUNNEL_TEST_NONE' })).toThrow(/The variable PINO_FUNNEL_TEST_NONE is not in/)
  })
})
