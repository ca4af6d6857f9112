import { expect, test } from 'vitest'
import type { ShipReport } from '../live/ship-reports.ts'
import { sampled, worker } from '../top/sampled.test-kit.ts'
import { servedPicture } from './served-picture.ts'

test('a page should have the verdict of status, and never call it well when something else than a worker is in trouble', () => {
  const well = sampled([worker(7)])
  expect(servedPicture(well).verdict).toEqual({ text: '1 worker, all well', isTrouble: false })
  expect(servedPicture(sampled([worker(7)], ['app.log'], 'app.log')).verdict).toEqual({
    text: 'trouble with app.log',
    isTrouble: true,
  })
  const alone = { ...well, status: { ...well.status, listener: null } }
  expect(servedPicture(alone)).toMatchObject({
    verdict: { text: 'no listener', isTrouble: true },
    listener: { text: 'no listener', isTrouble: true },
  })
  expect(servedPicture(sampled([])).verdict).toEqual({ text: 'no worker logs', isTrouble: false })
})

test('a page should have what is behind, and no name that could be taken for another one', () => {
  const given = sampled([worker(7, { program: '\u202Egnp.exe' })])
  const hold = { hold: 'archive', file: 'app.log', unread: 900, budget: 1000, at: 0 }
  const { files, workers } = servedPicture({ ...given, status: { ...given.status, holds: [hold] } })
  expect(files).toContainEqual({
    text: '  reader archive of app.log 900 B to read of a budget of 1.0 kB',
    isTrouble: true,
  })
  expect(workers[0]!.program).toBe('\\u202egnp.exe')
})

test('a page should say that there are more workers than it has rows for', () => {
  const { more, workers } = servedPicture(sampled(Array.from({ length: 620 }, (_, index) => worker(index + 1))))
  expect(workers).toHaveLength(500)
  expect(more).toBe('and 120 workers more: status --all')
})

test('a shipper that does not run should be trouble while a worker is there, and not at rest', () => {
  const shipper = {
    ship: 'loki',
    file: 'app.log',
    state: 'absent',
    pid: null,
    position: 1,
    unshipped: 200,
    age: null,
  } as const
  const shippers = [{ ...shipper, records: null, trouble: null, refused: 0, lost: 0 }]
  const given = sampled([worker(7)], [])
  const verdictWith = (status: Partial<typeof given.status>): string =>
    servedPicture({ ...given, status: { ...given.status, shippers, ...status } }).verdict.text
  expect(verdictWith({})).toBe('shipper loki does not run')
  expect(verdictWith({ listener: null, mailboxes: [] })).toBe('no worker logs')
})

test('a shipper should be trouble when it does not answer, or can not begin, also one that the listener runs', () => {
  const shipper = {
    ship: 'loki',
    file: 'app.log',
    position: 1,
    unshipped: 200,
    records: null,
    trouble: null,
  } as const
  const given = sampled([worker(7)])
  const launched = { ship: 'loki', state: 'running', pid: 4711, restarts: 0, lastError: null } as const
  const listener = given.status.listener?.answers
    ? {
        ...given.status.listener,
        files: given.status.listener.files.map((file) => ({ ...file, shippers: [launched] })),
      }
    : null
  const shownWith = (state: ShipReport['state'], age = 120_000): unknown[] => {
    const shippers = [{ ...shipper, state, age, pid: 4711, refused: 0, lost: 0 }]
    const { verdict, files } = servedPicture({ ...given, status: { ...given.status, listener, shippers } })
    return [verdict.text, files.at(-1)]
  }
  expect(shownWith('silent')).toEqual([
    'shipper loki does not answer',
    { text: '  shipper loki of app.log does not answer  200 B, 2 min behind', isTrouble: true },
  ])
  expect(shownWith('absent')[0]).toBe("shipper loki can't begin")
  expect(shownWith('other version')[0]).toBe('shipper loki has another version')
  expect(shownWith('starting', 1000)[0]).toBe('1 worker, all well')
  expect(shownWith('starting')[0]).toBe('shipper loki does not begin')
  expect(shownWith('shipping')[0]).toBe('shipper loki behind')
})
