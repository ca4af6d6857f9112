import { onTestFinished } from 'vitest'
import { LogDirectory } from '../log-directory.ts'
import { removeInUse } from '../remove-in-use.ts'
import { timelineOf } from './timeline-of.ts'

/**
 * Makes a log directory for the current test. Call it before the processes start that log there, so that they are ended
 * before it is removed. When the test fails, the directory is kept and its path printed.
 */
export function logDirectory(channel?: 'inside' | 'elsewhere'): LogDirectory {
  const directory = new LogDirectory(channel)
  onTestFinished(async ({ task }) => {
    await directory.endListener()
    if (task.result?.state === 'fail') {
      const page = (await timelineOf(directory)) ?? 'none'
      console.error(`'${task.name}' failed. Its logs and ledgers: ${directory.root}; its timeline: ${page}`)
    } else removeInUse(directory.root)
  })
  return directory
}
