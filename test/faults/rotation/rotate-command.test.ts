import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { startFixture, type Fixture } from '../../kit/processes/fixture.ts'
import type { LogDirectory } from '../../kit/log-directory.ts'
import { plainParts, rotatedParts } from '../../kit/logs/parts.ts'
import { logDirectory } from '../../kit/logs/test-log-directory.ts'
import { until } from '../../kit/until.ts'
import { pinoFunnel } from '../../kit/processes/command.ts'
import { logged } from '../../kit/logs/progress.ts'

function start(script: string, { file, ledgers }: LogDirectory, settings: object): Fixture {
  return startFixture(script, [JSON.stringify({ file, ledgers, ...settings })])
}

/** Waits until all is in the log, and the listener has left. */
async function settled(directory: LogDirectory): Promise<void> {
  await directory.drained(180_000)
  await directory.listenerGone()
}

describe('pino-funnel rotate', () => {
  test('should begin a new file while workers log', async () => {
    const directory = logDirectory()
    const worker = start('worker/keep-logging', directory, { worker: 'a' })
    await logged(directory, 'a', 1000)
    await until(() => statSync(directory.file, { throwIfNoEntry: false })?.size, 'the log to have something')

    for (const name of ['app.1.log', 'app.2.log']) {
      const command = pinoFunnel('rotate', directory.file)
      await command.succeeded()
      expect(command.stdout).toBe(`Rotated app.log to ${name}.\n`)
      await until(() => statSync(directory.file, { throwIfNoEntry: false })?.size, 'the next log to have something')
    }

    worker.write('end')
    await worker.succeeded()
    await settled(directory)
    expect(await directory.check(plainParts(directory))).toMatchObject({ ok: true, examples: [] })
  })

  test('should rotate a file that is named when no worker logs, and leave an empty one alone', async () => {
    const directory = logDirectory()
    await start('worker/log', directory, { worker: 'a', count: 3, linger: 0 }).succeeded()
    await settled(directory)

    const first = pinoFunnel('rotate', directory.file)
    await first.succeeded()
    const second = pinoFunnel('rotate', directory.file)
    await second.succeeded()

    expect(first.stdout).toBe('Rotated app.log to app.1.log.\n')
    expect(second.stdout).toBe('app.log is empty and was not rotated.\n')
    expect(await directory.check(plainParts(directory))).toMatchObject({ logged: 3, ok: true, examples: [] })
  })
})

describe('a file that is neither a rotated one nor a log file', () => {
  test('should be left alone when it is a log of its own, named as a rotated one, without workers', async () => {
    const directory = logDirectory()
    const namesake = directory.path('app.1.log')
    await start('worker/log', directory, { worker: 'namesake', file: namesake, count: 3, linger: 0 }).succeeded()
    await settled(directory)

    const options = { size: '300b', compress: true, limit: { count: 2 }, linger: 0 }
    await start('worker/log', directory, { worker: 'a', count: 10, ...options }).succeeded()
    await settled(directory)

    expect(readFileSync(namesake, 'utf8').match(/"namesake"/g)).toHaveLength(3)
    const [first, ...others] = rotatedParts(directory)
    expect(first?.name).toBe('app.1.log')
    expect(others).toHaveLength(2)
    expect(others.every(({ isCompressed }) => isCompressed)).toBe(true)
  })

  test('should be refused by `rotate`, which says what could be rotated', async () => {
    const directory = logDirectory()
    await start('worker/log', directory, { worker: 'a', count: 3, linger: 0 }).succeeded()
    await settled(directory)
    await pinoFunnel('rotate', directory.file).succeeded()
    writeFileSync(directory.path('notes.txt'), 'of another program')

    for (const name of ['notes.txt', 'app.1.log', 'missing.log']) {
      const command = pinoFunnel('rotate', directory.path(name))
      expect(await command.exited()).toEqual({ code: 1, signal: null })
      expect(command.stderr).toContain(
        `Could not rotate ${name}: not a log file of this channel. Known log files: app.log.`,
      )
    }
    expect(readdirSync(directory.logs).toSorted()).toEqual(['.pino-funnel', 'app.1.log', 'notes.txt'])
  })
})
