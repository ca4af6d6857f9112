import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { cureForStart, lastReport } from './listener-log.ts'

function logWith(text: string): string {
  const path = join(temporaryDirectory(), 'listener.log')
  writeFileSync(path, text)
  return path
}

const SINCE = Date.now() - 3_600_000

/** A stamp, so many seconds after that. */
function at(seconds: number): string {
  return new Date(SINCE + seconds * 1000).toISOString()
}

test.each([
  [
    'of Node.js, with its stack',
    `node:internal/modules/cjs/loader:1210
  throw err;
  ^

Error: Cannot find module '/srv/app/main.js'
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15)
    at node:internal/main/run_main_module:28:49 {
  code: 'MODULE_NOT_FOUND',
  requireStack: []
}

Node.js v20.20.2
`,
    "Error: Cannot find module '/srv/app/main.js'",
  ],
  [
    'of a listener',
    "2026-11-29T22:00:00.000Z [7] can't run: Error: EACCES: permission denied.\n",
    "[7] can't run: Error: EACCES: permission denied",
  ],
  [
    'of V8',
    '[7:0x5] 12 ms: Scavenge\n\nFATAL ERROR: Reached heap limit\n----- Native stack trace -----\n 1: 0xb\n',
    'FATAL ERROR: Reached heap limit',
  ],
  ['of a shell', '/bin/sh: 1: exec: /nowhere/node: not found\n', '/bin/sh: 1: exec: /nowhere/node: not found'],
  ['of an unknown program', 'Killed\n', 'Killed'],
  [
    'the last of several',
    'TypeError: old\n    at x\nRangeError [ERR_X]: young\n    at y\n',
    'RangeError [ERR_X]: young',
  ],
])('the last report should be the error itself when it is one %s', (_what, text, expected) => {
  expect(lastReport(logWith(text))).toBe(expected)
})

test('there should be no report when the log is empty, missing, or older than the start in question', () => {
  expect(lastReport(logWith(''))).toBeUndefined()
  expect(lastReport('/nowhere/listener.log')).toBeUndefined()
  const old = logWith('Error: long ago\n')
  utimesSync(old, 1, 1)
  expect(lastReport(old, Date.now())).toBeUndefined()
})

test.each([
  [
    'a stamped line of before',
    `${at(-60)} [7] can't run: Error: old\n${at(1)} [8] app.log: routine\n`,
    '[8] app.log: routine',
  ],
  ['an error before a stamp of before', `Error: old\n${at(-60)} [7] routine\n${at(1)} [8] young\n`, '[8] young'],
  ['an error before the first stamp', `Error: old\n${at(1)} [8] young\n`, '[8] young'],
  ['nothing young', `Error: old\n${at(-60)} [7] routine\n`, undefined],
])('the last report should be no older than the start in question when the log has %s', (_what, text, expected) => {
  expect(lastReport(logWith(text), SINCE)).toBe(expected)
})

test('an error behind the last stamp should be as young as the log', () => {
  expect(lastReport(logWith(`${at(-60)} [7] routine\nError: young\n`), SINCE)).toBe('Error: young')
})

test.each([
  ['Error: spawn EAGAIN', /more processes/],
  ["Error: Cannot find module '/x' code: 'ENOENT'", /install pino-funnel there again/],
  ['Error: spawn /usr/bin/node ENOENT', /Node\.js is no longer there/],
  ['FATAL ERROR: Reached heap limit', /more memory/],
  ['Error: out of luck', /Remove the cause/],
])('the cure for %s should fit', (report, cure) => {
  expect(cureForStart(report)).toMatch(cure)
})
