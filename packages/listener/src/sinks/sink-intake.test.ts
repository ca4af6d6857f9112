import { describe, expect, test } from 'vitest'
import { SinkIntake } from './sink-intake.ts'

const MIB = 1024 * 1024

function record(level: number | string, length = 0): string {
  return `{"level":${level},"msg":"${'x'.repeat(length)}"}\n`
}

function all(intake: SinkIntake): string {
  let text = ''
  for (let lines = intake.queue.next(); lines; lines = intake.queue.next()) text += lines.toString()
  return text
}

/** Offers records of 1 KiB until one is dropped. @returns how many were taken */
function fill(intake: SinkIntake, level = 30): number {
  const line = Buffer.from(record(level, 1000))
  for (let taken = 0; ; taken += 1) {
    intake.offer(line)
    if (intake.dropped > 0) return taken
  }
}

describe('SinkIntake', () => {
  test('should take records of the level and above, and those without a level, in their order', () => {
    const intake = new SinkIntake(40, MIB)
    const lines = [record(30), record(40), record(50), record(20), 'plain\n', record('"info"'), record('"fatal"')]

    intake.offer(Buffer.from(lines.join('')))

    expect(all(intake)).toBe([lines[1], lines[2], lines[4], lines[6]].join(''))
    expect(intake.takeDrops()).toBeUndefined()
  })

  test('should take all when the lines fill more than a block', () => {
    const intake = new SinkIntake(0, MIB)
    const lines = Array.from({ length: 500 }, (_, index) => record(10 + index, index)).join('')

    intake.offer(Buffer.from(lines))

    expect(all(intake)).toBe(lines)
  })

  test('should have its own copy when the offered buffer is used again', () => {
    const intake = new SinkIntake(0, MIB)
    const lines = Buffer.from(record(30))
    intake.offer(lines)
    lines.fill(0)

    expect(all(intake)).toBe(record(30))
  })

  test('should drop and count whole lines by level when the queue is full', () => {
    const intake = new SinkIntake(0, MIB)
    const taken = fill(intake)
    intake.offer(Buffer.from(record(50) + record(50) + 'plain\n'))

    expect(all(intake)).toBe(record(30, 1000).repeat(taken))
    expect(intake.dropped).toBe(4)
    expect(intake.takeDrops()).toMatchObject({
      count: 4,
      levels: { 30: 1, 50: 2, unknown: 1 },
      causes: { 'queue full': 4 },
    })
    expect(intake.takeDrops()).toBeUndefined()
  })

  test('should drop on until the queue is half empty, so that gaps are few', () => {
    const intake = new SinkIntake(0, MIB)
    fill(intake)
    let sent = 0
    const takeOne = (): void => {
      sent = intake.queue.next()?.length ?? 0
      intake.queue.confirm(sent)
    }
    takeOne()
    intake.offer(Buffer.from(record(50)))
    expect(intake).toMatchObject({ isDropping: true, dropped: 2 })

    while (intake.queue.allocated > MIB / 2) takeOne()
    intake.offer(Buffer.from(record(60)))

    expect(intake).toMatchObject({ isDropping: false, dropped: 2 })
    expect(all(intake).endsWith(record(60))).toBe(true)
  })

  test('should drop a line when it is longer than all of the queue, and take the next one', () => {
    const intake = new SinkIntake(0, MIB)
    intake.offer(Buffer.from(record(30, MIB)))
    intake.offer(Buffer.from(record(40)))

    expect(all(intake)).toBe(record(40))
    expect(intake.dropped).toBe(1)
  })

  test('should count what was in flight as unconfirmed when the process is gone', () => {
    const intake = new SinkIntake(0, MIB)
    intake.offer(Buffer.from(record(30) + record(40)))
    intake.queue.next()

    intake.forfeit()

    expect(intake.unconfirmed).toBe(2)
    expect(intake.takeDrops()).toMatchObject({ count: 2, levels: { 30: 1, 40: 1 }, causes: { unconfirmed: 2 } })
  })

  test('should count the records that wait when no process will take them', () => {
    const intake = new SinkIntake(0, MIB)
    intake.offer(Buffer.from(record(30)))

    intake.discard()

    expect(intake.takeDrops()).toMatchObject({ count: 1, causes: { closed: 1 } })
    expect(intake.queue.allocated).toBe(0)
  })

  test('should keep the tally small when an application numbers its levels wildly', () => {
    const intake = new SinkIntake(0, MIB)
    fill(intake)
    for (let level = 100; level < 200; level += 1) intake.offer(Buffer.from(record(level)))

    const levels = intake.takeDrops()?.levels ?? {}
    expect(Object.keys(levels)).toHaveLength(17)
    expect(levels['other']).toBe(85)
  })
})
