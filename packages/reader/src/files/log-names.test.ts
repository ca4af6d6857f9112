import { describe, expect, test } from 'vitest'
import { parseRotatedName } from './log-names.ts'

const none = { logs: new Set<string>(), names: new Set<string>() }

describe('parseRotatedName', () => {
  test.each([
    ['app.3.log', 3, undefined],
    ['app.3.log.gz', 3, 'gzip'],
    ['app.2026-11-21.12.log.zst', 12, 'zstd'],
    ['app.log.1', undefined, undefined],
    ['app.log.2.gz', undefined, 'gzip'],
    ['app.log-20261121', undefined, undefined],
    ['app.log-20261121-1795272364.gz', undefined, 'gzip'],
  ])('should take %s for a rotated file of app.log', (name, number, compression) => {
    expect(parseRotatedName('app.log', name, none)).toMatchObject({ number, compression })
  })

  test.each([
    'app.log',
    'app.error.1.log',
    'app.1.log.bak',
    'app.01.log',
    'app.1.log.gz.partial',
    'apple.1.log',
    'app.gz',
    'app.\u001B]0;11\u0007.2.log',
  ])('should not take %s for one', (name) => {
    expect(parseRotatedName('app.log', name, none)).toBeUndefined()
  })

  test('should leave to another log what is its own', () => {
    const neighbours = { logs: new Set(['app.1.log']), names: new Set(['app.v22.log']) }

    expect(parseRotatedName('app.log', 'app.1.log', neighbours)).toBeUndefined()
    expect(parseRotatedName('app.log', 'app.v22.1.log', neighbours)).toBeUndefined()
    expect(parseRotatedName('app.v22.log', 'app.v22.1.log', neighbours)).toMatchObject({ number: 1 })
  })

  test('should know the files of a log without an extension', () => {
    expect(parseRotatedName('app', 'app.1', none)).toMatchObject({ number: 1 })
    expect(parseRotatedName('app', 'app.1.gz', none)).toMatchObject({ number: 1, compression: 'gzip' })
  })
})
