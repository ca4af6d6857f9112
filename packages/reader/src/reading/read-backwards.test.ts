import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { TestLog } from '../testing/log.test-kit.ts'
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

  test('should give each line once when files are rotated, compressed and added meanwhile', async () => {
    const log = new TestLog()
    const lines = [log.write(5)]
    log.rotate('app.1.log')
    lines.push(log.write(5))
    log.rotate('app.2.log')
    lines.push(log.write(5))

    const backwards: string[] = []
    for await (const portion of portionsBackwards(log.path)) {
      if (backwards.length === 0) {
        log.rotate('app.3.log')
        log.write(5)
        for (const name of ['app.3.log', 'app.2.log', 'app.1.log']) log.compress(name)
      }
      for (const { text } of linesBackwards(portion)) backwards.push(text)
    }

    expect(backwards.toReversed()).toEqual(lines.flat())
  })

  test('should report a compressed file that is damaged, and go on with the file before it', async () => {
    const log = new TestLog()
    const before = log.write(5)
    log.rotate('app.1.log')
    writeFileSync(log.at('app.2.log.gz'), 'no longer what it was')
    const after = log.write(5)

    const backwards: string[] = []
    const gaps: string[] = []
    for await (const portion of portionsBackwards(log.path, { onGap: ({ message }) => gaps.push(message) })) {
      for (const { text } of linesBackwards(portion)) backwards.push(text)
    }

    expect(backwards.toReversed()).toEqual([...before, ...after])
    expect(gaps).toEqual([expect.stringMatching(/app\.2\.log\.gz is damaged/)])
  })

  test('should give a line that is longer than any of pino-funnel in pieces, so that memory stays bounded', async () => {
    const log = new TestLog()
    const [before] = log.write(1)
    const long = 70 * 1024 * 1024
    log.append(`${'x'.repeat(long)}\n`)
    const [after] = log.write(1)

    const pieces: string[] = []
    for await (const portion of portionsBackwards(log.path)) {
      expect(portion.bytes.length).toBeLessThanOrEqual(32 * 1024 * 1024)
      for (const { text } of linesBackwards(portion)) pieces.push(text)
    }

    expect([pieces.at(0), pieces.at(-1)]).toEqual([after, before])
    expect(pieces.slice(1, -1).reduce((sum, { length }) => sum + length, 0)).toBe(long)
  })
})
