import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { patience } from '../testing/mailbox.test-kit.ts'

const channel = createRequire(import.meta.url).resolve('@pino-funnel/channel')

function timeZoneUnder(TZ: string): string {
  const script = `process.stdout.write(require(${JSON.stringify(channel)}).ownTimeZone())`
  return execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', env: { ...process.env, TZ } })
}

describe('ownTimeZone', patience, () => {
  test.each([
    ['UTC', 'UTC'],
    ['America/New_York', 'America/New_York'],
    ['Europe/Berlin', 'Europe/Berlin'],
    ['Mars/Olympus', 'UTC'],
    ['', 'UTC'],
  ])('should be one that can be used when TZ is %j', (TZ, expected) => {
    expect(timeZoneUnder(TZ)).toBe(expected)
  })
})
