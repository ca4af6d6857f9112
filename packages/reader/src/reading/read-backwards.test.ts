import { describe, expect, test } from 'vitest'
import { TestLog } from '../log.test-kit.ts'
import { readLog } from '../read-log.ts'
import { linesBackwards } from './portion.ts'
import { portionsBackwards } from './read-backwards.ts'

describe('portionsBackwards', () => {
  test('should give the lines of all files, the last one first, with the positions that readLog gives', async () => {
    const log = new TestLog()
    log.write(3000)
    log.rotate('app.1.log')
    log.compress('app.1.log')
    log.write(10)
    log.append(`${'x'.repeat(200_000)}\n\nlast of its file`)
    log.rotate('app.2.log')
    log.write(4000)
    log.append('not whole')
    const forwards: string[] = []
    for await (const { text, position } of readLog(log.path)) forwards.push(`${position} ${text}`)

    const backwards: string[] = []
    for await (const portion of portionsBackwards(log.path)) {
      for (const { text, position } of linesBackwards(portion)) backwards.push(`${position} ${text}`)
    }

    expect(backwards.toReversed()).toEqual(forwards)
  })
})
