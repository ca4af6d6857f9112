import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, utimesSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { LedgeredLog } from './testing/ledgered-log.test-kit.ts'
import { timeAt } from './time-at.ts'

const ID = '0123456789abcdef'.repeat(2)
const BEGIN = Date.UTC(2026, 10, 21, 14, 30)

/** Two rotated files and the live one, with two records each, a second apart; and where each record begins. */
function timedLog(): { readonly log: LedgeredLog; readonly positions: number[] } {
  const log = new LedgeredLog()
  log.beginLedger(ID)
  log.begin()
  const positions: number[] = []
  let end = 0
  for (let n = 0; n < 6; n += 1) {
    if (n === 2 || n === 4) log.rotateAndBegin(`app.${n / 2}.log`)
    const line = `{"level":30,"time":${BEGIN + n * 1000},"n":${n}}\n`
    log.append(line)
    positions.push(end)
    end += line.length
  }
  return { log, positions: [...positions, end] }
}

function changedAt(log: LedgeredLog, name: string, ms: number): void {
  utimesSync(log.at(name), ms / 1000, ms / 1000)
}

describe('the time at a position', () => {
  test('should be that of the record that begins there, in whichever file', () => {
    const { log, positions } = timedLog()

    const times = positions.map((position) => timeAt(log.path, position))

    expect(times).toEqual([...[0, 1, 2, 3, 4, 5].map((n) => BEGIN + n * 1000), undefined])
  })

  test('should be the last change of a file that is compressed', () => {
    const { log, positions } = timedLog()
    changedAt(log, 'app.1.log', BEGIN + 1500)
    log.compress('app.1.log')

    expect(timeAt(log.path, positions[0]!)).toBe(BEGIN + 1500)
    expect(timeAt(log.path, positions[2]!)).toBe(BEGIN + 2000)
  })

  test('should be that of the next record when the file was deleted', () => {
    const { log, positions } = timedLog()
    log.delete('app.1.log')

    expect(timeAt(log.path, positions[1]!)).toBe(BEGIN + 2000)
  })

  test('should not be known of a log of text, but for the last change of a rotated file', () => {
    const log = new LedgeredLog()
    log.beginLedger(ID)
    log.begin()
    log.append('INFO one\n')
    changedAt(log, 'app.log', BEGIN)
    log.rotateAndBegin('app.1.log')
    log.append('INFO two\n')

    expect(timeAt(log.path, 0)).toBe(BEGIN)
    expect(timeAt(log.path, 9)).toBeUndefined()
  })

  test('should not be that of a file whose end was reached, where positions were left out', () => {
    const { log, positions } = timedLog()
    const end = positions.at(-1)!
    log.close('app.3.log')
    log.rotate('app.3.log')
    log.leaveOut()
    log.begin()
    log.append(`{"level":30,"time":${BEGIN + 60_000},"n":6}\n`)

    expect(timeAt(log.path, end)).toBe(BEGIN + 60_000)
  })

  test('should not be known of a log without a ledger, and not be taken from the other end of a link', () => {
    const log = new LedgeredLog()
    log.write(1)
    expect(timeAt(log.path, 0)).toBeUndefined()

    const { log: other, positions } = timedLog()
    other.delete('app.log')
    symlinkSync(log.path, other.path)
    expect(timeAt(other.path, positions[4]!)).toBeUndefined()
  })

  test('should not be known of a live file that can not be read, and be the last change of such a rotated file', () => {
    const { log, positions } = timedLog()
    log.delete('app.1.log')
    execFileSync('mkfifo', [log.at('app.1.log')])
    changedAt(log, 'app.1.log', BEGIN + 1500)
    log.delete('app.log')
    mkdirSync(log.path)

    expect(timeAt(log.path, positions[0]!)).toBe(BEGIN + 1500)
    expect(timeAt(log.path, positions[4]!)).toBeUndefined()
  })
})
