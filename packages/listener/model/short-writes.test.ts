/** What a disk that fills up in the middle of a write leaves behind. */
import './substitute-fs.test-kit.ts'
import { describe, expect, test } from 'vitest'
import { KnownLogs } from '../src/log/known-logs.ts'
import { LogFile } from '../src/log/log-file.ts'
import { Disk } from './disk.test-kit.ts'
import type { Step, Trouble } from './kernel.test-kit.ts'
import { asProcess, SIMULATED } from './substitute-fs.test-kit.ts'

const LOGS = `${SIMULATED}/logs`
const LOG_FILE = `${SIMULATED}/app.log`

/**
 * Runs `body`. Of its first write, the disk takes `written` bytes.
 *
 * @param failures - how often the disk refuses what comes then
 */
function onDiskThatFills(disk: Disk, written: number, failures: number, body: () => void): void {
  const writes: Step[] = []
  const isLog = (path: string): boolean => path === LOG_FILE
  asProcess(disk.copy(), { isLog, onStep: (step) => step.length > 0 && writes.push(step) }, body)
  const at = writes[0]?.number ?? 0
  const trouble: Trouble = { at, written, times: failures, code: 'ENOSPC' }
  asProcess(disk, { isLog, trouble }, body)
}

/** @returns its code */
function failure(act: () => void): unknown {
  try {
    act()
    return undefined
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

function openKnownLogs(): KnownLogs {
  const options = { logDirectory: SIMULATED, isInUse: () => false, isOurs: () => true, forget: () => true }
  return new KnownLogs(LOGS, options)
}

describe('a disk that fills up in the middle of a write', () => {
  test.each([
    ['be stored as a whole when there is room again', 0, 1002],
    ['stay as it was when there is none', 1, 1001],
  ])('should let a list of logs that replaces a longer one %s', (_, failures, expected) => {
    const disk = new Disk([SIMULATED])
    const names = Array.from({ length: 1001 }, (_entry, number) => `${number}.log`)
    for (const name of names) disk.put(`${SIMULATED}/${name}`, '')
    disk.put(LOGS, names.map((name) => `\n"${name}"`).join(''))

    onDiskThatFills(disk, 4096, failures, () => void failure(() => openKnownLogs().add('app.log')))

    expect(asProcess(disk, { isLog: () => false }, () => openKnownLogs().names)).toHaveLength(expected)
  })

  test('should not keep the name of a log from being stored with the next one', () => {
    const disk = new Disk([SIMULATED])
    let code: unknown
    onDiskThatFills(disk, 5, 1, () => {
      const logs = openKnownLogs()
      code = failure(() => logs.add('app.log'))
      logs.add('next.log')
    })
    expect(code).toBe('ENOSPC')
    const names = asProcess(disk, { isLog: () => false }, () => openKnownLogs().names)
    expect(names).toEqual(['app.log', 'next.log'])
  })

  test('should get no line behind a torn one of a log file, until that is opened again', () => {
    const disk = new Disk([SIMULATED])
    const codes: unknown[] = []
    onDiskThatFills(disk, 2, 1, () => {
      const log = LogFile.open(LOG_FILE, 0o600)
      for (const line of ['one\n', 'two\n']) codes.push(failure(() => log.append(Buffer.from(line))))
      log.close()
    })
    expect(codes.slice(-2)).toEqual(['ENOSPC', 'ENOSPC'])
    expect(disk.read(LOG_FILE)?.toString()).toBe('on')
  })
})
