import { closeSync, openSync, readFileSync, statSync, symlinkSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../testing/mailbox.test-kit.ts'
import { boundListenerLog } from './listener-log.ts'

const LONG = `${'x'.repeat(1024 * 1024)}\n`

function logOf(text: string): { path: string; descriptor: number } {
  const path = join(temporaryDirectory(), 'listener.log')
  writeFileSync(path, text)
  const descriptor = openSync(path, 'a')
  onTestFinished(() => closeSync(descriptor))
  return { path, descriptor }
}

describe('listener.log', () => {
  test('should hold only what comes next when it has grown long', () => {
    const { path, descriptor } = logOf(LONG)
    boundListenerLog(path, descriptor)
    writeSync(descriptor, 'next\n')
    expect(readFileSync(path, 'utf8')).toBe('next\n')
  })

  test('should be left as it is while it is short', () => {
    const { path, descriptor } = logOf(LONG.slice(2))
    boundListenerLog(path, descriptor)
    expect(statSync(path).size).toBe(LONG.length - 2)
  })

  test('should not be confused with a file that another program has given to the listener as its stderr', () => {
    const [log, other] = [logOf(LONG), logOf(LONG)]
    boundListenerLog(log.path, other.descriptor)
    const link = join(temporaryDirectory(), 'listener.log')
    symlinkSync(other.path, link)
    boundListenerLog(link, other.descriptor)
    boundListenerLog(join(link, 'nowhere'), other.descriptor)
    expect(statSync(other.path).size).toBe(LONG.length)
  })
})
