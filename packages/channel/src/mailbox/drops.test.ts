import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { countDrop, DropRecorder, readDrops, type DropTally } from './drops.ts'

function tallyOf(...drops: readonly (readonly [level: string, cause: string])[]): DropTally {
  let tally: DropTally | undefined
  for (const [level, cause] of drops) tally = countDrop(tally, level, cause)
  if (!tally) throw new Error('a tally needs a drop')
  return tally
}

function recorderOf(mailbox: string): DropRecorder {
  const recorder = new DropRecorder(mailbox)
  onTestFinished(() => recorder.close())
  return recorder
}

describe('a tally of drops', () => {
  it('should count each record once by its level and once by its cause', () => {
    expect(tallyOf(['30', 'mailbox full'], ['30', 'ENOSPC'], ['50', 'ENOSPC'])).toMatchObject({
      count: 3,
      levels: { '30': 2, '50': 1 },
      causes: { 'mailbox full': 1, ENOSPC: 2 },
    })
  })

  it.each(['constructor', '__proto__', 'toString'])('should count a level that is called %s', (level) => {
    const { levels } = tallyOf([level, 'ENOSPC'], [level, 'ENOSPC'])
    expect(Object.entries(levels)).toEqual([[level, 2]])
  })

  it('should stay short, and complete, when an application has any number of levels with long names', () => {
    const drops = Array.from({ length: 500 }, (_, number) => [`${number % 50} ${'x'.repeat(40)}`, 'ENOSPC'] as const)
    const tally = tallyOf(...drops)
    const total = Object.values(tally.levels).reduce((sum, count) => sum + count, 0)
    expect(total, 'records by level').toBe(500)
    expect(Object.keys(tally.levels).length, 'levels told apart').toBeLessThanOrEqual(17)
    expect(JSON.stringify(tally).length, 'its length').toBeLessThan(2048)
  })
})

describe('the record of drops in a mailbox', () => {
  it('should be what was stored last, and nothing after it was cleared', () => {
    const mailbox = temporaryDirectory()
    const recorder = recorderOf(mailbox)
    expect(readDrops(mailbox), 'before any drop').toBeUndefined()
    const tally = tallyOf(['30', 'mailbox full'])
    for (const next of [tally, countDrop(tally, '40', 'ENOSPC'), tally]) {
      recorder.store(next)
      expect(readDrops(mailbox)).toEqual(next)
    }
    recorder.clear()
    expect(readDrops(mailbox), 'after it was cleared').toBeUndefined()
    expect(existsSync(join(mailbox, 'drops')), 'the file is there').toBe(false)
    recorder.store(tally)
    expect(readDrops(mailbox), 'after the next drop').toEqual(tally)
  })

  it('should be nothing when it is damaged in any way', () => {
    const mailbox = temporaryDirectory()
    recorderOf(mailbox).store(tallyOf(['30', 'mailbox full']))
    const whole = readFileSync(join(mailbox, 'drops'), 'utf8').trimEnd()
    for (let length = 0; length < whole.length; length += 1) {
      writeFileSync(join(mailbox, 'drops'), whole.slice(0, length))
      expect(readDrops(mailbox), `cut at ${length}`).toBeUndefined()
    }
    for (const text of ['null', '[]', '{"count":1.5,"from":0,"to":0,"levels":{},"causes":{}}']) {
      writeFileSync(join(mailbox, 'drops'), text)
      expect(readDrops(mailbox), text).toBeUndefined()
    }
  })

  it('should hold no log call up when it can neither be stored nor cleared', () => {
    const mailbox = join(temporaryDirectory(), 'mailbox')
    const recorder = recorderOf(mailbox)
    const tally = tallyOf(['30', 'mailbox full'])
    expect(() => recorder.store(tally), 'without a mailbox').not.toThrow()
    expect(() => recorder.clear(), 'without a mailbox').not.toThrow()
    mkdirSync(join(mailbox, 'drops'), { recursive: true })
    expect(() => recorder.store(tally), 'with something in its place').not.toThrow()
    expect(() => recorder.clear(), 'with something in its place').not.toThrow()
    rmSync(mailbox, { recursive: true })
  })
})
