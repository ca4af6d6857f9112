import { pidNamespace } from '@pino-funnel/channel'
import type { ShipReport } from '@pino-funnel/observe'
import { shipDirectory } from '@pino-funnel/ship'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { emptyChannel, reportOf } from './report.test-kit.ts'
import { examineShippers } from './examine-shippers.ts'
import type { Finding } from './finding.ts'

/** What is found of a shipper that has something to ship. */
function findingsOf(shipper: Partial<ShipReport>, channel = emptyChannel()): Finding[] {
  const shippers: ShipReport[] = [
    {
      ship: 'loki',
      file: 'app.log',
      state: 'shipping',
      pid: null,
      position: 0,
      unshipped: 200,
      age: 1000,
      records: null,
      trouble: null,
      refused: 0,
      lost: 0,
      ...shipper,
    },
  ]
  return examineShippers(channel, reportOf(channel, { shippers }))
}

test('a shipper that has started, and ships nothing for a minute, should be found', () => {
  expect(findingsOf({ state: 'starting', pid: 4711, age: 1000 })).toEqual([])
  expect(findingsOf({ state: 'starting', pid: 4711, age: 120_000 })).toMatchObject([
    {
      code: 'ship-trouble',
      what: expect.stringMatching(/loki \(pid 4711\) has started, and does not begin/) as string,
    },
  ])
})

test('a shipper that does not answer should be killed by its pid only when that is a process of this PID namespace', () => {
  const channel = emptyChannel()
  const directory = shipDirectory(channel.directory, 'loki', 'app.log')
  mkdirSync(directory, { recursive: true })
  const cureOf = (namespace: string): string => {
    const leader = { pid: process.pid, start: '', pidNamespace: namespace }
    writeFileSync(join(directory, 'leader'), JSON.stringify(leader))
    const [finding] = findingsOf({ state: 'silent' }, channel)
    return `${finding!.subject}: ${finding!.cure}`
  }

  // Without /proc a pid may be that of another process by now.
  const here =
    pidNamespace() === ''
      ? /'pino-funnel shipper loki'/
      : new RegExp(`^pid ${process.pid}: .* kill -KILL ${process.pid}\\.`)
  expect(cureOf(pidNamespace())).toMatch(here)
  const elsewhere = cureOf('pid:[1]')
  expect(elsewhere).not.toMatch(/pid \d|kill -KILL/)
  expect(elsewhere).toMatch(/another PID namespace, such as a container.*'pino-funnel shipper loki'/)
})

test('a shipper that answers as no shipper of this version should be restarted, and not called silent', () => {
  expect(findingsOf({ state: 'other version', pid: 4711 })).toMatchObject([
    { code: 'ship-version', subject: 'pid 4711', cure: expect.stringContaining('kill -TERM 4711') as string },
  ])
})

test('what was refused should be counted apart from what its file has, and not be found when the file is empty', () => {
  const channel = emptyChannel()
  const directory = shipDirectory(channel.directory, 'loki', 'app.log')
  mkdirSync(directory, { recursive: true })
  const foundWith = (bytes: number, refused: number): (string | undefined)[] => {
    writeFileSync(join(directory, 'rejected'), 'x'.repeat(bytes))
    return findingsOf({ refused }, channel).map(({ what }) => /rejected has .*/.exec(what)?.[0])
  }

  expect(foundWith(0, 1)).toEqual([])
  expect(foundWith(200, 501)).toEqual([
    'rejected has 200 B of them, each with the reason. Since the log began, it has refused 501 records.',
  ])
  expect(foundWith(200, 0)).toEqual(['rejected has 200 B of them, each with the reason.'])
})
