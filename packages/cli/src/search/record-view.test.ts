import { describe, expect, test } from 'vitest'
import { RecordView } from './record-view.ts'

const NOW = new Date('2026-11-21T14:46:03.918').getTime()
const plain = new RecordView({ columns: 60, hasColors: false }, NOW)

function shown(record: object, view = plain): string {
  return view.show(Buffer.from(JSON.stringify(record)))
}

describe('RecordView', () => {
  test('should show time, level, worker, message and the other fields', () => {
    const record = { level: 40, time: NOW, pid: 9145, hostname: 'web', pool: 'cluster', slot: 3, msg: 'slow', ms: 812 }
    expect(shown(record)).toBe('14:46:03.918 WARN  9145 cluster 3  slow {"ms":812}')
  })

  test('should show the date of another day, a level without a name, and a record without a message', () => {
    const time = new Date('2026-11-20T01:02:03.004').getTime()
    expect(shown({ level: 35, time, a: 1 })).toBe('2026-11-20 01:02:03.004 35    {"a":1}')
  })

  test('should show the stack of an error on lines of its own', () => {
    expect(shown({ level: 50, time: NOW, msg: 'no', err: { type: 'Error', stack: 'Error: no\n    at a.js:1' } })).toBe(
      '14:46:03.918 ERROR no {"err":{"type":"Error"}}\n    Error: no\n        at a.js:1',
    )
  })

  test('should show what happened to a worker as a rule across the page', () => {
    const record = {
      level: 40,
      time: NOW,
      pid: 1,
      name: 'pino-funnel',
      funnel: { event: 'died' },
      msg: 'pid 2 has died',
    }
    expect(shown(record)).toBe(`14:46:03.918 ──── pid 2 has died ${'─'.repeat(27)}`)
  })

  test('should show a line that is not a record as it is, and let none control the terminal', () => {
    expect(plain.show(Buffer.from('text \u001b[2J'))).toBe(String.raw`text \u001b[2J`)
    expect(shown({ msg: '\u001b[2J\n' })).toBe(String.raw`\u001b[2J\n`)
  })

  test('should have colors where the terminal has them', () => {
    const colored = new RecordView({ columns: 60, hasColors: true }, NOW)
    expect(shown({ level: 50, msg: 'no' }, colored)).toBe('\u001b[31mERROR\u001b[39m no')
  })
})
