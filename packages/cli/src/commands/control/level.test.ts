import { ensureChannel, openChannel } from '@pino-funnel/channel'
import { giveOrder, ordersInForce } from '@pino-funnel/level'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Output } from '../command.ts'
import { level } from './level.ts'

const OUTPUT: Output = {
  print: () => {},
  printError: () => {},
  write: () => {},
  closed: new AbortController().signal,
  terminal: undefined,
}

test.each([
  [['--for', '8d', 'logs', 'debug'], /'--for' must be a time such as/],
  [['--worker', 'x', 'logs', 'debug'], /'--worker' must be a process/],
  [['logs', 'de bug'], /A level is a name/],
  [['logs', 'debug', 'trace'], /There is one level/],
  [['--back', 'logs', 'debug'], /'--back' takes no level.*; got 'debug'/],
  [['--wait', 'x', 'logs', 'debug'], /'--wait' must be a time such as/],
  [[], /No log file or directory/],
])('the command level should be refused when it is %j', async (args, message) => {
  await expect(level.run(args, OUTPUT)).rejects.toThrow(message)
})

function newLogs(): string {
  const logs = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-level-')))
  onTestFinished(() => rmSync(logs, { recursive: true }))
  ensureChannel(join(logs, '.pino-funnel'), logs).close()
  return logs
}

test('level --back should end what was ordered for the log file that it is given', async () => {
  const logs = newLogs()
  const channel = openChannel(join(logs, '.pino-funnel'))
  for (const file of ['app.log', 'other.log', null])
    giveOrder(channel, { level: 'debug', worker: null, file, span: 60_000 })

  expect(await level.run(['--back', join(logs, 'app.log')], OUTPUT)).toBe(0)
  expect(ordersInForce(channel).map(({ file }) => file)).toEqual(['other.log', null])
  expect(await level.run(['--back', logs], OUTPUT)).toBe(0)
  expect(ordersInForce(channel)).toEqual([])
})

test('level should fail, and name the log file, when no worker logs to it', async () => {
  const printed: string[] = []
  const output = { ...OUTPUT, print: (line: string) => void printed.push(line) }
  expect(await level.run([join(newLogs(), 'typo.log'), 'debug'], output)).toBe(1)
  expect(printed).toEqual([expect.stringMatching(/^No worker logs to typo\.log now\. One that starts before /)])
})
