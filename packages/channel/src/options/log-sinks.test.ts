import { describe, expect, test } from 'vitest'
import { decodeSinks, type SinkOptions } from './log-sinks.ts'

const SINK: SinkOptions = {
  name: 'pino-funnel/stdout',
  target: 'pino-funnel/stdout',
  options: { deep: [1, { a: null }] },
  level: 40,
  stdout: 'application',
  directory: '/srv/shop',
  maxQueueBytes: 2 ** 21,
  hangTimeout: 2000,
}

describe('decodeSinks', () => {
  test('should give the same when sinks went through JSON', () => {
    expect(decodeSinks(JSON.parse(JSON.stringify([SINK])))).toEqual([SINK])
  })

  test.each([undefined, null, {}, 'x', [null], [{}], [{ target: 'relative' }], [{ target: 5 }]])(
    'should give none when it is %j',
    (value) => {
      expect(decodeSinks(value)).toEqual([])
    },
  )

  test('should give defaults when fields are missing or wrong', () => {
    expect(decodeSinks([{ target: '/a.js', level: 'x', maxQueueBytes: -1, directory: '.' }])).toEqual([
      {
        name: '/a.js',
        target: '/a.js',
        options: {},
        level: 30,
        stdout: 'report',
        directory: '/',
        maxQueueBytes: 16 * 1024 * 1024,
        hangTimeout: 30_000,
      },
    ])
  })
})
