import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { laterPart } from './later-part.ts'

function refuse(): never {
  throw new Error('nothing can be loaded')
}

describe('the later part of a bundle', () => {
  test('should be loaded once, when something of it is first used', () => {
    let loads = 0
    const part = laterPart(
      () => {
        loads += 1
        return (main) => ({ main, name: 'later' })
      },
      { name: 'main' },
      undefined,
    )
    expect(loads).toBe(0)
    expect([part['name'], part['main'], part['missing']]).toEqual(['later', { name: 'main' }, undefined])
    expect(loads).toBe(1)
  })

  test('should be read from its file when Node.js can load nothing', () => {
    const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-later-'))
    writeFileSync(
      join(directory, 'later.js'),
      `module.exports = (main) => ({ sum: main.one + 1, sep: require('node:path').sep })`,
    )
    const part = laterPart(refuse, { one: 1 }, directory)
    expect([part['sum'], part['sep']]).toEqual([2, '/'])
  })

  test.each([undefined, '/nonexistent'])(
    'should throw what loading has thrown when its directory is %s',
    (directory) => {
      expect(() => laterPart(refuse, {}, directory)['name']).toThrow('nothing can be loaded')
    },
  )
})
