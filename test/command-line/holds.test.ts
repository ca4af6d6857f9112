import { acquireHold } from '@pino-funnel/reader'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { LogDirectory } from '../kit/log-directory.ts'
import { rotatedParts } from '../kit/logs/parts.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'
import { pinoFunnel } from '../kit/processes/command.ts'
import { startFixture } from '../kit/processes/fixture.ts'

/** Logs into files of 2 KiB. One of them may stay beside the live file. */
async function log(directory: LogDirectory, worker: string, limit: object): Promise<void> {
  const { file, ledgers } = directory
  const settings = { file, ledgers, worker, count: 100, size: '2k', limit, linger: 0 }
  await startFixture('worker/log', [JSON.stringify(settings)]).succeeded()
  await directory.drained()
  await directory.listenerGone()
}

test('a hold should keep all that its reader has not read, be reported, and end when it is released', async () => {
  const directory = logDirectory()
  await log(directory, 'first', { count: 1 })
  const hold = acquireHold(directory.file, { name: 'archive', budget: 3000 })
  const before = rotatedParts(directory)
  expect(before).toHaveLength(1)

  await log(directory, 'second', { count: 1 })

  const [oldest] = rotatedParts(directory)
  expect(oldest, 'nothing that was held is gone').toEqual(before[0])
  expect(rotatedParts(directory).length).toBeGreaterThan(3)
  const text = rotatedParts(directory).map(({ name }) => readFileSync(directory.path(name), 'utf8'))
  expect([...text, readFileSync(directory.file, 'utf8')].join('')).toContain('"event":"hold-behind","hold":"archive"')
  const status = pinoFunnel('status', directory.logs)
  await status.succeeded()
  expect(status.stdout).toMatch(/^hold {6}archive on app\.log: .+ to read of a budget of .+, OVER BUDGET/m)
  const doctor = pinoFunnel('doctor', directory.logs)
  expect(await doctor.exited()).toMatchObject({ code: 1 })
  expect(doctor.stdout).toContain('The reader archive has')

  await log(directory, 'third', { size: '6k' })
  const files = [...rotatedParts(directory).map(({ name }) => directory.path(name)), directory.file]
  expect(files.map((file) => readFileSync(file, 'utf8')).join('')).toContain('"event":"hold-lost","hold":"archive"')
  hold.release()

  await log(directory, 'fourth', { count: 1 })
  expect(rotatedParts(directory)).toHaveLength(1)
})
