import { expect, test } from 'vitest'
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
  [[], /No log file or directory/],
])('the command level should be refused when it is %j', async (args, message) => {
  await expect(level.run(args, OUTPUT)).rejects.toThrow(message)
})
