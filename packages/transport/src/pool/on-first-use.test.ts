import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { onFirstUse } from './on-first-use.ts'

describe('something that is made when it is first used', () => {
  test('should not be made when it was not used', () => {
    const standIn = onFirstUse(() => expect.fail('made'))

    expect(typeof standIn).toBe('object')
  })

  test('should be made once when it is used again and again', () => {
    let made = 0
    const standIn = onFirstUse(() => ({ number: (made += 1) }))

    expect([standIn.number, standIn.number, 'number' in standIn]).toEqual([1, 1, true])
    expect(made).toBe(1)
  })

  test('should be made when it is first written to', () => {
    const standIn = onFirstUse<{ given: string; made?: boolean }>(() => ({ given: 'made', made: true }))

    standIn.given = 'set'

    expect([standIn.given, standIn.made]).toEqual(['set', true])
  })

  test('should throw what making it throws, until that succeeds, when it is used', () => {
    let isReady = false
    const standIn = onFirstUse(() => {
      if (!isReady) throw new Error('not ready')
      return { value: 1 }
    })

    expect(() => standIn.value).toThrow('not ready')
    expect(() => 'value' in standIn).toThrow('not ready')
    isReady = true
    expect(standIn.value).toBe(1)
  })

  test('should do all that a logger does when a logger is made', () => {
    const lines: string[] = []
    const logger = onFirstUse(() =>
      pino({ base: { pid: 1 }, level: 'warn' }, { write: (line: string) => lines.push(line) }),
    )

    logger.level = 'debug'
    logger.debug({ a: 1 }, 'own')
    logger.child({ task: 7 }).info('of a child')
    logger.setBindings({ bound: true })
    logger.trace('not logged')
    logger.error(new Error('shown'))

    expect(logger.isLevelEnabled('debug')).toBe(true)
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { level: 20, pid: 1, a: 1, msg: 'own' },
      { level: 30, pid: 1, task: 7, msg: 'of a child' },
      { level: 50, pid: 1, bound: true, err: { message: 'shown' } },
    ])
  })
})
